"""Takes answers into the state of a plan, or returns the requests for them."""

from collections.abc import Sequence

from passagework.domain.identification.planning.answers import NothingFound
from passagework.domain.identification.planning.plan_state import PlanState
from passagework.domain.identification.planning.release_ranking import best_releases
from passagework.domain.identification.planning.requests import (
    BrowseRecording,
    LookUpRecording,
    LookUpRelease,
    Request,
    SearchedRecording,
    SearchRecordings,
)
from passagework.domain.ids import Mbid


def take_releases(state: PlanState, mbids: Sequence[Mbid]) -> Sequence[Request]:
    """Take in releases by id, or ask for those that are not answered."""
    requests: list[Request] = []
    for mbid in dict.fromkeys(mbids):
        request = LookUpRelease(mbid)
        answer = state.answers.to_release(request)
        if answer is None:
            requests.append(request)
        elif not isinstance(answer, NothingFound):
            state.add_releases([answer])
    return requests


def take_recordings(state: PlanState, mbids: Sequence[Mbid]) -> Sequence[Request]:
    """Take in recordings: by one search if works are not requested, otherwise with their releases.

    The releases come one after the other, since one may have several of the recordings.
    """
    if state.capabilities.search and not state.capabilities.works:
        return _searched(state, mbids)
    for mbid in mbids:
        if state.knows_where(mbid):
            continue
        request = BrowseRecording(mbid)
        answer = state.answers.to_list(request)
        if answer is None:
            return (request,)
        if not isinstance(answer, NothingFound):
            state.add_releases(best_releases(state, answer.releases))
        if requests := take_alone(state, [mbid]):
            return requests
    return ()


def _searched(state: PlanState, mbids: Sequence[Mbid]) -> Sequence[Request]:
    """Take in recordings from searches; look up those that a search does not find."""
    waiting: list[Request] = []
    missing = []
    for mbid in mbids:
        if state.knows(mbid):
            continue
        answer = state.answers.to_search(SearchedRecording(mbid))
        if answer is None:
            waiting.append(SearchRecordings((mbid,)))
        elif isinstance(answer, NothingFound):
            missing.append(mbid)
        else:
            state.add_recording(answer.recording)
            state.add_releases(best_releases(state, answer.releases))
    return waiting or take_alone(state, missing)


def take_alone(state: PlanState, mbids: Sequence[Mbid]) -> Sequence[Request]:
    """Take in recordings that were looked up, or return requests for the others."""
    requests: list[Request] = []
    for mbid in dict.fromkeys(mbids):
        if state.knows(mbid):
            continue
        request = LookUpRecording(mbid)
        answer = state.answers.to_recording(request)
        if answer is None:
            requests.append(request)
        elif not isinstance(answer, NothingFound):
            state.add_recording(answer)
    return requests
