"""What an error of SQLite means for the caller, told by its code and never by its text."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from passagework.domain.errors import LibraryDamagedError, LibraryError, LibraryUnavailableError, UnavailableKind

PRIMARY_CODE: Final = 0xFF
"""Extended result codes keep the primary code in their low byte (sqlite.org/rescode.html)."""

_UNAVAILABLE: Final = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: (UnavailableKind.BUSY, "another process holds it; it is tried again"),
        sqlite3.SQLITE_LOCKED: (UnavailableKind.BUSY, "another connection holds it; it is tried again"),
        sqlite3.SQLITE_PROTOCOL: (UnavailableKind.BUSY, "another process holds it; it is tried again"),
        sqlite3.SQLITE_FULL: (UnavailableKind.FULL, "the disk is full; make room"),
        sqlite3.SQLITE_IOERR: (UnavailableKind.IO, "the disk reports an error; check it"),
        sqlite3.SQLITE_READONLY: (UnavailableKind.READ_ONLY, "it cannot be written; check permissions and mount"),
        sqlite3.SQLITE_PERM: (UnavailableKind.READ_ONLY, "access is denied; check permissions"),
        sqlite3.SQLITE_CANTOPEN: (UnavailableKind.CANNOT_OPEN, "it cannot be opened; check folder and permissions"),
        sqlite3.SQLITE_NOMEM: (UnavailableKind.MEMORY, "memory is exhausted"),
    }
)
_DAMAGED: Final = MappingProxyType(
    {
        sqlite3.SQLITE_CORRUPT: "is damaged; it was left as it is. Restore a backup, or name another file",
        sqlite3.SQLITE_NOTADB: "is not a passage library, not even an SQLite file; name another file",
    }
)
_POISON: Final = frozenset(
    {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_RANGE}
)


def primary_code(error: BaseException) -> int | None:
    """Give SQLite's primary result code; None for an error that did not come from SQLite itself."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & PRIMARY_CODE if isinstance(code, int) else None


def is_poison(error: BaseException) -> bool:
    """Tell whether what was written is to blame, and not the library: a constraint, or a value that cannot be bound.

    Binding errors carry no code: lone surrogates (UnicodeEncodeError), integers beyond 64 bits (OverflowError), types
    that SQLite does not know.
    """
    code = primary_code(error)
    if code is not None:
        return code in _POISON
    return isinstance(
        error,
        ValueError | TypeError | OverflowError | sqlite3.InterfaceError | sqlite3.ProgrammingError | sqlite3.DataError,
    )


def library_error(error: sqlite3.Error, path: Path) -> LibraryError:
    """Translate an error of SQLite into the one that a caller can act on."""
    code = primary_code(error)
    if code is None:
        return LibraryError(f"the library {path} cannot be used: {error}")
    if code in _UNAVAILABLE:
        kind, advice = _UNAVAILABLE[code]
        return LibraryUnavailableError(f"the library {path} is not available: {advice} ({error})", kind)
    if code in _DAMAGED:
        return LibraryDamagedError(f"{path} {_DAMAGED[code]} ({error})")
    return LibraryError(f"the library {path} cannot be used: {error}")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise the project's errors in place of SQLite's."""
    try:
        yield
    except sqlite3.Error as error:
        raise library_error(error, path) from error
