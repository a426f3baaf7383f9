"""Find the weights of the nets in the installed package musicnn. Its code is never run, not even imported.

Its checkpoints have three times as many numbers as a net has, so the weights are copied once, one number after the
other, to a file in the user's cache folder. Whatever is read has to be what was released: its digest is known here.
"""

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from passagework.audio.flavor.checkpoint import read_checkpoint
from passagework.audio.flavor.net import SHAPES, Net
from passagework.audio.flavor.nets import Nets

INSTALL: Final = "python -m pip install --no-deps musicnn==0.1.0"
"""The command that brings the weights. Without ``--no-deps`` it would ask for an old numpy, and for TensorFlow."""

_AGAIN: Final = f"to install it again: {INSTALL} --force-reinstall"

_PACKAGE: Final = "musicnn"
_MODELS: Final = ("MSD_musicnn", "MTT_musicnn")
_DIGEST: Final = "dc281f1d36bc91602865577dead338026416d41bd2314952f9445452b57e13c4"
"""SHA-256 of all weights of both nets, as they stand in the cache."""

_NUMBERS: Final = sum(int(np.prod(shape)) for shape in SHAPES.values())
_BYTES: Final = 4 * _NUMBERS
_LARGEST_INDEX: Final = 64 * 2**10
_LARGEST_DATA: Final = 16 * 2**20
"""Bytes that the files of a checkpoint have at most: three times what is known of them, and one and a half times."""


@dataclass(frozen=True, slots=True)
class NoNets:
    """There are no nets, with the reason for people. ``installed``: the package is there, and something is wrong."""

    reason: str
    installed: bool


def default_weights_folder() -> Path:
    """Return the folder of the user's cache that has the copy of the weights."""
    return user_cache_path("passagework") / "nets"


@cache
def installed_nets() -> Nets | NoNets:
    """Return the nets of this installation. Files are read and written only the first time in a process."""
    return load_nets(default_weights_folder())


def load_nets(cache_folder: Path | None, digest: str = _DIGEST) -> Nets | NoNets:
    """Return the nets with the installed weights. ``digest`` is of all of them.

    The copy in the cache folder is used if it is right, and written if not. That it cannot be written does not matter.
    Without a folder the package itself is read, and nothing is written.
    """
    package = _installed_package()
    if package is None:
        return NoNets(f"the package {_PACKAGE} is not installed; to have it: {INSTALL}", installed=False)
    copy = None if cache_folder is None else cache_folder / f"{_PACKAGE}-{digest[:12]}.weights"
    weights = None if copy is None else _read_copy(copy, digest)
    if weights is None:
        try:
            weights = b"".join(_weights_of(package / model) for model in _MODELS)
        except (OSError, ValueError) as error:
            return NoNets(f"the package {_PACKAGE} cannot be read ({error}); {_AGAIN}", installed=True)
        if hashlib.sha256(weights).hexdigest() != digest:
            return NoNets(f"the package {_PACKAGE} has not the weights of version 0.1.0; {_AGAIN}", installed=True)
        if copy is not None:
            _write_copy(copy, weights)
    msd, mtt = (Net(_arrays(weights, number)) for number in range(len(_MODELS)))
    return Nets(msd=msd, mtt=mtt, weights=digest[:12])


def _installed_package() -> Path | None:
    try:
        found = Path(str(distribution(_PACKAGE).locate_file(_PACKAGE)))
    except PackageNotFoundError:
        return None
    return found if found.is_dir() else None


def _weights_of(model: Path) -> bytes:
    """Return the weights of a net, one array after the other. OSError or ValueError if they cannot be read."""
    index = _read(model / ".index", _LARGEST_INDEX)
    data = _read(model / ".data-00000-of-00001", _LARGEST_DATA)
    arrays = read_checkpoint(index, data, frozenset(SHAPES))
    for name, shape in SHAPES.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} has another shape")
    return b"".join(arrays[name].tobytes() for name in SHAPES)


def _read(path: Path, largest: int) -> bytes:
    """Read a regular file. OSError if it cannot be read, ValueError if it is something else, or too large."""
    # A pipe would make the opening wait.
    with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError(f"{path.name} is no file")
        content = file.read(largest + 1)
    if len(content) > largest:
        raise ValueError(f"{path.name} is too large")
    return content


def _read_copy(path: Path, digest: str) -> bytes | None:
    """Return the weights in the cache, or None if they are not there, or not right."""
    try:
        weights = _read(path, _BYTES * len(_MODELS))
    except (OSError, ValueError):
        return None
    return weights if hashlib.sha256(weights).hexdigest() == digest else None


def _write_copy(path: Path, weights: bytes) -> None:
    """Write the weights to the cache, at once for whoever reads meanwhile; or not, if it cannot be written."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
        try:
            with open(descriptor, "wb") as file:
                file.write(weights)
            os.replace(unfinished, path)
        except OSError:
            os.unlink(unfinished)


def _arrays(weights: bytes, number: int) -> dict[str, NDArray[np.float32]]:
    """Return the arrays of one of the nets."""
    at, arrays = number * _BYTES, {}
    for name, shape in SHAPES.items():
        count = int(np.prod(shape))
        # A copy: a view of the small ones would keep all weights in memory.
        arrays[name] = np.frombuffer(weights, "<f4", count, at).reshape(shape).astype(np.float32)
        at += 4 * count
    return arrays
