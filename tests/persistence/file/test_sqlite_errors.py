"""Each error of SQLite is told apart by its code."""

import errno
import os
import sqlite3
import sys

import pytest

from passagework.domain.errors import LibraryDamagedError, LibraryError, LibraryUnavailableError, UnavailableKind
from passagework.persistence.file.sqlite_errors import is_poison, library_error

BUSY, FULL, IO, READ_ONLY, CANNOT_OPEN, MOVED, MEMORY = (
    UnavailableKind.BUSY,
    UnavailableKind.FULL,
    UnavailableKind.IO,
    UnavailableKind.READ_ONLY,
    UnavailableKind.CANNOT_OPEN,
    UnavailableKind.MOVED,
    UnavailableKind.MEMORY,
)


def error_with(code):
    error = sqlite3.OperationalError("some text that says nothing")
    error.sqlite_errorcode = code
    error.sqlite_errorname = "SQLITE_SOMETHING"
    return error


KINDS = {
    "BUSY": BUSY,
    "BUSY_RECOVERY": BUSY,
    "BUSY_SNAPSHOT": BUSY,
    "BUSY_TIMEOUT": BUSY,
    "LOCKED": BUSY,
    "LOCKED_SHAREDCACHE": BUSY,
    "PROTOCOL": BUSY,
    "FULL": FULL,
    "IOERR_SHMSIZE": FULL,
    "NOLFS": FULL,
    "IOERR": IO,
    "IOERR_READ": IO,
    "IOERR_SHORT_READ": IO,
    "IOERR_WRITE": IO,
    "IOERR_FSYNC": IO,
    "IOERR_DIR_FSYNC": IO,
    "IOERR_TRUNCATE": IO,
    "IOERR_FSTAT": IO,
    "IOERR_LOCK": IO,
    "IOERR_SHMOPEN": IO,
    "IOERR_SHMMAP": IO,
    "IOERR_SHMLOCK": IO,
    "IOERR_CORRUPTFS": IO,
    "IOERR_NOMEM": MEMORY,
    "READONLY": READ_ONLY,
    "READONLY_CANTINIT": READ_ONLY,
    "READONLY_CANTLOCK": READ_ONLY,
    "READONLY_DIRECTORY": READ_ONLY,
    "READONLY_RECOVERY": READ_ONLY,
    "READONLY_ROLLBACK": READ_ONLY,
    "READONLY_DBMOVED": MOVED,
    "PERM": READ_ONLY,
    "CANTOPEN": CANNOT_OPEN,
    "CANTOPEN_ISDIR": CANNOT_OPEN,
    "CANTOPEN_FULLPATH": CANNOT_OPEN,
    "CANTOPEN_SYMLINK": CANNOT_OPEN,
    "CORRUPT": LibraryDamagedError,
    "CORRUPT_INDEX": LibraryDamagedError,
    "CORRUPT_SEQUENCE": LibraryDamagedError,
    "CORRUPT_VTAB": LibraryDamagedError,
    "IOERR_DATA": LibraryDamagedError,
    "NOTADB": LibraryDamagedError,
    "ERROR": LibraryError,
    "INTERNAL": LibraryError,
    "ABORT": LibraryError,
    "INTERRUPT": LibraryError,
    "SCHEMA": LibraryError,
    "AUTH": LibraryError,
    "MISUSE": LibraryError,
}


@pytest.mark.parametrize("name", KINDS)
def test_each_code_of_sqlite_is_what_it_is_whatever_the_text_says(tmp_path, name):
    error = error_with(getattr(sqlite3, f"SQLITE_{name}"))
    translated = library_error(error, tmp_path / "some.passages")
    expected = KINDS[name]
    if isinstance(expected, UnavailableKind):
        assert isinstance(translated, LibraryUnavailableError)
        assert translated.kind is expected
    else:
        assert type(translated) is expected
    assert "some.passages" in str(translated)
    assert "SQLITE_SOMETHING" in str(translated)
    assert not is_poison(error)


@pytest.mark.parametrize("name", ["CONSTRAINT", "CONSTRAINT_UNIQUE", "CONSTRAINT_FOREIGNKEY", "MISMATCH", "TOOBIG"])
def test_what_the_message_is_to_blame_for_is_poison(name):
    assert is_poison(error_with(getattr(sqlite3, f"SQLITE_{name}")))


@pytest.mark.parametrize(
    ("reason", "kind"), [(errno.EROFS, READ_ONLY), (errno.EDQUOT, FULL), (errno.ENOSPC, FULL), (errno.EIO, IO)]
)
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux makes files without a name")
def test_what_lies_behind_an_error_of_the_disk_is_asked_of_the_system(tmp_path, monkeypatch, reason, kind):
    def refuse(*_):
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(os, "write", refuse)
    assert library_error(error_with(sqlite3.SQLITE_IOERR_WRITE), tmp_path / "some.passages").kind is kind


def test_asking_the_system_leaves_nothing_behind(tmp_path):
    assert library_error(error_with(sqlite3.SQLITE_IOERR_WRITE), tmp_path / "some.passages").kind is IO
    assert list(tmp_path.iterdir()) == []
    gone = tmp_path / "gone" / "some.passages"
    assert library_error(error_with(sqlite3.SQLITE_IOERR_WRITE), gone).kind is IO
