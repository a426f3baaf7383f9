"""The exit codes of commands; scripts rely on these numbers."""

from enum import IntEnum

from passagework.domain.edits import EditError
from passagework.domain.errors import ConfigError, ExecutorError, LibraryError, NotFoundError, PassageworkError
from passagework.domain.undo import UndoRefusedError
from passagework.export.errors import ExportTargetError
from passagework.export.files.errors import ExtraMissingError


class ExitCode(IntEnum):
    """Exit codes of every command."""

    OK = 0
    NEW_FAILURES = 1
    USAGE = 2
    LIBRARY_UNAVAILABLE = 3
    NOTHING_FOUND = 4
    ITEMS_WAITING = 5
    INTERRUPTED = 130


def exit_code_of(error: PassageworkError) -> ExitCode:
    """Map an error to its exit code."""
    match error:
        case ConfigError() | ExecutorError() | EditError() | UndoRefusedError():
            return ExitCode.USAGE
        case ExportTargetError() | ExtraMissingError():
            return ExitCode.USAGE
        case LibraryError():
            return ExitCode.LIBRARY_UNAVAILABLE
        case NotFoundError():
            return ExitCode.NOTHING_FOUND
        case _:
            return ExitCode.NEW_FAILURES
