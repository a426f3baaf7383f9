"""What is known about a group of passages before it is decided."""

from dataclasses import dataclass

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.ids import Guid, Mbid
from passagework.domain.musicbrainz import MbRecording, MbRelease


@dataclass(frozen=True, slots=True)
class TagStatements:
    """What the tags state about one passage. Unknown is None or an empty tuple.

    In a file of several passages only what holds for all of them belongs here: names of artists, the album, the disc
    and the ids of the release; never title, track number, or ids of recordings and tracks.
    """

    title: str | None = None
    artists: tuple[str, ...] = ()
    album: str | None = None
    track_number: int | None = None
    disc_number: int | None = None
    recordings: tuple[Mbid, ...] = ()
    release_track: Mbid | None = None
    release: Mbid | None = None
    release_group: Mbid | None = None


@dataclass(frozen=True, slots=True)
class PassageEvidence:
    """What is known about one passage.

    ``file`` tells which passages come from one file, and nothing else. ``answer`` is None where AcoustID was not
    asked or has not answered, which is no statement; an answer without results is one. ``named`` are recordings that a
    search for title and artist found.
    """

    key: Guid
    file: int
    seconds: float
    tags: TagStatements = TagStatements()
    answer: AcoustidAnswer | None = None
    named: tuple[Mbid, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupEvidence:
    """What is known about passages that may make an album: folder, disc and album tag are the same.

    ``passages`` stand in order of play within each file. ``releases`` are those that were looked up, in any order;
    ``recordings`` those that were looked up by themselves.
    """

    passages: tuple[PassageEvidence, ...]
    releases: tuple[MbRelease, ...] = ()
    recordings: tuple[MbRecording, ...] = ()
