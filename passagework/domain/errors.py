"""The errors a caller can catch: one base, a few leaves, each with a stable code.

Failures of single files are values (:class:`passagework.domain.failures.Failure`), not exceptions.
"""

from enum import StrEnum
from typing import ClassVar

from passagework.domain.exit_codes import ExitCode


class PassageworkError(Exception):
    """Base of every error that Passagework raises on purpose.

    The message says what happened, to what, and what a person can do about it.
    """

    code: ClassVar[str] = "internal-error"
    exit_code: ClassVar[ExitCode] = ExitCode.FAILED
    """How a command ends that this error ends."""

    def __init_subclass__(cls) -> None:
        """Fail at import if an error of this package lacks a code or an exit code of its kind; those of a host may."""
        super().__init_subclass__()
        kinds = [kind for kind in cls.__mro__ if kind is not PassageworkError]
        lacking = [name for name in ("code", "exit_code") if not any(name in vars(kind) for kind in kinds)]
        if lacking and cls.__module__.partition(".")[0] == __name__.partition(".")[0]:
            raise TypeError(f"{cls.__name__} has no {' and no '.join(lacking)}")


class ConfigError(PassageworkError):
    """The configuration is invalid: unknown key, wrong type, impossible combination."""

    code = "config-invalid"
    exit_code = ExitCode.USAGE


class NoRootsError(ConfigError):
    """An import without a folder: neither the call nor the configuration names one."""

    def __init__(self) -> None:
        super().__init__("no folder to import: name one, or set scan.roots in the configuration")


class NothingToFollowError(ConfigError):
    """A watch that would never do anything: it follows nothing and has no schedule."""

    code = "watch-nothing-to-do"

    def __init__(self) -> None:
        super().__init__('nothing would ever be imported: watch.follow is "off"; set scan.every or scan.at beside it')


class WatchFolderMissingError(PassageworkError):
    """None of the folders that are to be watched is there: a wrong name, or a disk that is not mounted."""

    code = "watch-folder-missing"
    exit_code = ExitCode.NOTHING_FOUND


class WatchUnderWayError(PassageworkError):
    """An importer has one watch at a time."""

    code = "watch-under-way"
    exit_code = ExitCode.FAILED


class WatchFailedError(PassageworkError):
    """The watch failed so often that it has ended. What was imported is in the library."""

    code = "watch-failed"
    exit_code = ExitCode.FAILED


class ExecutorError(PassageworkError):
    """The executor (``analysis.executor``) is not available, or refuses."""

    code = "executor-unavailable"
    exit_code = ExitCode.USAGE


class ExecutorExtraMissingError(ExecutorError):
    """The executor needs packages that are not installed; the message names the extra."""

    code = "executor-extra-missing"


class ExecutorFactoryError(ExecutorError):
    """The configured factory cannot be imported, or does not return an executor."""

    code = "executor-factory-invalid"


class LibraryError(PassageworkError):
    """The library cannot be opened or used."""

    code = "library-unavailable"
    exit_code = ExitCode.LIBRARY_UNAVAILABLE


class LibraryBusyError(LibraryError):
    """Another importer holds the lock of this library."""

    code = "library-busy"


class LibraryDoorError(LibraryBusyError):
    """Another process holds the library, and the command could not be given to it, or its reply did not come."""

    code = "library-door"


class LibraryDamagedError(LibraryError):
    """The file is not a library, or SQLite reports that it is damaged. It is left unchanged."""

    code = "library-damaged"


class LibraryMarkedError(LibraryDamagedError):
    """A mark beside the library says that damage was noticed. Nothing is written until a check finds it whole."""

    code = "library-marked"


class ForeignLogError(LibraryDamagedError):
    """The log (WAL or journal) beside the library belongs to another database. Both are left unchanged."""

    code = "library-log-foreign"


class SideFileError(LibraryError):
    """A file that is not ours has the name of a file that belongs beside the library. It is left unchanged."""

    code = "side-file-foreign"


class LibraryWalLostError(LibraryError):
    """The WAL of an open library was deleted. Acknowledged results are in the library; open it again."""


class LibraryNeedsSpaceError(LibraryError):
    """The disk of the library has too little room for what is to be done. Nothing was changed."""

    code = "library-needs-space"


class LibraryTooNewError(LibraryError):
    """A newer Passagework wrote this library."""

    code = "library-too-new"


class UnavailableKind(StrEnum):
    """Why the library cannot be written now."""

    BUSY = "busy"
    FULL = "disk-full"
    IO = "disk-error"
    READ_ONLY = "read-only"
    CANNOT_OPEN = "cannot-open"
    MOVED = "moved"
    MEMORY = "out-of-memory"
    UNWRITTEN = "unwritten"
    LOG_IN_USE = "log-in-use"


class LibraryUnavailableError(LibraryError):
    """The library cannot be written now. Nothing was written; the same batch may be retried later."""

    def __init__(self, message: str, kind: UnavailableKind) -> None:
        super().__init__(message)
        self.kind = kind

    @classmethod
    def while_draining(cls, messages: int) -> "LibraryUnavailableError":
        """Create the error for a drain that leaves ``messages`` unwritten."""
        return cls(
            f"the library could not be written; results not stored: {messages}; the next import repeats them",
            UnavailableKind.UNWRITTEN,
        )


class ImporterClosedError(PassageworkError):
    """The importer was closed and accepts no more work."""

    code = "importer-closed"
    exit_code = ExitCode.FAILED


class ImporterForkedError(PassageworkError):
    """The importer was opened by a process of which this one is a fork. It works there only."""

    code = "importer-forked"
    exit_code = ExitCode.FAILED

    def __init__(self) -> None:
        super().__init__("this process was forked from the one that opened the importer; open another one here")


class OutputFileError(PassageworkError):
    """A file that a command was to write exists already, or cannot be written. What was there is unchanged."""

    code = "output-file"
    exit_code = ExitCode.USAGE


class NotFoundError(PassageworkError):
    """The library has nothing with that path or guid."""

    code = "not-found"
    exit_code = ExitCode.NOTHING_FOUND
