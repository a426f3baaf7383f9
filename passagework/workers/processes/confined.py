"""A worker of two processes: one opens the files, and its child, which the kernel confines, analyses them.

The first one reads no file, so no file can take it over. It may be killed while it waits for a dead disk, which the
importing process may not.
"""

import os
import select
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Final, NoReturn, TypeVar

from passagework.audio.decoding.opening import handed_in, opened
from passagework.audio.decoding.refusal import RefusedError
from passagework.audio.extensions.running import Confining, start_extensions
from passagework.audio.loading import load_the_rest
from passagework.audio.scratch import keep_scratch_files
from passagework.domain.analysis import FailedAnalysis
from passagework.workers.processes.attempt import attempt, describe, load_analysis
from passagework.workers.processes.confinement import confine
from passagework.workers.processes.job_loop import JobLoop
from passagework.workers.processes.limits import die_with
from passagework.workers.processes.message_stream import MessageStream
from passagework.workers.processes.wire_protocol import (
    FrameError,
    JobResult,
    Ready,
    RunJob,
    Unusable,
    WorkerRules,
    pack,
    unpack,
)

T = TypeVar("T")

_NOT_A_FRAME: Final = b"\xff" * 4


def open_and_analyse(stream: MessageStream, rules: WorkerRules) -> None:
    """Start the child, then open the files of its jobs for it, until the stream to the importing process ends.

    Returns in both processes when they have nothing left to do. The calling process has one thread.
    """
    # Hosts may ignore the deaths of their children, and children inherit that.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    opener = os.getpid()
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        stream.close()
        die_with(opener)
        _analyse_confined(MessageStream(theirs), rules)
    else:
        theirs.close()
        _Opener(stream, MessageStream(ours), child).serve()


def _analyse_confined(stream: MessageStream, rules: WorkerRules) -> None:
    """Load what the analysis needs, have the kernel confine this process, and run jobs on what is handed in."""
    try:
        analyze = load_analysis(rules.analyze)
    except BaseException as error:  # noqa: BLE001 - report any error that prevents loading the analysis to the parent
        stream.send(Unusable(f"{rules.analyze}: {describe(error)}"))
        return
    load_the_rest()
    start_extensions(rules.extensions, Confining(die_with, confine))
    # Without a folder for temporary files, only long files fail.
    with suppress(OSError):
        keep_scratch_files()
    loop = JobLoop(stream, rules)
    stream.send(Ready(os.getpid(), confine()))

    def next_job(acquired: ExitStack) -> RunJob:
        message, descriptor = stream.receive_with_descriptor()
        assert isinstance(message, RunJob)
        acquired.enter_context(handed_in(message.work.path, descriptor, message.work.stamp))
        return message

    loop.run(lambda work: attempt(analyze, work), next_job)


class _Opener:
    """Passes messages on, with the open file of each job, and ends as its child ended."""

    def __init__(self, stream: MessageStream, confined: MessageStream, child: int) -> None:
        self._stream = stream
        self._confined = confined
        self._child = child
        self._poll = select.poll()
        for end in (stream, confined):
            self._poll.register(end.fileno(), select.POLLIN)

    def serve(self) -> None:
        """Pass messages on until one of the two ends."""
        ready = self._from_child(self._confined.receive)
        self._stream.send(ready)
        while isinstance(ready, Ready):
            # A child that says something unasked has ended, or is not to be trusted.
            if self._confined.fileno() in dict(self._poll.poll()):
                self._end_like_the_child()
            try:
                frame = self._stream.receive_frame()
            except (EOFError, OSError):
                self._end_child()
                return
            self._stream.send_bytes(self._run(frame))

    def _run(self, job: bytes) -> bytes:
        """Run the job of a frame and return the frame of its result; what the child says is passed on unread."""
        message = unpack(job)
        assert isinstance(message, RunJob)
        work = message.work
        signal.setitimer(signal.ITIMER_REAL, message.self_destruct_seconds)
        try:
            with opened(work.path) as file:
                if file.stamp != work.stamp:
                    work = replace(work, stamp=file.stamp)
                    job = pack(replace(message, work=work))
                try:
                    self._confined.send_with_descriptor(job, file.descriptor)
                except OSError:
                    self._end_like_the_child()
                frame = self._from_child(self._confined.receive_frame)
                file.check_unchanged()
        except RefusedError as refused:
            failed = FailedAnalysis(work.path, work.stamp, refused.failure)
            frame = pack(JobResult(failed, 0.0, None, last=False))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return frame

    def _from_child(self, receive: Callable[[], T]) -> T:
        try:
            return receive()
        except FrameError:
            self._stream.send_bytes(_NOT_A_FRAME)
            raise EOFError from None
        except (EOFError, OSError):
            self._end_like_the_child()

    def _end_like_the_child(self) -> NoReturn:
        """End with the exit code or the signal of the child, so that the importing process can tell the reason."""
        code = self._end_child()
        if code < 0:
            with suppress(OSError):
                signal.signal(-code, signal.SIG_DFL)
            os.kill(os.getpid(), -code)
        os._exit(code)

    def _end_child(self) -> int:
        """Kill the child, if it has not ended, and return its exit code."""
        os.kill(self._child, signal.SIGKILL)
        _, status = os.waitpid(self._child, 0)
        return os.waitstatus_to_exitcode(status)
