"""Watch what connections do, from outside: how many statements take a lock, and how many calls wait for the disk.

Connections are caught where they are opened, at ``sqlite3.connect``. SQLite calls fsync and fdatasync through the
dynamic linker, so a library that is preloaded counts its calls and makes them slower. It is compiled when it is needed,
which takes a C compiler; without one nothing is counted and nothing can be delayed.
"""

import ctypes
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seams.persistence import INDEX

_WITHOUT_LOCK = ("SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "INSERT INTO temp.", "DELETE FROM temp.")
"""Outside of a transaction these take no lock on the library: the savepoint is that of the temporary tables."""

_READING = ("SELECT", "WITH", "BEGIN DEFERRED")

_SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_long calls;

long counted_fsyncs(void) { return calls; }

static int waited_for(const char *name, int descriptor) {
    int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, name);
    const char *delay = getenv("FSYNC_DELAY_US");
    calls++;
    if (delay) usleep(atoi(delay));
    return real(descriptor);
}

int fsync(int descriptor) { return waited_for("fsync", descriptor); }
int fdatasync(int descriptor) { return waited_for("fdatasync", descriptor); }
"""


@contextmanager
def each_connection(watch: Callable[[sqlite3.Connection], None]) -> Iterator[None]:
    """Hand every connection that is opened meanwhile to ``watch``, before anybody else has it."""
    connect = sqlite3.connect

    def watched(*arguments: object, **options: object) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        watch(connection)
        return connection

    sqlite3.connect = watched
    try:
        yield
    finally:
        sqlite3.connect = connect


@dataclass(frozen=True)
class Counts:
    """What was counted up to a moment. ``fsyncs`` are those of the process, None where they cannot be counted."""

    taking_locks: int = 0
    writing: int = 0
    fsyncs: int | None = None

    def since(self, before: "Counts") -> "Counts":
        """Give what was counted between two moments."""
        fsyncs = None if self.fsyncs is None or before.fsyncs is None else self.fsyncs - before.fsyncs
        return Counts(self.taking_locks - before.taking_locks, self.writing - before.writing, fsyncs)


class Counter:
    """Counts for all connections of a process, by the trace callback. That slows them, so never in a timed run.

    A lock is taken by what begins while no transaction is open: a statement by itself, or the BEGIN of several; the
    statements between BEGIN and COMMIT find the lock taken. A transaction of the kind that writes takes the write lock,
    whether it then changes a row or not.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taking_locks = self._writing = 0

    def read(self) -> Counts:
        """Give the counts of this moment; without a watched connection only fsyncs are counted."""
        return Counts(self._taking_locks, self._writing, fsyncs_so_far())

    def watch(self, connection: sqlite3.Connection) -> None:
        """Count on this connection from now on."""

        def count(statement: str) -> None:
            sql = statement.lstrip()
            # What FTS5 does in a COMMIT is traced, too, when the transaction seems to have ended.
            if not connection.in_transaction and not sql.startswith(_WITHOUT_LOCK) and f"{INDEX}_" not in sql:
                with self._lock:
                    self._taking_locks += 1
                    self._writing += not (sql == "BEGIN" or sql.startswith(_READING))

        connection.set_trace_callback(count)


def compile_counter(folder: Path) -> Path | None:
    """Compile the library; None if there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    source, library = folder / "fsyncs.c", folder / "fsyncs.so"
    source.write_text(_SOURCE)
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def environment(counter: Path | None, delay_ms: float) -> dict[str, str]:
    """Give what makes a child count its calls, and wait in each."""
    changed = {"FSYNC_DELAY_US": str(round(delay_ms * 1000))} if delay_ms else {}
    return changed | ({"LD_PRELOAD": str(counter)} if counter else {})


def fsyncs_so_far() -> int | None:
    """Tell how many calls this process has made; None where they are not counted."""
    try:
        counted: int = ctypes.CDLL(None).counted_fsyncs()
    except AttributeError:
        return None
    return counted
