"""Read a library's own bytes beside SQLite, without releasing the locks that SQLite holds in this process.

POSIX locks belong to a process and a file: closing *any* descriptor of the file releases all of them
(sqlite.org/howtocorrupt.html, section 2.2). So a descriptor is kept until no connection of ours is open any more.
"""

import os
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

Identity = tuple[int, int]

_LOCK: Final = threading.Lock()
_OPEN: Final[Counter[Identity]] = Counter()
_KEPT: Final[defaultdict[Identity, list[int]]] = defaultdict(list)


def connection_opened(library: Identity) -> None:
    """Remember that SQLite has this file open. Called in any thread."""
    with _LOCK:
        _OPEN[library] += 1


def connection_closed(library: Identity) -> None:
    """Close what was kept open for this file, if no connection is left. Called in any thread."""
    with _LOCK:
        _OPEN[library] -= 1
        if _OPEN[library] > 0:
            return
        del _OPEN[library]
        kept = _KEPT.pop(library, [])
    for descriptor in kept:
        os.close(descriptor)


def is_open_here(library: Path) -> bool:
    """Return whether a connection of this process has the library at this path open."""
    try:
        status = library.stat()
    except OSError:
        return False
    with _LOCK:
        return (status.st_dev, status.st_ino) in _OPEN


@contextmanager
def reading(library: Path) -> Iterator[int]:
    """Yield a descriptor to read the library at this resolved path with ``os.pread``. Raises OSError."""
    descriptor = os.open(library, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    status = os.fstat(descriptor)
    try:
        yield descriptor
    finally:
        identity = status.st_dev, status.st_ino
        with _LOCK:
            in_use = identity in _OPEN
            if in_use:
                _KEPT[identity].append(descriptor)
        if not in_use:
            os.close(descriptor)
