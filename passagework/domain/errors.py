"""The errors a caller can catch: one base, a few leaves, each with a stable code.

Failures of single files are values (:class:`passagework.domain.failures.Failure`), not exceptions.
"""

from enum import StrEnum
from typing import ClassVar


class PassageworkError(Exception):
    """Base of every error that Passagework raises on purpose.

    The message says what happened, to what, and what a person can do about it.
    """

    code: ClassVar[str] = "internal-error"


class ConfigError(PassageworkError):
    """The configuration is invalid: unknown key, wrong type, impossible combination."""

    code = "config-invalid"


class ExecutorError(PassageworkError):
    """The executor (``analysis.executor``) is not available, or refuses."""

    code = "executor-unavailable"


class ExecutorExtraMissingError(ExecutorError):
    """The executor needs packages that are not installed; the message names the extra."""

    code = "executor-extra-missing"


class ExecutorFactoryError(ExecutorError):
    """The configured factory cannot be imported, or does not return an executor."""

    code = "executor-factory-invalid"


class LibraryError(PassageworkError):
    """The library cannot be opened or used."""

    code = "library-unavailable"


class LibraryBusyError(LibraryError):
    """Another importer holds the lock of this library."""

    code = "library-busy"


class LibraryDamagedError(LibraryError):
    """The file is not a library, or SQLite reports that it is damaged. It is left unchanged."""

    code = "library-damaged"


class LibraryWalLostError(LibraryError):
    """The WAL of an open library was deleted. Acknowledged results are in the library; open it again."""


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
            f"the library could not be written; {messages} results are not stored, the next import repeats them",
            UnavailableKind.UNWRITTEN,
        )


class ImporterClosedError(PassageworkError):
    """The importer was closed and accepts no more work."""

    code = "importer-closed"


class NotFoundError(PassageworkError):
    """The library has nothing with that path or guid."""

    code = "not-found"
