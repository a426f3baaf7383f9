"""Finds the releases that single files hold: steps of the plan.

A file that holds one is cut by its track list before more is asked: its pieces will be others.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from passagework.domain.identification.evidence.evidence import PassageEvidence
from passagework.domain.identification.planning.answers import NothingFound
from passagework.domain.identification.planning.plan_state import PlanState
from passagework.domain.identification.planning.release_ranking import tracks_of
from passagework.domain.identification.planning.requests import LookUpRelease, Request, SearchReleases
from passagework.domain.identification.scoring.held_release import (
    best_list,
    is_called,
    is_cut_so,
    is_one_recording,
    may_hold_a_release,
    names_to_search,
    stored_by,
    track_list_by_sound,
    track_list_by_tags,
    track_list_by_title,
)
from passagework.domain.musicbrainz import MbRelease
from passagework.domain.track_lists.track_list import NamedBy, TrackList, write_track_list
from passagework.domain.waiting import WaitingFile

_LOOKED_UP: Final = 3
"""The number of releases of one search that are compared with a file."""

_NO_DATE: Final = "9999"


def cut_as_stated(state: PlanState) -> Sequence[Request]:
    """Decide about the files whose tags name the release that they hold, before their sound is asked about."""
    for file in state.files:
        if may_hold_a_release(file) and (found := track_list_by_tags(file, state.releases)) is not None:
            _decide(state, file, found)
    return ()


def search_held(state: PlanState) -> Sequence[Request]:
    """Search for the releases after which long files are called, unless AcoustID knows such a file as one recording.

    What is found says where to cut, and is no evidence for what the pieces are: names of files are not.
    """
    requests: list[Request] = []
    searched = [file for file in state.files if may_hold_a_release(file) and names_to_search(file)[1]]
    for file, pieces in _with_pieces(state, searched):
        if not is_one_recording(file, pieces):
            requests += _search(state, file)
    if requests:
        return requests
    for file in state.files:
        if file.path in state.held and (found := _named(state, file)) is not None:
            _decide(state, file, found)
    return ()


def cut_as_heard(state: PlanState) -> Sequence[Request]:
    """Decide about all files, by all that is known.

    The sound counts as a new import would hear it: pieces that another list has cut are no evidence for it. Such a file
    is cut by its sound first.
    """
    for file, pieces in _with_pieces(state, [file for file in state.files if may_hold_a_release(file)]):
        found = track_list_by_tags(file, state.releases)
        if found is None and not is_one_recording(file, pieces):
            found = _named(state, file) or track_list_by_title(file, state.releases)
            if found is None and (_is_cut_by_sound(file) or stored_by(file) is NamedBy.FINGERPRINTS):
                found = track_list_by_sound(file, pieces, state.releases)
        if found is not None or not _knows_less(state, file, pieces):
            _decide(state, file, found)
    return ()


def _with_pieces(
    state: PlanState, files: Sequence[WaitingFile]
) -> Iterator[tuple[WaitingFile, Sequence[PassageEvidence]]]:
    """Yield files, each with what is known about its passages."""
    known = {one.key: one for one in state.passages} if files else {}
    for file in files:
        yield file, [known[one.guid] for one in file.passages]


def _is_cut_by_sound(file: WaitingFile) -> bool:
    return file.as_cut is not None and file.as_cut.cut_by is None


def _named(state: PlanState, file: WaitingFile) -> TrackList | None:
    by, releases = state.held.get(file.path, (NamedBy.FILE_NAME, ()))
    return best_list(file, releases, by)


def _decide(state: PlanState, file: WaitingFile, found: TrackList | None) -> None:
    """Note the decision if the file is not cut by it yet."""
    assert file.as_cut is not None
    text = None if found is None or is_cut_so(file, found) else write_track_list(found)
    if text != file.as_cut.made_list or text != file.as_cut.track_list:
        state.cuts[file.path] = text


def _search(state: PlanState, file: WaitingFile) -> Sequence[Request]:
    """Take in releases that are called as a file is, or return requests for them."""
    if track_list_by_tags(file, state.releases) is not None:
        return ()
    by, names = names_to_search(file)
    for artist, title in names:
        search = SearchReleases(artist, title, None)
        found = state.answers.to_list(search)
        if found is None:
            return (search,)
        if isinstance(found, NothingFound):
            continue
        requests = [LookUpRelease(one.mbid) for one in _best(found.releases, artist, title)]
        answers = [state.answers.to_release(request) for request in requests]
        if missing := [request for request, got in zip(requests, answers, strict=True) if got is None]:
            return missing[:1]
        releases = tuple(got for got in answers if isinstance(got, MbRelease))
        if best_list(file, releases, by) is not None:
            state.held[file.path] = (by, releases)
            return ()
    return ()


def _best(releases: Iterable[MbRelease], artist: str | None, title: str) -> Sequence[MbRelease]:
    called = [one for one in releases if is_called(one, artist, title) and tracks_of(one) != 1]
    return sorted(
        called,
        key=lambda one: (
            "Compilation" in one.group.secondary_kinds,
            one.status != "Official",
            bool(one.group.secondary_kinds),
            one.date or _NO_DATE,
            one.mbid,
        ),
    )[:_LOOKED_UP]


def _knows_less(state: PlanState, file: WaitingFile, pieces: Sequence[PassageEvidence]) -> bool:
    """Return whether less is known about a file now than when it was found to hold a release."""
    capable = state.capabilities
    match stored_by(file):
        case NamedBy.TAGS | NamedBy.FILE_NAME:
            return not capable.search
        case NamedBy.FINGERPRINTS:
            unheard = {one.key for one in pieces if one.answer is None}
            return not capable.acoustid or any(one.guid in unheard and one.heard for one in file.passages)
        case None:
            return False
        case _:
            return True
