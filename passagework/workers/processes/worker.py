"""The worker process: one job at a time, from one stream to the parent. Imports the analysis once, before any job."""

import os
import resource
import signal
import socket
import time
from pathlib import Path
from typing import Final, NoReturn

from passagework.domain.jobs import AnalysisJob
from passagework.workers.processes.attempt import attempt, defect, describe, load_analysis
from passagework.workers.processes.confinement import confine
from passagework.workers.processes.wire_protocol import (
    FrameError,
    FrameReader,
    JobResult,
    Message,
    Ready,
    RunJob,
    Setup,
    Unusable,
    pack,
)

OUT_OF_MEMORY_EXIT: Final = 79
"""Exit code after a MemoryError. A message would need memory."""

_CHUNK_BYTES: Final = 65_536
_GROWTH_WITHOUT_LIMIT: Final = 256 * 2**20


def main(descriptor: int) -> NoReturn:
    """Run as a worker on the inherited socket ``descriptor`` until the parent closes it."""
    try:
        _live(_Stream(socket.socket(fileno=descriptor)))
    except MemoryError:
        os._exit(OUT_OF_MEMORY_EXIT)
    except (EOFError, OSError):
        pass
    # Libraries may have left threads and exit handlers behind; nothing here needs a clean shutdown.
    os._exit(0)


def _live(stream: "_Stream") -> None:
    setup = stream.receive()
    assert isinstance(setup, Setup)
    confine(setup)
    rules = setup.rules
    try:
        analyze = load_analysis(rules.analyze)
    except BaseException as error:  # noqa: BLE001 - report any error that prevents loading the analysis to the parent
        stream.send(Unusable(f"{rules.analyze}: {describe(error)}"))
        return
    stream.send(Ready())
    growth = rules.memory_bytes // 2 or _GROWTH_WITHOUT_LIMIT
    largest = _resident_bytes() + growth
    for remaining in reversed(range(rules.jobs)):
        message = stream.receive()
        assert isinstance(message, RunJob)
        signal.setitimer(signal.ITIMER_REAL, message.self_destruct_seconds)
        cpu_before = time.process_time()
        done = attempt(analyze, message.work)
        cpu_seconds = time.process_time() - cpu_before
        signal.setitimer(signal.ITIMER_REAL, 0)
        last = remaining == 0 or _resident_bytes() > largest
        stream.send_result(message.work, JobResult(done.result, cpu_seconds, done.traceback, last))


def _resident_bytes() -> int:
    """Return the memory in use (statm, proc(5)); 0 if the system does not tell, so that only the job count matters."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()


class _Stream:
    """The socket to the parent, blocking."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = FrameReader()

    def receive(self) -> Message:
        while (message := self._reader.take()) is None:
            chunk = self._connection.recv(_CHUNK_BYTES)
            if not chunk:
                raise EOFError
            self._reader.feed(chunk)
        return message

    def send(self, message: Message) -> None:
        self._connection.sendall(pack(message))

    def send_result(self, work: AnalysisJob, result: JobResult) -> None:
        """Send a result; if it cannot be sent, send the reason as a failure. The parent would refuse it as well."""
        try:
            frame = pack(result)
            reader = FrameReader()
            reader.feed(frame)
            reader.take()
        except FrameError as error:
            frame = pack(JobResult(defect(work, f"the result {error}"), result.cpu_seconds, None, result.last))
        self._connection.sendall(frame)
