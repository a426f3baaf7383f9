"""One writer per library: a lock on a file beside it, which names its holder and is released when the holder dies."""

import fcntl
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from passagework.domain.errors import LibraryBusyError, LibraryError
from passagework.domain.json_text import read_json, write_json
from passagework.domain.writer_statistics import Writer, WriterStatistics
from passagework.persistence.rows.json_texts import decode_accounts, encode_accounts

NOTE_BYTES: Final = 4096
"""The note always has this length, so writing it needs no space on a disk that has become full."""


class LibraryLock:
    """The right to write to one library.

    The lock is ``flock`` on ``<library>.lock``: it conflicts between processes and between two openings in one
    process, and the kernel releases it when its holder dies. The file stays; only a lock on it counts. Its content
    is a note for people: who holds the lock, since when, and statistics of the writer.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        self._holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(tz=UTC).astimezone().isoformat(timespec="seconds"),
        }
        self.holder = _describe(self._holder)

    @classmethod
    def acquire(cls, library: Path) -> Self:
        """Take the lock of the library at this resolved path, without waiting.

        Raises:
            LibraryBusyError: it is held; the message says by which process, and since when.
            LibraryError: the lock file cannot be created.

        """
        path = _lock_file(library)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise LibraryError(f"the library {library} cannot be locked: {path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _read_note(descriptor).holder
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                raise LibraryBusyError(
                    f"the library {library} is in use by {holder}; wait until it ends, or name another library"
                ) from error
            raise LibraryError(f"the library {library} cannot be locked: {path}: {error.strerror}") from error
        lock = cls(descriptor)
        lock.tell(None)
        return lock

    def tell(self, accounts: WriterStatistics | None) -> None:
        """Write the writer's statistics to the lock file. If the disk refuses, only the note is lost."""
        if self._descriptor is None:
            return
        note = write_json({**self._holder, "accounts": accounts and encode_accounts(accounts)})
        if len(note) > NOTE_BYTES:
            note = write_json(self._holder)
        with suppress(OSError):
            os.pwrite(self._descriptor, note.encode().ljust(NOTE_BYTES), 0)
            os.ftruncate(self._descriptor, NOTE_BYTES)

    def release(self) -> None:
        """Release the lock. Idempotent."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def find_writer(library: Path) -> Writer | None:
    """Return the holder of the lock of the library at this resolved path; None if there is none, or it is unknown.

    Creates no file. During the check no other process can take the lock.
    """
    try:
        descriptor = os.open(_lock_file(library), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_note(descriptor)
    except OSError:
        return None
    else:
        return None
    finally:
        os.close(descriptor)


def _lock_file(library: Path) -> Path:
    return library.with_name(library.name + ".lock")


def _read_note(descriptor: int) -> Writer:
    """Read the holder's note; it may be incomplete, or written by another version."""
    try:
        note = read_json(os.pread(descriptor, NOTE_BYTES, 0).decode())
        return Writer(_describe(note), decode_accounts(note.get("accounts")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Writer("another process", None)


def _describe(holder: dict[str, Any]) -> str:
    process = "this process" if holder["pid"] == os.getpid() else f"process {holder['pid']}"
    return f"{process} on {holder['host']} since {holder['since']}"
