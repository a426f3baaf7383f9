"""Finds the album of a group from the answers of AcoustID, with few requests."""

from collections.abc import Sequence
from typing import Final

from passagework.domain.identification.planning.answers import NothingFound
from passagework.domain.identification.planning.plan_state import PlanState
from passagework.domain.identification.planning.release_ranking import best_releases, tracks_of
from passagework.domain.identification.planning.requests import BrowseGroup, Request
from passagework.domain.identification.planning.take_or_ask import take_releases
from passagework.domain.identification.scoring.explanation import AlbumVote
from passagework.domain.identification.scoring.folder_votes import vote
from passagework.domain.ids import Mbid

_RELEASES: Final = 3
"""The number of releases that are requested because of the votes of one group."""


def ask_for_albums(state: PlanState) -> Sequence[Request]:
    """Take in the releases of the albums with enough votes, or return requests for them.

    The passages without a place vote. They are placed on the release of the best album that has the right number of
    tracks, and those still without a place vote again. An album needs the votes of at least half of the passages with
    a match, and of two. Two albums with equal votes are both requested, unless the first has a track for each passage.
    """
    tried: set[Mbid] = set()
    fetched = 0
    while fetched < _RELEASES:
        if not any(state.is_open(passage.key) for passage in state.unplaced()):
            return ()
        albums = [album for album in vote(state.unplaced()) if album.group not in tried]
        if not albums or not _agreed(albums[0]):
            return ()
        rivals = [album for album in albums[:2] if album.voters == albums[0].voters]
        tried.update(album.group for album in rivals)
        requests, found = _releases_of(state, rivals)
        if requests:
            return requests
        for release in found[: _RELEASES - fetched]:
            if requests := take_releases(state, [release]):
                return requests
            fetched += 1
            if not state.unplaced() and _track_for_track(state):
                return ()
        fetched += not found
    return ()


def _agreed(album: AlbumVote) -> bool:
    return album.voters > 1 and 2 * album.voters >= album.matched


def _releases_of(state: PlanState, rivals: Sequence[AlbumVote]) -> tuple[Sequence[Request], Sequence[Mbid]]:
    """Choose the best release of each album; if AcoustID lists none, the best one of all albums together.

    MusicBrainz lists the releases of a group in one request; the lists can decide between two albums.
    """
    if all(album.releases for album in rivals):
        return (), [album.releases[0] for album in rivals]
    browses = [BrowseGroup(album.group) for album in rivals]
    lists = [state.answers.to_list(browse) for browse in browses]
    if unanswered := [browse for browse, found in zip(browses, lists, strict=True) if found is None]:
        return unanswered, ()
    candidates = [
        release
        for found in lists
        if found is not None and not isinstance(found, NothingFound)
        for release in found.releases
    ]
    return (), [release.mbid for release in best_releases(state, candidates)[:1]]


def _track_for_track(state: PlanState) -> bool:
    """Return whether the best release has exactly one track for each passage."""
    best = state.decision().releases[:1]
    return any(release.mbid in best and tracks_of(release) == len(state.passages) for release in state.releases)
