"""The update of a library to the schema of this version: what a host can show meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class UpdateStage(StrEnum):
    """What is being done. The library has its old schema until CONVERT is over; a kill costs some seconds of work."""

    BACKUP = "backup"
    CHECK_BACKUP = "check-backup"
    CONVERT = "convert"
    TIDY = "tidy"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class LibraryUpdate:
    """How far an update is: ``done`` of ``total`` of its stage, which count pages or rows; both are 0 if unknown."""

    from_schema: int
    to_schema: int
    stage: UpdateStage
    done: int
    total: int


OnUpdate = Callable[[LibraryUpdate], object]


def unheard(_update: LibraryUpdate) -> None:
    """Show nothing."""
