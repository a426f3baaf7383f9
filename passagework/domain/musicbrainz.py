"""MusicBrainz' answers: releases with their media and tracks, recordings, works and artist credits."""

from dataclasses import dataclass
from enum import StrEnum

from passagework.domain.ids import Mbid


@dataclass(frozen=True, slots=True)
class CreditedArtist:
    """One artist of a credit: the name as printed there, the artist's own name, and the join phrase after it."""

    mbid: Mbid
    name: str
    credited_as: str
    join_phrase: str


@dataclass(frozen=True, slots=True)
class MbWork:
    """A work, with its composers if the relations name them."""

    mbid: Mbid
    title: str
    composers: tuple[CreditedArtist, ...]


@dataclass(frozen=True, slots=True)
class MbRecording:
    """A recording. ``milliseconds`` None: unknown. ``asked_as``: the requested id, if that was merged into this one."""

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
    """The place of a track on its medium. Hidden tracks before the first one are pregaps; data tracks are no music."""

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

    ``track_count`` counts the tracks of its list, without pregap and data tracks, even if ``tracks`` were not
    requested.
    """

    position: int
    format: str | None
    title: str | None
    tracks: tuple[MbTrack, ...]
    track_count: int = 0


@dataclass(frozen=True, slots=True)
class MbReleaseGroup:
    """A release group with its types. ``title`` is the release's if the answer gives only the id of the group."""

    mbid: Mbid
    title: str
    kind: str | None
    secondary_kinds: tuple[str, ...]
    first_release_date: str | None


@dataclass(frozen=True, slots=True)
class MbRelease:
    """A release. ``asked_as``: the requested id, if that was merged into this one.

    ``cover_art``: whether the Cover Art Archive has its front cover, None if the answer does not say.
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
    """A page of a list of releases, from ``offset`` on, of ``total``."""

    releases: tuple[MbRelease, ...]
    total: int
    offset: int


@dataclass(frozen=True, slots=True)
class MbFoundRecording:
    """A recording that a search found, without works.

    Its releases have only the media, and these only the tracks, that contain the recording.
    """

    recording: MbRecording
    releases: tuple[MbRelease, ...]


@dataclass(frozen=True, slots=True)
class MbFoundRecordings:
    """The result of a search by text, best match first."""

    found: tuple[MbFoundRecording, ...]
