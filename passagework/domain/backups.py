"""The backup of a library: how far it is, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class BackupStage(StrEnum):
    """What is being done: the file gets its name only after both."""

    COPY = "copy"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class BackupProgress:
    """How far a backup is: ``done`` of ``total`` bytes; while the copy is checked, both are 0."""

    stage: BackupStage
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is complete: where it is, and its size in bytes."""

    path: Path
    size: int


OnBackup = Callable[[BackupProgress], object]


def unheard_backup(_progress: BackupProgress) -> None:
    """Show nothing."""
