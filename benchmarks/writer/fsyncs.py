"""Count the calls that wait for the disk, and make each of them slower: a library put before the C library's.

SQLite calls fsync and fdatasync through the dynamic linker, so a library that is preloaded takes its calls. It is
compiled when it is needed, which takes a C compiler; without one nothing is counted and nothing can be delayed.
"""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

DELAY_VARIABLE = "FSYNC_DELAY_US"

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
    """Give the environment of a child whose calls are counted and delayed."""
    changed = dict(os.environ)
    if counter is not None:
        changed["LD_PRELOAD"] = str(counter)
    if delay_ms:
        changed[DELAY_VARIABLE] = str(round(delay_ms * 1000))
    return changed


def fsyncs_so_far() -> int | None:
    """Tell how many calls this process has made; None where they are not counted."""
    try:
        counted: int = ctypes.CDLL(None).counted_fsyncs()
    except AttributeError:
        return None
    return counted
