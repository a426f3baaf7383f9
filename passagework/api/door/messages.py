"""The messages between a process that holds a library and one that commands it. docs/many-hands.md describes them."""

from dataclasses import dataclass
from typing import Final

from passagework.domain.edits import Edit, Edited
from passagework.domain.flavor.acousticbrainz import FlavorDocument
from passagework.domain.forgetting import Forget, Forgotten
from passagework.domain.ids import RunId
from passagework.domain.plays import Play, PlayReport
from passagework.domain.progress import Progress, RunReport
from passagework.domain.undo import Undone

FORMAT: Final = 1
"""Raised whenever a message changes, also one that is only part of a message: both sides refuse another number."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message of both sides. ``program`` is the version of Passagework."""

    format: int
    program: str


@dataclass(frozen=True, slots=True)
class SetValues:
    """Set what a person set; answered by ValuesSet."""

    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class ReportPlays:
    """Report what was played, or take reports back; answered by PlaysReported."""

    report: PlayReport


@dataclass(frozen=True, slots=True)
class UndoRun:
    """Undo a run; answered by RunUndone."""

    run: RunId


@dataclass(frozen=True, slots=True)
class ForgetFiles:
    """Forget files; answered by FilesForgotten."""

    forget: Forget


@dataclass(frozen=True, slots=True)
class AddDocuments:
    """Store documents about recordings; answered by Counted: how many were new."""

    documents: tuple[FlavorDocument, ...]


@dataclass(frozen=True, slots=True)
class ClearDocuments:
    """Delete all documents about recordings; answered by Counted."""


@dataclass(frozen=True, slots=True)
class StartImport:
    """Import folders, as soon as no other run is active.

    Answered by ImportQueued if one is, by ImportBegun, by Advanced again and again, and by ImportEnded. If the
    connection ends, an import that has begun goes on, and one that has not is dropped.
    """

    roots: tuple[bytes, ...]
    retry_failed: bool
    reanalyze: bool
    subfolders: bool


@dataclass(frozen=True, slots=True)
class CancelImport:
    """Cancel the import that this connection has started; ImportEnded follows."""


Request = SetValues | ReportPlays | UndoRun | ForgetFiles | AddDocuments | ClearDocuments | StartImport | CancelImport
"""What a connection asks for, once. CancelImport follows StartImport only."""


@dataclass(frozen=True, slots=True)
class ValuesSet:
    """The values before and after."""

    edited: tuple[Edited, ...]


@dataclass(frozen=True, slots=True)
class PlaysReported:
    """What is new of a report."""

    plays: tuple[Play, ...]


@dataclass(frozen=True, slots=True)
class RunUndone:
    """What became of the rows of the run."""

    undone: Undone


@dataclass(frozen=True, slots=True)
class FilesForgotten:
    """How much is gone."""

    forgotten: Forgotten


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of documents."""

    number: int


@dataclass(frozen=True, slots=True)
class ImportQueued:
    """Another run is active; the import begins when it has ended."""


@dataclass(frozen=True, slots=True)
class ImportBegun:
    """The import runs. ``settings`` are those of the process that have an effect on results, as JSON."""

    settings: str


@dataclass(frozen=True, slots=True)
class Advanced:
    """How far the import is."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class ImportEnded:
    """The report of the import."""

    report: RunReport


@dataclass(frozen=True, slots=True)
class StillAtIt:
    """It takes longer; sent every few seconds, so that a process that hangs can be told from one that works."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The error that the request ended with. ``kind``: why a library that takes no writes does not."""

    code: str
    exit_code: int
    message: str
    kind: str | None = None


Reply = (
    ValuesSet
    | PlaysReported
    | RunUndone
    | FilesForgotten
    | Counted
    | ImportQueued
    | ImportBegun
    | Advanced
    | ImportEnded
    | StillAtIt
    | Refused
)
