"""What MusicBrainz answers, in its own terms: releases with their media and tracks, recordings, works and credits."""

from dataclasses import dataclass
from enum import StrEnum

from passagework.domain.ids import Mbid


@dataclass(frozen=True, slots=True)
class CreditedArtist:
    """One artist of a credit: the name as printed there, the artist's own name, and what joins it to the next."""

    mbid: Mbid
    name: str
    credited_as: str
    join_phrase: str


@dataclass(frozen=True, slots=True)
class MbWork:
    """A work, with its composers where the relations say so."""

    mbid: Mbid
    title: str
    composers: tuple[CreditedArtist, ...]


@dataclass(frozen=True, slots=True)
class MbRecording:
    """A recording. ``milliseconds`` None: unknown. ``asked_as``: the id it was asked for by, if that was merged."""

    mbid: Mbid
    title: str
    milliseconds: int | None
    video: bool
    artists: tuple[CreditedArtist, ...]
    works: tuple[MbWork, ...]
    isrcs: tuple[str, ...] = ()
    asked_as: Mbid | None = None
    first_release_date: str | None = None


class TrackKind(StrEnum):
    """Where on its medium a track lies. Hidden tracks before the first one are pregaps; data tracks are no music."""

    PREGAP = "pregap"
    TRACK = "track"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class MbTrack:
    """A track: its own id, position and length on this release, and its recording."""

    mbid: Mbid
    kind: TrackKind
    position: int
    number: str
    title: str
    milliseconds: int | None
    artists: tuple[CreditedArtist, ...]
    recording: MbRecording


@dataclass(frozen=True, slots=True)
class MbMedium:
    """A medium (disc) of a release.

    ``track_count`` counts the tracks of its list, without pregap and data tracks, also where ``tracks`` were not
    asked for.
    """

    position: int
    format: str | None
    title: str | None
    tracks: tuple[MbTrack, ...]
    track_count: int = 0


@dataclass(frozen=True, slots=True)
class MbReleaseGroup:
    """A release group with its types. ``title`` is the release's where the answer names the group by id only."""

    mbid: Mbid
    title: str
    kind: str | None
    secondary_kinds: tuple[str, ...]
    first_release_date: str | None


@dataclass(frozen=True, slots=True)
class MbRelease:
    """A release. ``asked_as``: the id it was asked for by, if that was merged into this one.

    ``cover_art``: whether the Cover Art Archive has its front, None where the answer does not say.
    """

    mbid: Mbid
    title: str
    status: str | None
    date: str | None
    country: str | None
    labels: tuple[str, ...]
    artists: tuple[CreditedArtist, ...]
    group: MbReleaseGroup
    media: tuple[MbMedium, ...]
    cover_art: bool | None
    asked_as: Mbid | None = None


@dataclass(frozen=True, slots=True)
class MbReleasePage:
    """A part of a list of releases: those from ``offset`` on, of ``total``."""

    releases: tuple[MbRelease, ...]
    total: int
    offset: int


@dataclass(frozen=True, slots=True)
class MbFoundRecording:
    """A recording that a search found, without works.

    Its releases have only the media, and these only the tracks, on which the recording lies.
    """

    recording: MbRecording
    releases: tuple[MbRelease, ...]


@dataclass(frozen=True, slots=True)
class MbFoundRecordings:
    """What a search by text found, most like it first."""

    found: tuple[MbFoundRecording, ...]
