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
    """The configuration is not usable: unknown key, wrong type, impossible combination."""

    code = "config-invalid"


class ExecutorError(PassageworkError):
    """Whoever is to run the analyses (``analysis.executor``) cannot be had, or refuses."""

    code = "executor-unavailable"


class ExecutorExtraMissingError(ExecutorError):
    """The executor needs packages that are not installed; the message names the extra."""

    code = "executor-extra-missing"


class ExecutorFactoryError(ExecutorError):
    """The factory that the configuration names cannot be imported, or does not make an executor."""

    code = "executor-factory-invalid"


class LibraryError(PassageworkError):
    """The library cannot be opened or used."""

    code = "library-unavailable"


class LibraryBusyError(LibraryError):
    """Another importer holds this library."""

    code = "library-busy"


class LibraryDamagedError(LibraryError):
    """The file is not a library, or SQLite says that it is damaged. It is left as it is."""

    code = "library-damaged"


class LibraryWalLostError(LibraryError):
    """Somebody took the write-ahead log away from an open library. What was acknowledged is there; open it anew."""


class LibraryTooNewError(LibraryError):
    """A newer Passagework wrote this library."""

    code = "library-too-new"


class UnavailableKind(StrEnum):
    """Why the library takes no writes at the moment."""

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
    """The library takes no writes at the moment. Nothing was written; the same batch may be tried again later."""

    def __init__(self, message: str, kind: UnavailableKind) -> None:
        super().__init__(message)
        self.kind = kind

    @classmethod
    def while_draining(cls, messages: int) -> "LibraryUnavailableError":
        """Make the error for a drain that has to leave ``messages`` unwritten."""
        return cls(
            f"the library took no writes to the end; {messages} results are not stored, "
            "the next import makes them again",
            UnavailableKind.UNWRITTEN,
        )


class ImporterClosedError(PassageworkError):
    """The importer was closed and takes no more work."""

    code = "importer-closed"


class NotFoundError(PassageworkError):
    """The library holds nothing under that path or guid."""

    code = "not-found"
