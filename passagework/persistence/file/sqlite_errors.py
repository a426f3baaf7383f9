"""Translate SQLite's errors for the caller, by their code and never by their text."""

import errno
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from passagework.domain.errors import LibraryDamagedError, LibraryError, LibraryUnavailableError, UnavailableKind
from passagework.persistence.file.damage_mark import WHAT_TO_DO

PRIMARY_CODE: Final = 0xFF
"""Extended result codes keep the primary code in their low byte (sqlite.org/rescode.html)."""

_FULL: Final = (UnavailableKind.FULL, "the disk is full; make room")
_READ_ONLY: Final = (
    UnavailableKind.READ_ONLY,
    "it cannot be written; check the mount, and permissions, also of the -wal and -shm files beside it",
)
_MEMORY: Final = (UnavailableKind.MEMORY, "memory is exhausted; end other programs")

_UNAVAILABLE: Final = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: (UnavailableKind.BUSY, "another process holds it; wait until it is done"),
        sqlite3.SQLITE_LOCKED: (UnavailableKind.BUSY, "another connection holds it; wait until it is done"),
        sqlite3.SQLITE_PROTOCOL: (UnavailableKind.BUSY, "other processes hold it; wait until they are done"),
        sqlite3.SQLITE_FULL: _FULL,
        # The -shm file could not grow on a full disk: SQLite writes it page by page to detect exactly this.
        sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,
        sqlite3.SQLITE_NOLFS: (UnavailableKind.FULL, "its file system takes no larger file; move it to another one"),
        sqlite3.SQLITE_IOERR: (
            UnavailableKind.IO,
            "the disk reports an error, or a limit is reached (quota, size of a file); check both",
        ),
        sqlite3.SQLITE_IOERR_NOMEM: _MEMORY,
        sqlite3.SQLITE_READONLY: _READ_ONLY,
        sqlite3.SQLITE_READONLY_DBMOVED: (UnavailableKind.MOVED, "it was moved or replaced; put it back"),
        sqlite3.SQLITE_PERM: (UnavailableKind.READ_ONLY, "access is denied; check permissions"),
        sqlite3.SQLITE_CANTOPEN: (UnavailableKind.CANNOT_OPEN, "it cannot be opened; check folder and permissions"),
    }
)
"""By extended code if that is more precise, otherwise by primary code."""

_BY_SYSTEM: Final = MappingProxyType(
    {
        errno.EROFS: _READ_ONLY,
        errno.ENOSPC: _FULL,
        errno.EDQUOT: (UnavailableKind.FULL, "the quota is used up; make room"),
    }
)
"""The cause of an I/O error of SQLite, by the system's error code."""

PROBE_BYTES: Final = 4096

_DAMAGED: Final = MappingProxyType(
    {
        sqlite3.SQLITE_CORRUPT: f"is damaged; it was left as it is: {WHAT_TO_DO}",
        sqlite3.SQLITE_IOERR_DATA: f"is damaged: a check sum is wrong; it was left as it is: {WHAT_TO_DO}",
        sqlite3.SQLITE_NOTADB: "is not a passage library, not even an SQLite file; name another file, or restore one",
    }
)
_SUSPICIOUS: Final = frozenset(
    {
        *(sqlite3.SQLITE_ERROR, sqlite3.SQLITE_INTERNAL, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_TOOBIG),
        *(sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_IOERR_SHORT_READ),
    }
)
"""What a damaged schema, a page in a wrong place or a wrong length may lead to, beside its usual meaning."""

_POISON: Final = frozenset(
    {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_RANGE}
)


def primary_code(error: BaseException) -> int | None:
    """Return SQLite's primary result code; None for an error that does not come from SQLite itself."""
    code = _extended_code(error)
    return None if code is None else code & PRIMARY_CODE


SQLITE_ERRORS: Final = (sqlite3.Error, UnicodeDecodeError)
"""What a statement raises; the second if the message of SQLite quotes a damaged schema."""


