"""What an extension is made of: the protocols, and the version of all of them. docs/extensions.md explains them.

An extension is an entry point of an installed package, in one of the groups of this version. It is used when its name
is in the settings ``extensions.measures``, ``extensions.evidence`` or ``extensions.listeners``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from passagework.domain.progress import Event

API_VERSION: Final = 1
"""The version of the protocols. The groups name it, so an extension for another one is known without running it."""

MEASURES: Final = "passagework.measures.v1"
"""The group of entry points that are a :class:`MeterMaker`."""

EVIDENCE: Final = "passagework.evidence.v1"
"""The group of entry points that are an :class:`EvidenceMaker`."""

LISTENERS: Final = "passagework.listeners.v1"
"""The group of entry points that are a :class:`ListenerMaker`."""


@dataclass(frozen=True, slots=True)
class AudioOfFile:
    """The audio that is decoded: samples per second, and the channels as FFmpeg names them ("FL", "FR" …)."""

    sample_rate: int
    channels: tuple[str, ...]


class Meter(Protocol):
    """Measures one file, block by block, and then its passages. It runs in a process of its own, which is confined."""

    def add(self, block: "tuple[NDArray[np.float32], ...]") -> None:
        """Take the next samples: one array for each channel, all of one length; full scale is 1.0.

        The arrays are the meter's own. A file is given in blocks of some seconds, without gaps.
        """

    def values(self, start: int, end: int) -> Mapping[str, float | str | None]:
        """Return what was measured of a passage by name; None: nothing to say. Called after the last block.

        ``start`` and ``end`` are samples of the file, from its beginning.
        """


class MeterMaker(Protocol):
    """Makes a meter for each file. Imported before the process is confined: afterwards nothing can be opened."""

    def __call__(self, audio: AudioOfFile) -> Meter:
        """Make a meter for a file, before its first block."""


@dataclass(frozen=True, slots=True)
class SeenPassage:
    """A passage of a file: its number in the file from 1 on, and where it begins and ends, in seconds."""

    number: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file of which passages are to be identified: its path, its tags as they stand in it, and its passages."""

    path: bytes
    tags: Mapping[str, tuple[str, ...]]
    passages: tuple[SeenPassage, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """One thing that an extension states: its kind, its value, and of which passage; None: of the file as a whole.

    The value of ``recording``, ``release-track``, ``release`` and ``release-group`` is an MBID, that of ``title``,
    ``artist``, ``album``, ``track``, ``disc`` and ``isrc`` a text.
    """

    kind: str
    value: str
    passage: int | None = None


class EvidenceSource(Protocol):
    """States what the passages of a file are. It runs in a process of its own, which may open files."""

    def __call__(self, file: SeenFile) -> Iterable[Stated]:
        """Return what is known of a file."""


class EvidenceMaker(Protocol):
    """Makes a source of evidence, once for each process that asks it."""

    def __call__(self) -> EvidenceSource:
        """Make the source."""


class Listening(Protocol):
    """Is called with each event of an importer, in a thread of its own. ``close``, where it has one, ends it."""

    def __call__(self, event: "Event") -> object:
        """Handle an event."""


class ListenerMaker(Protocol):
    """Makes a listener, once for each importer."""

    def __call__(self) -> Listening:
        """Make the listener."""
