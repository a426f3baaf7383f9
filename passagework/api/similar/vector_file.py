"""The vectors of a library in one file, which is mapped into memory. It can be made again from the library at any time.

A file begins with _MAGIC, the length of the header and its checksum; then come the header as JSON and the arrays, one
after the other, each from a multiple of 64 bytes on. Numbers are little-endian. A file is complete before it has its
name, and never written again: whoever has mapped one keeps it, whatever takes its place.
"""

import os
import stat
import struct
import tempfile
from contextlib import suppress
from hashlib import blake2b
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from passagework.api.similar.vectors import Vectors, columns_of
from passagework.domain.flavor.distances import FEATURES_VERSION
from passagework.domain.flavor.similar import LibraryStamp
from passagework.domain.json_text import read_json, write_sorted_json

_MAGIC: Final = b"passagework similar 1\n"
"""With another form of the file, or another meaning of its numbers, the number is another one."""

_LENGTHS: Final = struct.Struct("<II")

_LONGEST_HEADER: Final = 1_000_000

_ALIGNED: Final = 64

_MOST_PASSAGES: Final = 100_000_000

_COLUMNS: Final = frozenset(columns_of(with_nets=with_nets) for with_nets in (False, True))

_ARRAYS: Final = {"passages": "<i8", "heard_by_nets": "u1", "features": "<f4", "spreads": "<f4"}
"""Each array with the type of its numbers, in the order of the file."""


def default_vector_folder() -> Path:
    """Return the folder of these files, one for each library of this user."""
    return user_cache_path("passagework") / "similar"


def file_of(folder: Path, stamp: LibraryStamp) -> Path:
    """Name the file of a library; the guid of a library from elsewhere may be any text."""
    return folder / f"{blake2b(stamp.guid.encode(), digest_size=16).hexdigest()}.vectors"


def write_vectors(folder: Path, stamp: LibraryStamp, vectors: Vectors) -> None:
    """Write a file, and put it in the place of the one before. Raises OSError if it cannot be written."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
    try:
        with open(descriptor, "wb") as file:
            arrays = {each: np.ascontiguousarray(getattr(vectors, each)) for each in _ARRAYS}
            checksum = 0
            for array in arrays.values():
                checksum = crc32(_bytes(array), checksum)
            header = write_sorted_json(
                {
                    "key": stamp.key,
                    "version": FEATURES_VERSION,
                    "count": len(vectors.passages),
                    "columns": vectors.features.shape[1],
                    "usual": dict(vectors.usual),
                    "checksum": checksum,
                }
            ).encode()
            file.write(_MAGIC + _LENGTHS.pack(len(header), crc32(header)) + header)
            for array in arrays.values():
                file.write(bytes(-file.tell() % _ALIGNED))
                file.write(_bytes(array))
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(file_of(folder, stamp))
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def read_vectors(folder: Path, stamp: LibraryStamp) -> Vectors | None:
    """Map the file of a library; None if there is none, if it was made of another state, or if it is damaged."""
    try:
        descriptor = os.open(file_of(folder, stamp), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or not found.st_size:
            return None
        # The map stays when the descriptor is closed.
        return _vectors(mmap(descriptor, 0, access=ACCESS_READ), stamp)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, OverflowError, struct.error):
        return None
    finally:
        os.close(descriptor)


def _vectors(content: mmap, stamp: LibraryStamp) -> Vectors | None:
    """Read a file; raises one of several errors for what is none."""
    behind = len(_MAGIC) + _LENGTHS.size
    if content[: len(_MAGIC)] != _MAGIC:
        return None
    length, checksum = _LENGTHS.unpack(content[len(_MAGIC) : behind])
    text = content[behind : behind + length] if length <= _LONGEST_HEADER else b""
    if len(text) != length or crc32(text) != checksum:
        return None
    header = read_json(text.decode())
    count, columns = int(header["count"]), int(header["columns"])
    if (header["key"], header["version"]) != (stamp.key, FEATURES_VERSION):
        return None
    if not 0 <= count <= _MOST_PASSAGES or columns not in _COLUMNS:
        return None
    shapes = {"passages": (), "heard_by_nets": (), "features": (columns,), "spreads": (2,)}
    arrays: dict[str, NDArray[np.generic]] = {}
    place, checksum = behind + length, 0
    for name, kind in _ARRAYS.items():
        place += -place % _ALIGNED
        numbers = int(count * np.prod(shapes[name], dtype=np.int64))
        array = np.frombuffer(content, kind, numbers, place) if numbers else np.empty(0, kind)
        arrays[name] = array.reshape(count, *shapes[name])
        checksum = crc32(_bytes(array), checksum)
        place += array.nbytes
    if place != len(content) or checksum != header["checksum"]:
        return None
    usual = {str(name): float(value) for name, value in header["usual"].items()}
    return Vectors(**arrays, usual=usual)  # type: ignore[arg-type] # of the types that _ARRAYS says


def _bytes(array: NDArray[np.generic]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data
