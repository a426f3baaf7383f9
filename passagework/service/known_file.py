"""Open a file of the library for those who listen to it: that very file, and none outside of the roots."""

import errno
import os
import stat
from collections.abc import Sequence
from contextlib import suppress

from passagework.domain.files import FileStamp, display_path
from passagework.service.errors import FileDiffersError, OutsideRootsError

_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.ENXIO, errno.ENODEV})


def open_known(path: bytes, stamp: FileStamp, roots: Sequence[bytes]) -> int:
    """Open a file at a path of the library, and return its descriptor.

    Links on the way to it are followed, as scans do, but what they lead to has to be below a root as well. The file is
    opened without waiting (a pipe may have taken its name), and has to be the one that was imported: a regular file of
    the same size, time and, on the same device, inode.

    Raises:
        OutsideRootsError: it is not below a root.
        FileDiffersError: it is not there, or is another one by now.

    """
    real = os.path.realpath(path)
    _check_below(real, roots, path)
    try:
        # Its real path has no link; one that has come since is not followed.
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno in _GONE:
            raise FileDiffersError(f"{display_path(path)} cannot be opened: {error.strerror}") from error
        raise
    try:
        status = os.fstat(descriptor)
        # What was opened, whatever became of the folders above it meanwhile.
        with suppress(FileNotFoundError):
            _check_below(os.readlink(b"/proc/self/fd/%d" % descriptor), roots, path)
        _check_same(stamp, status, path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_same(stamp: FileStamp, status: os.stat_result, path: bytes) -> None:
    if not stat.S_ISREG(status.st_mode) or not _is_same(stamp, FileStamp.of(status)):
        raise FileDiffersError(f"{display_path(path)} has changed since it was imported; import it again")


def _is_same(known: FileStamp, found: FileStamp) -> bool:
    if known.size != found.size:
        return False
    # A file that was read in the moment in which it was written has a time that matches none (FileStamp.to_store).
    if found.mtime_ns not in {known.mtime_ns, known.mtime_ns + 1}:
        return False
    return not _same_device(known, found) or _unsigned(known.inode) == _unsigned(found.inode)


def _same_device(known: FileStamp, found: FileStamp) -> bool:
    return _unsigned(known.device) == _unsigned(found.device)


def _unsigned(number: int) -> int:
    """Return a number of the system, which the library keeps with a sign."""
    return number & (2**64 - 1)


def _check_below(real: bytes, roots: Sequence[bytes], path: bytes) -> None:
    for root in map(os.path.realpath, roots):
        if real.startswith(root.rstrip(b"/") + b"/"):
            return
    raise OutsideRootsError(f"{display_path(path)} is not below scan.roots")
