"""Takes answers into a draft, or says what has to be asked for them."""

from collections.abc import Sequence

from passagework.domain.identification.planning.answers import NothingFound
from passagework.domain.identification.planning.draft import Draft
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


def take_releases(draft: Draft, mbids: Sequence[Mbid]) -> Sequence[Request]:
    """Take in releases by id, or ask for those that are not answered."""
    requests: list[Request] = []
    for mbid in dict.fromkeys(mbids):
        request = LookUpRelease(mbid)
        answer = draft.answers.to_release(request)
        if answer is None:
            requests.append(request)
        elif not isinstance(answer, NothingFound):
            draft.add_releases([answer])
    return requests


def take_recordings(draft: Draft, mbids: Sequence[Mbid]) -> Sequence[Request]:
    """Take in recordings: by a search for all of them if works are not wanted, else with the releases they are on.

    One after the other, since a release may have several of them.
    """
    if draft.capabilities.search and not draft.capabilities.works:
        return _searched(draft, mbids)
    for mbid in mbids:
        if draft.knows_where(mbid):
            continue
        request = BrowseRecording(mbid)
        answer = draft.answers.to_list(request)
        if answer is None:
            return (request,)
        if not isinstance(answer, NothingFound):
            draft.add_releases(best_releases(draft, answer.releases))
        if requests := take_alone(draft, [mbid]):
            return requests
    return ()


def _searched(draft: Draft, mbids: Sequence[Mbid]) -> Sequence[Request]:
    """Take in recordings from searches, and by themselves those that a search does not know."""
    waiting: list[Request] = []
    missing = []
    for mbid in mbids:
        if draft.knows(mbid):
            continue
        answer = draft.answers.to_search(SearchedRecording(mbid))
        if answer is None:
            waiting.append(SearchRecordings((mbid,)))
        elif isinstance(answer, NothingFound):
            missing.append(mbid)
        else:
            draft.add_recording(answer.recording)
            draft.add_releases(best_releases(draft, answer.releases))
    return waiting or take_alone(draft, missing)


def take_alone(draft: Draft, mbids: Sequence[Mbid]) -> Sequence[Request]:
    """Take in recordings by themselves, or ask for those that are not answered."""
    requests: list[Request] = []
    for mbid in dict.fromkeys(mbids):
        if draft.knows(mbid):
            continue
        request = LookUpRecording(mbid)
        answer = draft.answers.to_recording(request)
        if answer is None:
            requests.append(request)
        elif not isinstance(answer, NothingFound):
            draft.add_recording(answer)
    return requests
