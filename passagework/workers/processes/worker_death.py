"""Why a worker died, as far as its parent can tell."""

import re
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from passagework.workers.processes.attempt import one_line
from passagework.workers.processes.worker import OUT_OF_MEMORY_EXIT

_ALLOCATION_FAILED: Final = ("bad_alloc", "cannot allocate memory", "memoryerror", "out of memory")
_FRAME: Final = re.compile(r'File "(.+)", line (\d+) in (\S+)')


@dataclass(frozen=True, slots=True)
class Death:
    """How a worker ended; ``detail`` is one line for a person."""

    detail: str
    out_of_memory: bool


def explain_death(exit_code: int | None, last_words: str, *, machine_ran_out: bool) -> Death:
    """Explain a death from the exit code (negative: a signal, None: unknown) and the end of stderr.

    C++ and C code without memory aborts or segfaults; only its message shows the reason. The kernel's OOM
    killer sends SIGKILL without a message; ``machine_ran_out`` tells whether it was active during the worker's life.
    """
    if exit_code == OUT_OF_MEMORY_EXIT:
        return Death("out of memory under the limit for workers", out_of_memory=True)
    if exit_code == -signal.SIGKILL and machine_ran_out:
        return Death("killed by SIGKILL when the machine ran out of memory", out_of_memory=True)
    words = last_words.lower()
    return Death(
        _cause(exit_code) + _place(last_words),
        out_of_memory=exit_code != 0 and any(sign in words for sign in _ALLOCATION_FAILED),
    )


def _cause(exit_code: int | None) -> str:
    if exit_code is None:
        return "ended in an unknown way"
    if exit_code >= 0:
        return f"ended without a result, exit code {exit_code}"
    try:
        return f"killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"killed by signal {-exit_code}"


def _place(last_words: str) -> str:
    """Name the innermost Python frame in faulthandler's output."""
    frame = _FRAME.search(last_words)
    return one_line(f" at {Path(frame[1]).name}:{frame[2]} in {frame[3]}").join((" ", "")) if frame else ""


def memory_killer_strikes() -> int:
    """Count the processes killed by the OOM killer since the kernel started (Linux; elsewhere 0)."""
    try:
        counters = Path("/proc/vmstat").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"^oom_kill (\d+)$", counters, re.MULTILINE)
    return int(found[1]) if found else 0
