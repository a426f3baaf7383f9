"""The loop of the process that analyses: one job after another, until it has done its number or grown too much."""

import gc
import os
import resource
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from passagework.audio.extensions.running import some_are_gone
from passagework.domain.jobs import AnalysisJob
from passagework.workers.encoding import encoded
from passagework.workers.processes.attempt import Attempt, defect
from passagework.workers.processes.message_stream import MessageStream
from passagework.workers.processes.wire_protocol import FrameError, JobResult, RunJob, WorkerRules, pack

_GROWTH_WITHOUT_LIMIT: Final = 256 * 2**20

NextJob = Callable[[ExitStack], RunJob]
"""Waits for a job; what it acquires for the job is released with the stack."""


class JobLoop:
    """Runs jobs from a stream. Created before the process is confined, because it opens what tells its memory."""

    def __init__(self, stream: MessageStream, rules: WorkerRules) -> None:
        self._stream = stream
        self._rules = rules
        self._memory = _Memory()

    def run(self, attempt: Callable[[AnalysisJob], Attempt], next_job: NextJob) -> None:
        """Run jobs until the last one, or until the stream ends."""
        # What is loaded stays loaded. Looking through it for garbage would take a fifth of the time of short files.
        gc.freeze()
        largest = self._memory.resident_bytes() + (self._rules.memory_bytes // 2 or _GROWTH_WITHOUT_LIMIT)
        for remaining in reversed(range(self._rules.jobs)):
            with ExitStack() as acquired:
                message = next_job(acquired)
                signal.setitimer(signal.ITIMER_REAL, message.self_destruct_seconds)
                cpu_before = time.process_time()
                done = attempt(message.work)
                result = encoded(done.result, message.work.finish)
                cpu_seconds = time.process_time() - cpu_before
                signal.setitimer(signal.ITIMER_REAL, 0)
            last = remaining == 0 or self._memory.resident_bytes() > largest or some_are_gone()
            self._send_result(message.work, JobResult(result, cpu_seconds, done.traceback, last))
            if last:
                return

    def _send_result(self, work: AnalysisJob, result: JobResult) -> None:
        """Send a result; if it cannot be sent, send the reason as a failure."""
        try:
            frame = pack(result)
        except FrameError as error:
            frame = pack(JobResult(defect(work, f"the result {error}"), result.cpu_seconds, None, result.last))
        self._stream.send_bytes(frame)


class _Memory:
    """The memory that this process uses (statm, proc(5)). The file stays open: later it may not be possible."""

    def __init__(self) -> None:
        try:
            self._descriptor = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._descriptor = -1

    def resident_bytes(self) -> int:
        """Return the bytes; 0 if the system does not tell, so that only the number of jobs matters."""
        if self._descriptor < 0:
            return 0
        return int(os.pread(self._descriptor, 100, 0).split()[1]) * resource.getpagesize()
