"""One writer per library: a lock on a file beside it, which names its holder and dies with it."""

import fcntl
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from passagework.domain.errors import LibraryBusyError, LibraryError


class LibraryLock:
    """The right to write to one library.

    The lock is ``flock`` on ``<library>.lock``: it conflicts between processes and between two openings in one
    process, and the kernel releases it when its holder dies. The file stays; only a lock on it counts.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, library: Path) -> Self:
        """Take the lock of the library at this resolved path, without waiting.

        Raises:
            LibraryBusyError: somebody holds it; the message says who, and since when.
            LibraryError: the lock file cannot be made.

        """
        path = _lock_file(library)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise LibraryError(f"the library {library} cannot be locked: {path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _read_holder(descriptor)
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                raise LibraryBusyError(
                    f"the library {library} is in use by {holder}; wait until it ends, or name another library"
                ) from error
            raise LibraryError(f"the library {library} cannot be locked: {path}: {error.strerror}") from error
        _write_holder(descriptor)
        return cls(descriptor)

    def release(self) -> None:
        """Give the lock back. Idempotent."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def lock_holder(library: Path) -> str | None:
    """Describe who holds the lock of the library at this resolved path; None if nobody does, or nothing tells.

    Makes no file. For the moment of looking nobody else can take the lock.
    """
    try:
        descriptor = os.open(_lock_file(library), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_holder(descriptor)
    except OSError:
        return None
    else:
        return None
    finally:
        os.close(descriptor)


def _lock_file(library: Path) -> Path:
    return library.with_name(library.name + ".lock")


def _write_holder(descriptor: int) -> None:
    since = datetime.now(tz=UTC).astimezone().isoformat(timespec="seconds")
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def _read_holder(descriptor: int) -> str:
    """Describe the holder; it may be about to write its name, or another version may have written it."""
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        process = "this process" if holder["pid"] == os.getpid() else f"process {holder['pid']}"
        return f"{process} on {holder['host']} since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"
