"""Run something in a forked child: its output, how it ended, and a deadline. Forking spares it the start of Python."""

import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TRACEBACK = "Traceback (most recent call last)"
HANG = "hang"
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its exit code, negative for a signal, None if it did not end in time.

    ``own_bytes`` is the most memory that it had itself, as far as was seen; ``peak_bytes`` the most that it or a child
    of its own had.
    """

    code: int | None
    printed: str
    errors: str
    own_bytes: int
    peak_bytes: int
    seconds: float

    def complaints(self, *codes: int) -> list[str]:
        """Say what no program may do: hang, die by a signal, print a traceback, end with another code."""
        last = (self.errors.strip().splitlines() or [""])[-1][:300]
        if self.code is None:
            return [f"{HANG}: did not end within {self.seconds:.0f} s: {last}"]
        found = []
        if TRACEBACK in self.errors or TRACEBACK in self.printed:
            found.append(f"traceback: {last}")
        if self.code not in codes:
            found.append(f"exit code {self.code}, not one of {codes}: {last}")
        return found


@dataclass
class Child:
    """A forked process that runs a function; its output goes to two files in a folder."""

    pid: int
    folder: Path
    began: float

    def wait(self, deadline: float) -> Ended:
        """Wait for its end; kill it, and all that it started, when the deadline is over."""
        code: int | None = None
        own = 0
        while True:
            own = max(own, self._memory())
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                break
            if time.monotonic() - self.began > deadline:
                self.kill()
                _, _, usage = os.wait4(self.pid, 0)
                break
            time.sleep(0.01)
        self.kill()
        # One that is killed at once has no output yet.
        texts = (self.folder / name for name in ("stdout", "stderr"))
        printed, errors = (text.read_text("utf-8", "replace") if text.exists() else "" for text in texts)
        return Ended(code, printed, errors, own, usage.ru_maxrss * 1024, time.monotonic() - self.began)

    def _memory(self) -> int:
        try:
            status = Path(f"/proc/{self.pid}/status").read_text("ascii", "replace")
        except OSError:
            return 0
        return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)

    def kill(self) -> None:
        """Kill it and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def fork(run: Callable[[], int | None], folder: Path, environment: dict[str, str] | None = None) -> Child:
    """Start a child in a process group of its own. Call it in a process without other threads."""
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    pid = os.fork()
    if pid:
        # Both sides set the group, so that neither finds it unset.
        with suppress(OSError):
            os.setpgid(pid, pid)
        return Child(pid, folder, began)
    code = 70
    try:
        die_with_parent()
        os.setpgid(0, 0)
        _redirect(folder)
        os.environ.update(environment or {})
        code = run() or 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException:  # noqa: BLE001 - the child must not go on in its parent's code
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def die_with_parent() -> None:
    """Have the kernel end this process when its parent ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _redirect(folder: Path) -> None:
    for name, number in (("stdout", 1), ("stderr", 2)):
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for the life of the child
    sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
