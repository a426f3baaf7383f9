"""Messages to the scanner."""

from dataclasses import dataclass

from passagework.actors.messages.acknowledgements import Acknowledgement, LibraryRestarted
from passagework.actors.pipeline import FileInHand
from passagework.actors.runtime.messages import PauseChanged, Ping
from passagework.domain.ids import RunId
from passagework.domain.scan_scope import WHOLE, ScanScope


@dataclass(frozen=True, slots=True)
class Scan:
    """Walk these roots, or the parts of them that the scope names, and emit files to analyse, one per credit."""

    run: RunId
    roots: tuple[bytes, ...]
    retry_failed: bool
    reanalyze: bool = False
    scope: ScanScope = WHOLE


@dataclass(frozen=True, slots=True)
class Credit:
    """The scanner may emit ``number`` more files."""

    run: RunId
    number: int


@dataclass(frozen=True, slots=True)
class ContinueScan:
    """Do the next slice of the walk. The scanner sends this to itself."""

    run: RunId


@dataclass(frozen=True, slots=True)
class StopScan:
    """Forget the walk; nothing more is emitted."""


@dataclass(frozen=True, slots=True)
class EmitAgain:
    """Emit this file as it is on the disk, with what a sheet beside it says, or NotThere.

    It takes no credit, and no scan has to run.
    """

    file: FileInHand


ScannerMessage = (
    Ping | PauseChanged | Scan | Credit | ContinueScan | StopScan | EmitAgain | LibraryRestarted | Acknowledgement
)
