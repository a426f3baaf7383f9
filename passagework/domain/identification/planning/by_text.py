"""Searches by the text of tags, if no other evidence identifies the passages: steps of the plan."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from passagework.domain.identification.evidence.evidence import PassageEvidence
from passagework.domain.identification.evidence.likeness import name_likeness, title_likeness
from passagework.domain.identification.planning.answers import NothingFound
from passagework.domain.identification.planning.plan_state import PlanState
from passagework.domain.identification.planning.release_ranking import best_releases
from passagework.domain.identification.planning.requests import Request, SearchReleases, SearchTitle
from passagework.domain.identification.planning.take_or_ask import take_releases
from passagework.domain.identification.scoring.confidence import FAR_SECONDS
from passagework.domain.musicbrainz import MbFoundRecording

_NAMED: Final = 5
_ALIKE: Final = 0.8
_AS_ALIKE: Final = 0.02
"""Recordings that a search by text found are compared with a passage: so many, so much like it, and hardly less than
the one that is most like it."""


def search_album(state: PlanState) -> Sequence[Request]:
    """Search for the album that the tags name, if no other evidence identifies its passages."""
    unknown = [passage for passage, decided in state.open() if not decided.settled]
    albums = Counter(passage.stated.album for passage in unknown if passage.stated.album is not None)
    if not albums:
        return ()
    title = albums.most_common(1)[0][0]
    search = SearchReleases(_common_artist(unknown), title, len(state.passages))
    found = state.answers.to_list(search)
    if found is None:
        return (search,)
    if isinstance(found, NothingFound):
        return ()
    for listed in best_releases(state, found.releases):
        if not state.unplaced():
            break
        if requests := take_releases(state, [listed.mbid]):
            return requests
    return ()


def search_titles(state: PlanState) -> Sequence[Request]:
    """Search for recordings by title and artist, if no album is named and no other evidence identifies a passage."""
    requests: list[Request] = []
    for passage, decided in state.open():
        stated = passage.stated
        if decided.settled or stated.title is None or not stated.artists or stated.album is not None:
            continue
        search = SearchTitle(stated.artists[0], stated.title)
        answer = state.answers.to_title(search)
        if answer is None:
            requests.append(search)
        elif not isinstance(answer, NothingFound):
            alike = _alike(passage, answer.found)
            state.add_named(passage.key, [found.recording.mbid for found in alike])
            for found in alike:
                state.add_recording(found.recording)
                if not state.capabilities.works:
                    state.add_releases(best_releases(state, found.releases))
    return requests


def _alike(passage: PassageEvidence, found: Sequence[MbFoundRecording]) -> Sequence[MbFoundRecording]:
    """Return those with the artist, title and approximate length of a passage.

    "No. 1" matches "No. 2" only if "No. 2" is not among them.
    """
    named: list[tuple[float, MbFoundRecording]] = []
    for one in found:
        names = [name for artist in one.recording.artists for name in (artist.credited_as, artist.name)]
        seconds = one.recording.milliseconds / 1000 if one.recording.milliseconds else passage.seconds
        title = title_likeness(passage.stated.title or "", one.recording.title)
        if name_likeness(passage.stated.artists, names) >= _ALIKE and abs(seconds - passage.seconds) <= FAR_SECONDS:
            named.append((title, one))
    best = max((title for title, _ in named), default=0.0)
    return [one for title, one in named if title >= max(_ALIKE, best - _AS_ALIKE)][:_NAMED]


def _common_artist(passages: Sequence[PassageEvidence]) -> str | None:
    """Return the artist that most passages name first, if more than half do."""
    names = Counter(passage.stated.artists[0] for passage in passages if passage.stated.artists)
    return next((name for name, count in names.most_common(1) if 2 * count > len(passages)), None)
