"""Find the processes that keep the WAL from being emptied because they hold a snapshot of the library."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

LOCKS: Final = Path("/proc/locks")

FIRST_READ_LOCK: Final = 123
LAST_READ_LOCK: Final = 127
"""Bytes of the ``-shm`` file that readers lock while they hold a snapshot (sqlite.org/walformat.html, "WAL Locks")."""


def wal_readers(library: Path) -> str | None:
    """Name the processes that read the library now, as far as this system shows them; None if none is found.

    Reads the kernel's list of locks and opens no file of the library: closing one would release SQLite's locks.
    """
    try:
        status = library.with_name(library.name + "-shm").stat()
        place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
        found = dict.fromkeys(_holders(LOCKS.read_text("ascii"), place))
    except OSError:
        return None
    return ", ".join(map(_name, found)) or None


def _holders(locks: str, place: str) -> Iterator[int]:
    """Yield the processes with a read lock on a file; a line: ``1: POSIX ADVISORY READ 4711 fd:01:99 124 124``."""
    for line in locks.splitlines():
        fields = line.split()
        if len(fields) == 8 and fields[3] == "READ" and fields[5] == place:  # noqa: PLR2004 - the columns of the list
            with suppress(ValueError):
                process, first = int(fields[4]), int(fields[6])
                if FIRST_READ_LOCK <= first <= LAST_READ_LOCK:
                    yield process


def _name(process: int) -> str:
    if process == os.getpid():
        return "this process"
    try:
        command = Path(f"/proc/{process}/comm").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return f"process {process}"
    return f"process {process} ({command})"
