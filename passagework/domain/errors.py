"""The errors a caller can catch: one base, a few leaves, each with a stable code.

Failures of single files are values (:class:`passagework.domain.failures.Failure`), not exceptions.
"""

from typing import ClassVar


class PassageworkError(Exception):
    """Base of every error that Passagework raises on purpose.

    The message says what happened, to what, and what a person can do about it.
    """

    code: ClassVar[str] = "internal-error"


class ConfigError(PassageworkError):
    """The configuration is not usable: unknown key, wrong type, impossible combination."""

    code = "config-invalid"


class LibraryError(PassageworkError):
    """The library cannot be opened or used."""

    code = "library-unavailable"


class LibraryBusyError(LibraryError):
    """Another importer holds this library."""

    code = "library-busy"


class LibraryDamagedError(LibraryError):
    """The file is not a library, or SQLite says that it is damaged. It is left as it is."""

    code = "library-damaged"


class LibraryTooNewError(LibraryError):
    """A newer Passagework wrote this library."""

    code = "library-too-new"


class ImporterClosedError(PassageworkError):
    """The importer was closed and takes no more work."""

    code = "importer-closed"


class NotFoundError(PassageworkError):
    """The library holds nothing under that path or guid."""

    code = "not-found"
