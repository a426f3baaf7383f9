"""The daemon of a station, as a process of its own: started, measured, stopped, killed."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

START_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What the daemon takes at a moment. ``rss`` and ``heap`` are kB of the process itself, without its workers."""

    rss: int
    threads: int
    handles: int
    children: int
    wal: int
    library: int


class Station:
    """A daemon that serves one library."""

    def __init__(self, command: Sequence[str], library: Path, printed: Path, environment: Mapping[str, str]) -> None:
        self._command, self._library, self._printed = command, library, printed
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that was started last."""
        assert self._process is not None
        return self._process

    @property
    def runs(self) -> bool:
        """Whether it is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it. Its lock file tells when it has the library."""
        self._output = self._printed.open("ab")
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=self._output, stderr=self._output, env=self._environment
        )

    def wait_until(self, held: bytes) -> None:
        """Wait until it has printed something since it was started last."""
        end = time.monotonic() + START_SECONDS
        while held not in self._printed.read_bytes().rpartition(b"--- started\n")[2]:
            if not self.runs or time.monotonic() > end:
                raise RuntimeError(f"the daemon does not come up: {self._printed.read_text('utf-8')[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> float:
        """Send SIGTERM; give the seconds until it has ended."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        return time.monotonic() - began

    def kill(self) -> None:
        """Kill the process, and nothing that it has started."""
        self.process.kill()
        self.process.wait(60)

    def measure(self) -> Measured:
        """Read what the kernel knows of it."""
        pid = self.process.pid
        status = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines() if ":" in line
        )
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
        return Measured(
            rss=int(status["VmRSS"].split()[0]),
            threads=int(status["Threads"]),
            handles=len(os.listdir(f"/proc/{pid}/fd")),
            children=len(children),
            wal=_size(self._library.with_name(f"{self._library.name}-wal")),
            library=_size(self._library),
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
