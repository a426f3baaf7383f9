"""The limits that a worker process sets for itself before it opens a file: parent death, priority, memory.

The worker does this, not the parent between fork and exec: the parent has threads, and Python code that
runs after a fork may wait forever for a lock that one of them held.
"""

import ctypes
import faulthandler
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from passagework.workers.executor import Priority
from passagework.workers.processes.wire_protocol import Setup

_PR_SET_PDEATHSIG: Final = 1
_NICE_LOW: Final = 10
_NICE_IDLE: Final = 19
_FIRST_VICTIM: Final = "500"


def limit(setup: Setup) -> None:
    """Apply all limits to the calling process; ends it if the parent is already gone.

    Some platforms refuse the memory limit or the priority; a worker without them still works.
    """
    _take_signals_from_the_parent_only()
    die_with(setup.parent_pid)
    _yield_to_others(setup.rules.priority)
    _stay_below(setup.rules.memory_bytes)
    faulthandler.enable(all_threads=False)


def _take_signals_from_the_parent_only() -> None:
    """Ignore signals that are meant for the host.

    A service manager sends SIGTERM to every process of the service. A worker that obeyed would make its current file
    look like a crash while the host shuts down normally. The parent ends workers with SIGKILL.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    # Hosts that use a signal descriptor block signals in every thread, and children inherit the mask.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def die_with(parent_pid: int) -> None:
    """Request SIGKILL from the kernel when the parent dies, even during C code (prctl(2), Linux).

    The signal is tied to the thread that started this process, which lives as long as the process does. On other
    systems an idle worker ends when its stream ends, and a busy one by its own alarm.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(0)


def _yield_to_others(priority: Priority) -> None:
    """Set the CPU priority. The kernel derives the disk priority from it (ioprio_set(2))."""
    with suppress(OSError):
        if priority == "low":
            os.nice(_NICE_LOW)
        if priority == "idle":
            os.nice(_NICE_IDLE)
            if sys.platform == "linux":
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    # If the machine runs out of memory, the kernel should take a worker and not the host (proc(5)).
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_VICTIM, encoding="ascii")


def _stay_below(memory_bytes: int) -> None:
    """Limit the memory that the process can allocate, and disable core files.

    Linux counts all private writable memory in RLIMIT_DATA (since 4.7) and leaves out mapped libraries and files,
    which make RLIMIT_AS useless there. If the system enforces neither, there is no limit.
    """
    _lower(resource.RLIMIT_CORE, 0)
    if memory_bytes:
        _lower(resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS, memory_bytes)


def _lower(kind: int, limit: int) -> None:
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
