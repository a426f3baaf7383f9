"""The socket beside a library, on which the process that holds it takes commands of others."""

import os
import socket
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from passagework.persistence.file.side_files import SOCKET, beside, foreign

HAS_SOCKETS: Final = sys.platform == "linux"
"""Elsewhere the kernel does not say in the same way who is at the other end."""

_WAITING: Final = 64
"""So many connections wait in the kernel to be accepted."""

_LONGEST: Final = 107
"""Bytes of an address (unix(7)). A longer path is reached through a descriptor of its folder or of itself."""

_ROOT: Final = 0


class BoundSocket:
    """A listening socket with a name in the file system, which ``remove`` takes away if it is still this one."""

    def __init__(self, listener: socket.socket, path: Path) -> None:
        self.listener = listener
        self._path = path
        self._identity = _identity(path)

    def remove(self) -> None:
        """Delete the name, unless another process has taken it meanwhile, and stop listening."""
        with suppress(OSError):
            if self._identity is not None and _identity(self._path) == self._identity:
                self._path.unlink()
        self.listener.close()


def listen_beside(library: Path) -> BoundSocket:
    """Listen on the socket of the library at this resolved path, with mode 600; the caller holds the library's lock.

    A socket of this user, or of root, that is there already was left by a process that was killed: only the holder of
    the lock makes one.

    Raises:
        SideFileError: something else has its name; it is left as it is.
        OSError: no socket can be made there.

    """
    path = beside(library, SOCKET)
    _remove_stale(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # The kernel takes the mode of the name from that of the socket, so it is right from the start.
        os.fchmod(listener.fileno(), 0o600)
        with _folder(path) as folder:
            _bind(listener, path.name, folder)
            # A mask that takes rights from the owner took them here, too.
            os.chmod(path.name, 0o600, dir_fd=folder)
        bound = BoundSocket(listener, path)
        listener.listen(_WAITING)
        listener.setblocking(False)  # noqa: FBT003 - as the socket has it
    except BaseException:
        listener.close()
        raise
    return bound


def connect_beside(library: Path, timeout_seconds: float) -> socket.socket:
    """Connect to the socket of the library at this resolved path.

    Raises OSError: nobody listens there, this user may not, or nobody accepts in time.
    """
    path = beside(library, SOCKET)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # A timeout of Python would not wait at all where many knock at the same time (EAGAIN).
        limit = struct.pack("@ll", int(timeout_seconds), int(timeout_seconds % 1 * 1e6))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        with _folder(path) as folder:
            found = os.open(path.name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            try:
                connection.connect(f"/proc/self/fd/{found}")
            finally:
                os.close(found)
    except BaseException:
        connection.close()
        raise
    return connection


def _bind(listener: socket.socket, name: str, folder: int) -> None:
    address = f"/proc/self/fd/{folder}/{name}"
    if len(os.fsencode(address)) <= _LONGEST:
        listener.bind(address)
        return
    # The name alone is too long: it gets a short one first. A link replaces nothing that came meanwhile.
    short = f".passagework-{os.getpid()}-{listener.fileno()}"
    listener.bind(f"/proc/self/fd/{folder}/{short}")
    try:
        os.link(short, name, src_dir_fd=folder, dst_dir_fd=folder)
    finally:
        os.unlink(short, dir_fd=folder)


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield folder
    finally:
        os.close(folder)


def _remove_stale(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode) or found.st_uid not in {os.geteuid(), _ROOT}:
        raise foreign(path, "a socket of yours")
    path.unlink()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
