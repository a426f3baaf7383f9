"""The track list of a release, by which a file that holds an album is cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from passagework.domain.codes import UnknownCode, open_code
from passagework.domain.ids import Mbid
from passagework.domain.json_text import read_json, write_unicode_json

BETWEEN_TRACKS: Final = 10.0
"""Seconds. So much of the length of a track may be the silence behind it, which a file does not have to have."""

_SHORTER: Final = 3.0
"""Seconds by which a track may be shorter than its list says."""

_LONGER: Final = 6.0
"""Seconds by which it may be longer."""

_UNKNOWN: Final = 1 / 8
"""Of so many tracks the length may be unknown, and is then between these, in seconds."""

SHORTEST_TRACK: Final = 15.0
LONGEST_TRACK: Final = 900.0


class NamedBy(StrEnum):
    """What suggests that a file holds a release, the first that does counts."""

    TAGS = "tags"
    FILE_NAME = "file-name"
    FINGERPRINTS = "fingerprints"
    """The pieces of the file that are on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTrack:
    """One track: the position of its medium, its own there, what is printed of it, and its recording.

    ``milliseconds`` None: nobody knows how long it is.
    """

    medium: int
    number: int
    title: str
    credit: str | None
    recording: Mbid
    milliseconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackList:
    """The tracks of a medium of a release, or of several, in order."""

    named_by: NamedBy | UnknownCode
    release: Mbid
    title: str
    artist: str | None
    date: str | None
    tracks: tuple[ListedTrack, ...]

    @property
    def known_seconds(self) -> float:
        """How long all tracks are whose length is known."""
        return sum(track.milliseconds or 0 for track in self.tracks) / 1000

    @property
    def unknown(self) -> int:
        """The number of tracks whose length nobody knows."""
        return sum(track.milliseconds is None for track in self.tracks)


def write_track_list(track_list: TrackList) -> str:
    """Return the text to store of a list; equal lists give equal text."""
    return write_unicode_json(
        {
            "named_by": track_list.named_by,
            "release": track_list.release,
            "title": track_list.title,
            "artist": track_list.artist,
            "date": track_list.date,
            "tracks": [
                [track.medium, track.number, track.title, track.credit, track.recording, track.milliseconds]
                for track in track_list.tracks
            ],
        }
    )


def read_track_list(text: str) -> TrackList:
    """Read what was stored."""
    found: dict[str, Any] = read_json(text)
    names = ("medium", "number", "title", "credit", "recording", "milliseconds")
    tracks = tuple(ListedTrack(**dict(zip(names, track, strict=True))) for track in found.pop("tracks"))
    return TrackList(named_by=open_code(NamedBy, found.pop("named_by")), tracks=tracks, **found)


def fits_length(track_list: TrackList, seconds: float) -> bool:
    """Tell whether a file of so many seconds may hold all tracks of a list, one behind the other."""
    number, unknown = len(track_list.tracks), track_list.unknown
    shortest = longest = track_list.known_seconds
    if unknown:
        if unknown > _UNKNOWN * number:
            return False
        shortest, longest = shortest + unknown * SHORTEST_TRACK, longest + unknown * LONGEST_TRACK
    return shortest - BETWEEN_TRACKS * (number - 1) - _SHORTER * number <= seconds <= longest + _LONGER * number


def fits_pieces(track_list: TrackList, lengths: Sequence[float]) -> bool:
    """Tell whether the pieces of a file, by their lengths in seconds, are the tracks of a list one by one."""
    return len(lengths) == len(track_list.tracks) and all(
        track.milliseconds is not None
        and track.milliseconds / 1000 - BETWEEN_TRACKS <= length <= track.milliseconds / 1000 + _SHORTER
        for track, length in zip(track_list.tracks, lengths, strict=True)
    )
