"""Who says what the character of a passage is. What different sources say is never mixed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from passagework.domain.flavor.centroid import centroid
from passagework.domain.flavor.distance import FARTHEST, FlavorDistance, flavor_distance
from passagework.domain.flavor.values import Flavor, Groups
from passagework.domain.ids import Guid

LENGTH_SHARE: Final = 0.03
LENGTH_SECONDS: Final = 5.0
"""A document is about a song that is as long, within the larger of these: other edits and live takes differ by more."""


class FlavorSource(StrEnum):
    """The sources, the first that two passages have in common first."""

    HEARD = "heard"
    """The sound of the passage itself."""

    ACOUSTICBRAINZ = "acousticbrainz"
    """Documents about its recordings."""

    USER = "user"
    """A person."""


@dataclass(frozen=True, slots=True)
class DocumentedSong:
    """A song in a passage, of which documents exist: its running time there, and each document with its own length."""

    seconds: float
    documents: Sequence[tuple[float, Groups]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageFlavor:
    """What the sources say of one passage; ``groups`` has those that say something."""

    guid: Guid
    heard: Flavor | None
    groups: Mapping[FlavorSource, Groups]


@dataclass(frozen=True, slots=True)
class SourceDistance:
    """How far two passages are apart by one source. ``made``: what heard each of them, for people; else empty."""

    source: FlavorSource
    distance: FlavorDistance
    made: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PassageDistance:
    """How far two passages are apart, by each source that says something of both; 1 if there is none."""

    one: Guid
    other: Guid
    sources: tuple[SourceDistance, ...]

    @property
    def distance(self) -> float:
        """The distance by the first source."""
        return self.sources[0].distance.distance if self.sources else FARTHEST


def of_documents(songs: Sequence[DocumentedSong]) -> Groups:
    """Return what documents say of a passage with these songs.

    Of each song the documents count that are about as long as it is in the passage, all alike.
    """
    said = [(centroid((groups, 1.0) for groups in _about_as_long(song)), song.seconds) for song in songs]
    return centroid((groups, seconds) for groups, seconds in said if groups)


def passage_distance(one: PassageFlavor, other: PassageFlavor) -> PassageDistance:
    """Compare two passages by each source that says something of both."""
    found = (
        SourceDistance(source, flavor_distance(one.groups[source], other.groups[source]), _made(source, one, other))
        for source in FlavorSource
        if source in one.groups and source in other.groups
    )
    return PassageDistance(one.guid, other.guid, tuple(found))


def _about_as_long(song: DocumentedSong) -> Sequence[Groups]:
    allowed = max(LENGTH_SECONDS, LENGTH_SHARE * song.seconds)
    return [groups for seconds, groups in song.documents if abs(seconds - song.seconds) <= allowed]


def _made(source: FlavorSource, *passages: PassageFlavor) -> tuple[str, ...]:
    if source is not FlavorSource.HEARD:
        return ()
    return tuple(f"{one.heard.level} {one.heard.version}" for one in passages if one.heard is not None)
