"""Which of several releases are worth comparing with a group."""

from collections.abc import Iterable
from typing import Final

from passagework.domain.identification.answers import ListedRelease
from passagework.domain.identification.draft import Draft
from passagework.domain.identification.likeness import album_likeness
from passagework.domain.musicbrainz import MbRelease

BEST: Final = 3
"""Releases of one recording that are compared: a hit is on hundreds."""

_NO_DATE: Final = "9999"


def best_releases(draft: Draft, releases: Iterable[ListedRelease]) -> tuple[ListedRelease, ...]:
    """Put releases in order: most like the album tag, no compilation, nearest in tracks, official, earliest.

    The number of tracks counts only where there are several passages: a loose track is no album of one.
    """
    passages = draft.passages
    tags = tuple(dict.fromkeys(one.tags.album for one in passages if one.tags.album is not None))

    def rank(release: ListedRelease) -> tuple[object, ...]:
        tracks = release.track_count
        return (
            -round(max((album_likeness(tag, release.title) for tag in tags), default=0.0), 1),
            "Compilation" in release.secondary_kinds,
            abs(tracks - len(passages)) if tracks is not None and len(passages) > 1 else 0,
            release.status != "Official",
            bool(release.secondary_kinds),
            release.date or _NO_DATE,
            release.mbid,
        )

    return tuple(sorted(releases, key=rank))


def best_whole(draft: Draft, releases: Iterable[MbRelease]) -> tuple[MbRelease, ...]:
    """Give the first few of the releases of a recording, in the same order."""
    whole = {release.mbid: release for release in releases}
    ranked = best_releases(draft, map(listed, whole.values()))
    return tuple(whole[one.mbid] for one in ranked[:BEST])


def listed(release: MbRelease) -> ListedRelease:
    """Describe a whole release as a list would."""
    return ListedRelease(
        release.mbid,
        release.title,
        tuple(artist.name for artist in release.artists),
        release.status,
        release.date,
        sum(len(medium.tracks) for medium in release.media),
        release.group.secondary_kinds,
    )
