"""One writer per library: a lock on a file beside it, which names its holder and is released when the holder dies."""

import errno
import fcntl
import os
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self
from weakref import WeakSet

from passagework.domain.errors import LibraryBusyError, LibraryError, SideFileError
from passagework.domain.json_text import read_json, write_spaced_json
from passagework.domain.writer_statistics import Writer, WriterStatistics
from passagework.persistence.file.side_files import LOCK, beside, follow_mode, foreign, open_side_file
from passagework.persistence.rows.json_texts import decode_accounts, encode_accounts

NOTE_BYTES: Final = 4096
"""The note always has this length, so writing it needs no space on a disk that has become full."""

_BEGINNING: Final = b'{"pid": '
_KEPT: Final[tuple[str, ...]] = ("library", "check", "derived_is_wrong")
"""What the next holder takes over: the guid of the library, and how far the check of it came."""


_held: Final[WeakSet["LibraryLock"]] = WeakSet()
"""The locks of this process. A fork has copies of their descriptors, which would keep them locked after a release."""


class LibraryLock:
    """The right to write to one library.

    The lock is ``flock`` on ``<library>.lock``: it conflicts between processes and between two openings in one
    process, and the kernel releases it when its holder dies. The file stays; only a lock on it counts. Its content
    is a note: who holds the lock, since when, statistics of the writer, and what the next holder should know.

    The library may have another name (a hard link), and so another lock file, and the lock file may be deleted. So its
    holder also has a socket that is named after the inode of the library, where the system has such names.
    """

    def __init__(self, descriptor: int, former: dict[str, Any], name: int | None = None) -> None:
        self._descriptor: int | None = descriptor
        self._name = name
        self._holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(tz=UTC).astimezone().isoformat(timespec="seconds"),
        }
        self._kept = {key: former[key] for key in _KEPT if key in former}
        self._accounts: WriterStatistics | None = None
        self.holder = _describe(self._holder)
        _held.add(self)

    @classmethod
    def acquire(cls, library: Path) -> Self:
        """Take the lock of the library at this resolved path, without waiting.

        Raises:
            LibraryBusyError: it is held; the message says by which process, and since when.
            SideFileError: a file that is not ours has the name of the lock file; it is left as it is.
            LibraryError: the lock file cannot be created.

        """
        path = _lock_file(library)
        try:
            descriptor = open_side_file(path, os.O_RDWR | os.O_CREAT, library)
        except OSError as error:
            raise LibraryError(f"the library {library} cannot be locked: {path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            former = _note_of(descriptor)
            if former is None:
                raise foreign(path, "the lock file of a library")
        except OSError as error:
            holder = _writer(_note_of(descriptor)).holder
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                raise LibraryBusyError(
                    f"the library {library} is in use by {holder}; wait until it ends (a watch does when it is "
                    "stopped), or name another library"
                ) from error
            raise LibraryError(f"the library {library} cannot be locked: {path}: {error.strerror}") from error
        except SideFileError:
            os.close(descriptor)
            raise
        try:
            name = _claim(library)
        except OSError as error:
            os.close(descriptor)
            raise LibraryBusyError(
                f"the library {library} is in use by a process that has it under another name, or whose lock file was "
                "deleted; wait until that ends, or name another library"
            ) from error
        lock = cls(descriptor, former, name)
        lock.tell(None)
        return lock

    @classmethod
    def acquire_if_possible(cls, library: Path) -> Self | None:
        """Take the lock; None if another process has it, or this one may not write beside the library."""
        try:
            return cls.acquire(library)
        except SideFileError:
            raise
        except LibraryError:
            return None

    def tell(self, accounts: WriterStatistics | None) -> None:
        """Write the writer's statistics to the lock file. If the disk refuses, only the note is lost."""
        self._accounts = accounts
        if self._descriptor is None:
            return
        note = write_spaced_json({**self._holder, **self._kept, "accounts": accounts and encode_accounts(accounts)})
        if len(note) > NOTE_BYTES:
            note = write_spaced_json({**self._holder, **self._kept})
        with suppress(OSError):
            os.pwrite(self._descriptor, note.encode().ljust(NOTE_BYTES), 0)
            os.ftruncate(self._descriptor, NOTE_BYTES)

    def kept(self, key: str) -> Any:  # noqa: ANN401 - JSON, whose reader checks it
        """Return what an earlier holder kept under this key of ``_KEPT``; None if nothing."""
        return self._kept.get(key)

    def keep(self, key: str, value: object) -> None:
        """Keep a JSON value for the next holder."""
        if self._kept.get(key) != value:
            self._kept[key] = value
            self.tell(self._accounts)

    def follow(self, library: Path) -> None:
        """Give the lock file the mode of the library, which may be newer than it."""
        if self._descriptor is not None:
            follow_mode(self._descriptor, library)
        if self._name is None:
            # It is new: nobody else can have it.
            with suppress(OSError):
                self._name = _claim(library)

    def release(self) -> None:
        """Release the lock. Idempotent."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self._name is not None:
            os.close(self._name)
            self._name = None


def _let_go_in_a_fork() -> None:
    for lock in _held:
        lock.release()


os.register_at_fork(after_in_child=_let_go_in_a_fork)


def find_writer(library: Path) -> Writer | None:
    """Return the holder of the lock of the library at this resolved path; None if there is none, or it is unknown.

    Creates no file. During the check no other process can take the lock.
    """
    try:
        descriptor = open_side_file(_lock_file(library), os.O_RDONLY, library)
    except (OSError, SideFileError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _writer(_note_of(descriptor))
    except OSError:
        return None
    else:
        return None
    finally:
        os.close(descriptor)


def refuse_foreign_lock(library: Path) -> None:
    """Raise SideFileError if what has the name of the lock file of this resolved path is not ours. Locks nothing."""
    path = _lock_file(library)
    try:
        descriptor = open_side_file(path, os.O_RDONLY, library)
    except OSError:
        return
    try:
        if _note_of(descriptor) is None:
            raise foreign(path, "the lock file of a library")
    finally:
        os.close(descriptor)


def was_locked_for(library: Path) -> str | None:
    """Return the guid of the library that the lock file beside this resolved path was for; None if it does not say."""
    try:
        descriptor = open_side_file(_lock_file(library), os.O_RDONLY, library)
    except (OSError, SideFileError):
        return None
    try:
        guid = (_note_of(descriptor) or {}).get("library")
    finally:
        os.close(descriptor)
    return guid if isinstance(guid, str) else None


def _claim(library: Path) -> int | None:
    """Take the name of a library that is there, by its inode, among the libraries of this user on this machine.

    Return the descriptor that has it; None where there is no library yet, or where the system has no such names.
    OSError: another one has it.
    """
    try:
        found = library.stat()
    except OSError:
        return None
    if sys.platform != "linux":
        return None
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(f"\0passagework library {os.getuid()} {found.st_dev} {found.st_ino}")
    except OSError as error:
        name.close()
        if error.errno == errno.EADDRINUSE:
            raise
        return None
    return name.detach()


def _lock_file(library: Path) -> Path:
    return beside(library, LOCK)


def _note_of(descriptor: int) -> dict[str, Any] | None:
    """Read a note; empty if it was cut off by a full disk or a power failure, None if the file is not ours."""
    try:
        content = os.pread(descriptor, NOTE_BYTES + 1, 0)
    except OSError:
        return {}
    if len(content) > NOTE_BYTES:
        return None
    with suppress(ValueError):
        note = read_json(content.rstrip(b"\0 ").decode())
        return note if isinstance(note, dict) and {"pid", "host", "since"} <= note.keys() else None
    # The beginning of a note, then nothing: its bytes did not all reach the disk.
    beginning = content.rstrip(b"\0")
    return {} if beginning.startswith(_BEGINNING) or _BEGINNING.startswith(beginning) else None


def _writer(note: dict[str, Any] | None) -> Writer:
    """Read the holder's note; it may be incomplete, or written by another version."""
    try:
        return Writer(_describe(note or {}), decode_accounts((note or {}).get("accounts")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Writer("another process", None)


def _describe(holder: dict[str, Any]) -> str:
    process = "this process" if holder["pid"] == os.getpid() else f"process {holder['pid']}"
    return f"{process} on {holder['host']} since {holder['since']}"
