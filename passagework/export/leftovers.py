"""Files and folders that an export makes for itself, and what a killed one leaves of them.

Each has a name that proves who made it, and is locked for as long as its maker lives: the kernel drops the lock with
the process. The next export removes what has such a name and no lock.
"""

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final

_RANDOM_BYTES: Final = 8
_NAME: Final = re.compile(r"\.?passagework-([0-9a-f]{32})(\.part)?")
_TRIES: Final = 100

_Remove = Callable[[Path, int], None]
"""Removes what has this path and descriptor."""


@contextmanager
def own_file(folder: Path) -> Iterator[tuple[Path, int]]:
    """Make a file in a folder, and give its path and descriptor; at the end it is removed if it is still there.

    Removes the files that killed exports left in the folder. Raises OSError.
    """
    _remove_abandoned(folder, stat.S_ISREG, lambda path, _descriptor: path.unlink())
    path, descriptor = _make(lambda: folder / f".passagework-{_token()}.part", _create_file)
    try:
        yield path, descriptor
    finally:
        # Removed before its lock is dropped with the descriptor: until then, nobody takes it for abandoned.
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


@contextmanager
def own_folder(parent: Path, files: tuple[str, ...]) -> Iterator[Path]:
    """Make a private folder for files of these names; at the end it is removed with them.

    Removes the folders that killed exports left in the same place, with files of these names. Raises OSError.
    """
    _remove_abandoned(parent, stat.S_ISDIR, lambda path, descriptor: _remove_folder(path, descriptor, files))
    path, descriptor = _make(lambda: parent / f"passagework-{_token()}", _create_folder)
    try:
        yield path
    finally:
        with suppress(OSError):
            _remove_folder(path, descriptor, files)
        os.close(descriptor)


def _token() -> str:
    random = secrets.token_bytes(_RANDOM_BYTES)
    return random.hex() + _proof(random)


def _proof(random: bytes) -> str:
    return blake2b(random, digest_size=_RANDOM_BYTES, person=b"passagework").hexdigest()


def _is_ours(name: str) -> bool:
    """Return whether a name is one of ours, and not one that somebody else's program gave by chance."""
    found = _NAME.fullmatch(name)
    if found is None:
        return False
    random, proof = found[1][: 2 * _RANDOM_BYTES], found[1][2 * _RANDOM_BYTES :]
    return proof == _proof(bytes.fromhex(random))


def _make(name: Callable[[], Path], create: Callable[[Path], int]) -> tuple[Path, int]:
    """Make something under a new name, and lock it."""
    for _ in range(_TRIES):
        path = name()
        descriptor = create(path)
        # Between its making and its lock, another export may have taken it for abandoned.
        if _is_locked_by_us(path, descriptor):
            return path, descriptor
        os.close(descriptor)
    raise OSError(f"{path.parent}: other programs remove what is made there")


def _create_file(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)


def _create_folder(path: Path) -> int:
    path.mkdir(0o700)
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _is_locked_by_us(path: Path, descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # This file system has no locks; then nothing on it is ever taken for abandoned either.
        return True
    return _names(path, descriptor)


def _names(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except OSError:
        return False


def _remove_abandoned(folder: Path, is_kind: Callable[[int], bool], remove: _Remove) -> None:
    """Remove what is ours, of this user, and locked by nobody. What cannot be removed stays."""
    with suppress(OSError):
        for name in filter(_is_ours, os.listdir(folder)):
            with suppress(OSError):
                _remove_if_abandoned(folder / name, is_kind, remove)


def _remove_if_abandoned(path: Path, is_kind: Callable[[int], bool], remove: _Remove) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if status.st_uid == os.geteuid() and is_kind(status.st_mode):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _names(path, descriptor):
                remove(path, descriptor)
    finally:
        os.close(descriptor)


def _remove_folder(path: Path, descriptor: int, files: tuple[str, ...]) -> None:
    """Remove a folder with files of these names; with anything else in it, it stays."""
    for name in files:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=descriptor)
    path.rmdir()
