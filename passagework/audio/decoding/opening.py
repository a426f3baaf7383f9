"""Open a regular file once, only for reading; errors of the operating system become failure codes.

Whatever reads the file reads through the descriptor that was checked: its name may lead elsewhere a moment later.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from passagework.audio.decoding.refusal import RefusedError
from passagework.domain.failures import FailureCode
from passagework.domain.files import FileStamp

_CODES: Final = MappingProxyType(
    {
        errno.ENOENT: FailureCode.VANISHED,
        errno.ENOTDIR: FailureCode.VANISHED,
        errno.EACCES: FailureCode.PERMISSION_DENIED,
        errno.EPERM: FailureCode.PERMISSION_DENIED,
    }
)

_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
"""Non-blocking: a pipe may have replaced the file since it was examined."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open regular file that is not empty. ``stamp`` describes the file behind the descriptor.

    ``handed_in``: another process opened it, and checks whether it has changed.
    """

    path: bytes
    descriptor: int
    stamp: FileStamp
    handed_in: bool = False

    def check_unchanged(self) -> None:
        """Raise RefusedError if the file was changed, replaced or removed since it was opened."""
        if self.handed_in:
            return
        with refusals():
            stamps = (FileStamp.of(os.fstat(self.descriptor)), FileStamp.of(os.stat(self.path)))
        if stamps != (self.stamp, self.stamp):
            raise RefusedError(FailureCode.CHANGED)


_handed_in: Final[dict[bytes, OpenFile]] = {}


@contextmanager
def handed_in(path: bytes, descriptor: int, stamp: FileStamp) -> Iterator[None]:
    """Have :func:`opened` give this descriptor for the path, in a process that can open no file itself."""
    _handed_in[path] = OpenFile(path, descriptor, stamp, handed_in=True)
    try:
        yield
    finally:
        del _handed_in[path]
        os.close(descriptor)


@contextmanager
def opened(path: bytes) -> Iterator[OpenFile]:
    """Open a file for the duration of the block, or take the one that was handed in. Raises RefusedError."""
    if path in _handed_in:
        yield _handed_in[path]
        return
    with refusals():
        # Opening a device can have side effects, so check the kind first.
        _check_kind(os.stat(path))
        descriptor = os.open(path, _FLAGS)
    try:
        with refusals():
            status = os.fstat(descriptor)
        _check_kind(status)
        if status.st_size == 0:
            raise RefusedError(FailureCode.EMPTY_FILE)
        yield OpenFile(path, descriptor, FileStamp.of(status))
    finally:
        os.close(descriptor)


@contextmanager
def refusals() -> Iterator[None]:
    """Convert OSError to RefusedError."""
    try:
        yield
    except OSError as error:
        code = _CODES.get(error.errno or 0, FailureCode.READ_ERROR)
        raise RefusedError(code, error.strerror or str(error)) from error


def _check_kind(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise RefusedError(FailureCode.NOT_REGULAR)