def is_damage(error: BaseException) -> bool:
    """Tell whether SQLite says that the file is damaged.

    A text that is not UTF-8, for which sqlite3 has no code, is damage, too: all that we store is UTF-8.
    """
    if isinstance(error, UnicodeDecodeError):
        return True
    code = _extended_code(error)
    if code is None:
        return isinstance(error, sqlite3.OperationalError) and "UTF-8" in str(error)
    return code in _DAMAGED or code & PRIMARY_CODE in _DAMAGED


def is_suspicious(error: BaseException) -> bool:
    """Tell whether damage may be the cause although SQLite does not say so.

    Values of a damaged row raise errors of Python when they are understood.
    """
    if isinstance(error, sqlite3.Error):
        extended = _extended_code(error)
        return extended is not None and not {extended, extended & PRIMARY_CODE}.isdisjoint(_SUSPICIOUS)
    if isinstance(error, UnicodeEncodeError | OverflowError):
        # A caller gave a value that cannot be bound.
        return False
    return isinstance(
        error,
        ValueError
        | TypeError
        | LookupError
        | AttributeError
        | ArithmeticError
        | AssertionError
        | RecursionError
        | MemoryError,
    )


def is_poison(error: BaseException) -> bool:
    """Tell whether the written values are the cause, not the library: a constraint, or a value that cannot be bound.

    Binding errors have no code: lone surrogates (UnicodeEncodeError), integers beyond 64 bits (OverflowError), types
    that SQLite does not know.
    """
    code = primary_code(error)
    if code is not None:
        return code in _POISON
    return isinstance(
        error,
        ValueError | TypeError | OverflowError | sqlite3.InterfaceError | sqlite3.ProgrammingError | sqlite3.DataError,
    )


def library_error(error: sqlite3.Error | UnicodeDecodeError | MemoryError, path: Path) -> LibraryError:
    """Translate an error of SQLite into one that a caller can act on."""
    if isinstance(error, MemoryError):
        # The form in which sqlite3 raises SQLITE_NOMEM.
        return _unavailable(_MEMORY, path, "out of memory")
    if is_damage(error) and _extended_code(error) is None:
        return LibraryDamagedError(f"{path} is damaged; it was left as it is: {WHAT_TO_DO} ({error})")
    extended = _extended_code(error)
    for code in () if extended is None else (extended, extended & PRIMARY_CODE):
        if code in _DAMAGED:
            return LibraryDamagedError(f"{path} {_DAMAGED[code]} ({_told(error)})")
        if code in _UNAVAILABLE:
            meaning = _UNAVAILABLE[code]
            return _unavailable(
                _cause_of(meaning, path) if code == sqlite3.SQLITE_IOERR else meaning, path, _told(error)
            )
    return LibraryError(f"the library {path} cannot be used: {_told(error)}")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise the project's errors instead of SQLite's."""
    try:
        yield
    except (*SQLITE_ERRORS, MemoryError) as error:
        raise library_error(error, path) from error


def _extended_code(error: BaseException) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code if isinstance(code, int) else None


def _unavailable(meaning: tuple[UnavailableKind, str], path: Path, told: str) -> LibraryUnavailableError:
    kind, advice = meaning
    return LibraryUnavailableError(f"the library {path} is not available: {advice} ({told})", kind)


def _told(error: sqlite3.Error | UnicodeDecodeError) -> str:
    """Return SQLite's text with the name of the code, which is more precise than the text."""
    name = getattr(error, "sqlite_errorname", None)
    return f"{error}, {name}" if name else str(error)


def _cause_of(meaning: tuple[UnavailableKind, str], path: Path) -> tuple[UnavailableKind, str]:
    """Find out why a disk reports an error by writing beside the library; SQLite does not tell.

    A damaged file system that became read-only, or an exhausted quota: for SQLite these are I/O errors. The
    file that is written has no name, and vanishes when it is closed.
    """
    if sys.platform != "linux":
        return meaning
    try:
        probe = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            os.write(probe, bytes(PROBE_BYTES))
        finally:
            os.close(probe)
    except OSError as error:
        return _BY_SYSTEM.get(error.errno or 0, meaning)
    return meaning
