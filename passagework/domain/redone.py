"""What can be redone of a file without the file: from what, and what comes of it."""

from dataclasses import dataclass

from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import Given, GivenCuts
from passagework.domain.parts import Provenance, StalePart
from passagework.domain.units import Ticks


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """The bounds of a passage in use."""

    start: Ticks
    end: Ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleFile:
    """A file with stale parts; ``id`` is its row number, ``made`` is what made all of its parts.

    ``weighted``, the levels by which passages and their cues are found, are packed as ``packing`` says, for
    ``unpacked_levels``; they and the passages, in order, are what parts may be redone from. They are None where that
    takes the file anyway. ``doubtful_gaps``: from and to where it was not cut. ``given`` is what a person gave
    about it, ``said`` what a sheet or the file itself says of its pieces.
    """

    id: int
    path: bytes
    stamp: FileStamp
    made: Provenance
    stale: tuple[StalePart, ...]
    samples: int
    sample_rate: int
    hop: int | None = None
    weighted: bytes | None = None
    packing: int | None = None
    doubtful_gaps: tuple[tuple[Ticks, Ticks], ...] = ()
    passages: tuple[StoredPassage, ...] = ()
    given: Given | None = None
    said: GivenCuts | None = None


@dataclass(frozen=True, slots=True)
class RedoneCues:
    """The cues of the passage with these bounds."""

    start: Ticks
    end: Ticks
    lead_in: Ticks
    lead_out: Ticks
    fade_in: Ticks | None
    fade_out: Ticks | None


@dataclass(frozen=True, slots=True)
class RedoneFile:
    """What was redone of a file: the cues of all passages or of none, and what has now made all of its parts."""

    path: bytes
    provenance: Provenance
    cues: tuple[RedoneCues, ...]
