"""Pieces of music that the library has more than once."""

from dataclasses import dataclass
from enum import StrEnum

from passagework.domain.codes import ExplainedCode
from passagework.domain.ids import Guid


class Sameness(ExplainedCode):
    """What is the same, the closest first: ``NAME = stored code, words for people``."""

    BYTES = "bytes", "files with the same bytes"
    AUDIO = "audio", "files with the same audio, and other tags"
    RECORDING = "recording", "passages of the same recording, by its MBID"


class LeaveOut(StrEnum):
    """Of which pieces lists and exports leave all copies but the best out."""

    NONE = "none"
    AUDIO = "audio"
    RECORDING = "recording"
    """Also of those with the same audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A playable passage of a group, with what its file is compared by."""

    guid: Guid
    path: bytes
    title: str | None
    artists: str | None
    codec: str
    lossless: bool
    sample_rate: int | None
    bit_rate: int | None
    bad_packets: int
    missing_samples: int


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Copies of one piece, the best first. ``key`` is the MBID of the recording, or the hash in hexadecimal."""

    sameness: Sameness
    key: str
    copies: tuple[Copy, ...]
