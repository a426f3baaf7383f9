"""Which of several releases are worth comparing with a group."""

from collections.abc import Iterable
from typing import Final

from passagework.domain.identification.evidence.likeness import album_likeness
from passagework.domain.identification.planning.plan_state import PlanState
from passagework.domain.musicbrainz import MbRelease

BEST: Final = 3
"""The number of releases of one list to compare: a popular recording is on hundreds."""

_NO_DATE: Final = "9999"


def best_releases(state: PlanState, releases: Iterable[MbRelease]) -> tuple[MbRelease, ...]:
    """Return the best few releases: most like the album tag, no compilation, nearest in tracks, official, earliest.

    The number of tracks counts only where there are several passages: a loose track is no album of one.
    """
    passages = state.passages
    tags = tuple(dict.fromkeys(one.stated.album for one in passages if one.stated.album is not None))

    def rank(release: MbRelease) -> tuple[object, ...]:
        return (
            -round(max((album_likeness(tag, release.title) for tag in tags), default=0.0), 1),
            "Compilation" in release.group.secondary_kinds,
            abs(tracks_of(release) - len(passages)) if len(passages) > 1 else 0,
            release.status != "Official",
            bool(release.group.secondary_kinds),
            release.date or _NO_DATE,
            release.mbid,
        )

    return tuple(sorted(releases, key=rank)[:BEST])


def tracks_of(release: MbRelease) -> int:
    """Count the tracks of all its media, also where they are not listed."""
    return sum(medium.track_count or len(medium.tracks) for medium in release.media)
