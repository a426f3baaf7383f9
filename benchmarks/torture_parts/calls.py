"""Stands between this process and the C library (calls.c): counts, records, fails or kills at calls that touch files.

The part in C is compiled where a compiler is there, and loaded in front of everything by LD_PRELOAD, for which
``torture.py`` starts itself once more. It does nothing until it is armed.
"""

import ctypes
import errno
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path

from torture_parts.attack import SkippedError

RECORD = struct.Struct("<ccHIQQqqq")
LOADED = "TORTURE_CALLS_LOADED"
ORDER = "TORTURE_CALLS"
SOURCE = Path(__file__).with_name("calls.c")

NEVER = -1
FOR_EVER = 0


class Kinds(IntFlag):
    """Which calls count: writes and truncations, syncs, names that come and go, reads; opens are watched."""

    WRITES = 1
    SYNCS = 2
    NAMES = 4
    READS = 8
    OPENS = 16
    SOCKETS = 32


CHANGES = Kinds.WRITES | Kinds.SYNCS | Kinds.NAMES


@dataclass(frozen=True, slots=True)
class Strike:
    """What happens at the ``at``-th call, and at ``times`` calls from there on.

    ``how``: e the call fails with ``error`` · s half of a write is done · k killed before · K killed behind ·
    t killed when half is written.
    """

    at: int
    how: str = "e"
    error: int = errno.EIO
    times: int = 1

    def __str__(self) -> str:
        names = {"k": "killed before", "K": "killed behind", "t": "killed in the middle of", "s": "half done"}
        return f"{names.get(self.how) or errno.errorcode[self.error]} call {self.at}" + (
            "" if self.times == 1 else f", {self.times or 'all'} from there on"
        )


@dataclass(frozen=True, slots=True)
class Call:
    """A recorded call: W write · T truncate · S sync · C new name · N rename · U unlink · O open · A acknowledged."""

    operation: str
    path: bytes
    data: bytes
    inode: int
    offset: int
    length: int


def preload() -> None:
    """Start this program once more with the part in C in front; return if that is done, or cannot be."""
    if LOADED in os.environ:
        return
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    environment = {**os.environ, LOADED: "no", "OPENBLAS_NUM_THREADS": "1"}
    if compiler is not None and sys.platform == "linux":
        built = Path(os.environ.get("TMPDIR", "/tmp"), f"passagework-torture-{os.getpid()}.so")
        words = [compiler, "-O1", "-shared", "-fPIC", "-o", str(built), str(SOURCE), "-lpthread"]
        if subprocess.run(words, capture_output=True, check=False).returncode == 0:
            before = [os.environ["LD_PRELOAD"]] if os.environ.get("LD_PRELOAD") else []
            environment |= {LOADED: str(built), "LD_PRELOAD": ":".join([str(built), *before])}
    os.execve(sys.executable, sys.orig_argv, environment)


def unload() -> None:
    """Delete the compiled part."""
    if there():
        Path(os.environ[LOADED]).unlink(missing_ok=True)


def there() -> bool:
    """Tell whether calls can be struck."""
    return os.environ.get(LOADED, "no") != "no"


def needed() -> None:
    """Raise SkippedError where calls cannot be struck."""
    if not there():
        raise SkippedError("calls cannot be intercepted: there is no C compiler, or the system is not Linux")


def order(below: Path, kinds: Kinds, strike: Strike) -> dict[str, str]:
    """Give the variable of the environment that arms a program from its start."""
    return {ORDER: f"{int(kinds)}:{strike.at}:{strike.times}:{strike.how}:{strike.error}:{below}"}


def arm(below: Path, kinds: Kinds, strike: Strike | None = None, record_to: int = -1) -> None:
    """Count, record and strike calls of this process that touch files whose path begins with ``below``."""
    strike = strike or Strike(NEVER)
    library().torture_arm(
        os.fsencode(below), int(kinds), strike.at, strike.times, strike.how.encode(), strike.error, record_to
    )


def disarm() -> int:
    """Do nothing any more, and give the number of calls that were struck."""
    struck = int(library().torture_struck())
    arm(Path("/"), Kinds(0))
    return struck


def counted() -> int:
    """Give the number of calls since the last arming."""
    return int(library().torture_counted())


def acknowledge(number: int) -> None:
    """Put an acknowledgement among the recorded calls."""
    library().torture_note(number)


def library() -> ctypes.CDLL:
    """Give the part in C."""
    loaded = ctypes.CDLL(None)
    loaded.torture_arm.argtypes = (
        *(ctypes.c_char_p, ctypes.c_int, ctypes.c_long, ctypes.c_long),
        *(ctypes.c_char, ctypes.c_int, ctypes.c_int),
    )
    loaded.torture_arm.restype = None
    loaded.torture_note.argtypes = (ctypes.c_long,)
    loaded.torture_counted.restype = loaded.torture_struck.restype = ctypes.c_long
    return loaded


@contextmanager
def recorded(below: Path, kinds: Kinds, into: Path) -> Iterator[None]:
    """Record the calls of the block into a file, which is not below ``below``."""
    descriptor = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        arm(below, kinds, record_to=descriptor)
        yield
    finally:
        disarm()
        os.close(descriptor)


def read_record(path: Path) -> list[Call]:
    """Read recorded calls."""
    raw = path.read_bytes()
    calls, at = [], 0
    while at < len(raw):
        operation, _, path_length, data_length, _, inode, offset, length, _ = RECORD.unpack_from(raw, at)
        at += RECORD.size
        name = raw[at : at + path_length]
        at += path_length
        calls.append(Call(operation.decode(), name, raw[at : at + data_length], inode, offset, length))
        at += data_length
    return calls
