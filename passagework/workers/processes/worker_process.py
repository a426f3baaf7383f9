"""One worker process, for its owner: start it, give it a job, find out how it ended, and clean up."""

import logging
import math
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from threading import Lock
from typing import Final

from passagework.domain.jobs import AnalysisJob
from passagework.workers.pause_switch import STILL_SECONDS, PauseSwitch
from passagework.workers.processes.attempt import describe, one_line
from passagework.workers.processes.wire_protocol import (
    FrameError,
    FrameReader,
    JobResult,
    Message,
    Ready,
    RunJob,
    Setup,
    Unusable,
    WorkerRules,
    pack,
)
from passagework.workers.processes.worker_command import worker_command, worker_environment
from passagework.workers.processes.worker_death import Death, explain_death, memory_killer_strikes

_logger = logging.getLogger("passagework")

_CHUNK_BYTES: Final = 65_536
_LAST_WORDS_BYTES: Final = 2_048
_LONGEST_POLL: Final = 3_600.0
_PATIENCE: Final = 2.0
"""Seconds in which a healthy system accepts a small frame, or removes a killed process."""

_GOODBYE: Final = 0.5
"""Seconds in which a worker without a job ends by itself."""

_SELF_DESTRUCT_GRACE: Final = 10.0
"""Seconds after the deadline until a worker that was not killed ends itself."""

_NO_SIGPIPE: Final = getattr(socket, "MSG_NOSIGNAL", 0)


class StartError(Exception):
    """A worker did not start. ``hopeless``: it reported the reason itself, so a retry would fail the same way."""

    def __init__(self, detail: str, *, hopeless: bool = False) -> None:
        super().__init__(detail)
        self.hopeless = hopeless


class Overdue:
    """The job did not end within its deadline; the worker was killed."""


class Interrupted:
    """A pause was so long that the worker has ended itself, which it does some time after the deadline."""


class WorkerProcess:
    """A child process that runs one job at a time.

    One thread owns it and calls everything except :meth:`kill`, which any thread may call. The owner thread must live
    longer than the child: Linux kills the child when that thread ends.
    """

    def __init__(self, rules: WorkerRules, switch: PauseSwitch) -> None:
        """Start the child, without waiting for it. ``StartError`` if the system refuses.

        While ``switch`` is off it is stopped as soon as it is ready, with all processes that it starts, and its time
        limits stand still.
        """
        if not sys.executable or getattr(sys, "frozen", False):
            raise StartError("this program is not run by a Python interpreter that could run a worker", hopeless=True)
        try:
            self._socket, self._child = _spawn()
        except OSError as error:
            raise StartError(f"cannot start {sys.executable}: {describe(error)}") from error
        assert self._child.stderr is not None
        self._stderr = self._child.stderr.fileno()
        os.set_blocking(self._stderr, False)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._poll.register(self._stderr, select.POLLIN)
        self._rules = rules
        self._reader = FrameReader()
        self._last_words = b""
        self._strikes_before = memory_killer_strikes()
        self._lock = Lock()
        self._may_be_killed = True
        self._grandchild: _Grandchild | None = None
        self._has_no_job = False
        self._switch = switch

    def wait_until_ready(self, seconds: float) -> Ready:
        """Wait for the imports; if they fail or take longer, end the child and raise ``StartError``."""
        try:
            self._send(Setup(os.getpid(), self._rules))
            message = self._receive(self._switch.clock() + seconds)
        except TimeoutError:
            self.end()
            raise StartError(f"no response within {seconds:.0f} s") from None
        except (EOFError, OSError, FrameError):
            death = self._end_and_explain()
            words = self._last_words.decode(errors="replace").strip().rpartition("\n")[2]
            raise StartError(one_line(f"{death.detail}. {words}")) from None
        if isinstance(message, Unusable):
            self.end()
            raise StartError(message.detail, hopeless=True)
        assert isinstance(message, Ready)
        if message.pid != self._child.pid:
            self._grandchild = _Grandchild(message.pid)
        self._has_no_job = True
        # Not before: until it has had the kernel end it with this process, one that is stopped might outlive it.
        self._switch.add(self)
        return message

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    @property
    def is_idle(self) -> bool:
        """Whether the child waits for a job: an idle one sends nothing, a dead one has closed its stream."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return not poll.poll(0)

    def run(self, work: AnalysisJob, deadline_seconds: float) -> JobResult | Death | Overdue | Interrupted:
        """Run one job. After anything but a result the child is gone, or was killed and is ending."""
        give_up_at = self._switch.clock() + deadline_seconds
        rested = self._rested()
        self._has_no_job = False
        self._last_words = b""
        try:
            self._send(RunJob(work, deadline_seconds + _SELF_DESTRUCT_GRACE))
            message = self._receive(give_up_at)
        except TimeoutError:
            self.end()
            return Overdue() if self._switch.clock() >= give_up_at else Interrupted()
        except (EOFError, OSError):
            death = self._end_and_explain()
            if self._child.returncode != -signal.SIGALRM:
                return death
            return Overdue() if self._rested() == rested else Interrupted()
        except FrameError as error:
            self.end()
            return Death(one_line(f"sent an unreadable result: {error}"), out_of_memory=False)
        assert isinstance(message, JobResult)
        self._has_no_job = True
        return message

    def stop(self) -> None:
        """Stop the child and all processes it started, wherever they are. Any thread may call this; returns at once."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Have them go on where they were. Any thread may call this; returns at once."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the child and all processes it started. Returns at once; the owner sees the stream end."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with self._lock:
            if self._may_be_killed:
                # macOS reports EPERM for a group that consists of zombies.
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._child.pid, number)

    def _rested(self) -> float:
        """Return for how long all pauses were, on a clock of its own: equal values mean that there was none."""
        return self._switch.rested_seconds

    def end(self) -> bool:
        """Kill the child, release everything, and tell whether it is gone.

        One without a job is first left to end by itself, and waits for its own child: so the resources of both are
        counted among those of our children.
        False is possible: a process that waits inside the kernel for a dead disk or server dies only when that
        wait ends. Call again to check again.
        """
        # One that is stopped hears nothing; SIGKILL ends it all the same.
        self._switch.discard(self)
        if self._has_no_job and not self._switch.is_paused and self._socket.fileno() != -1:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
                its_end = select.poll()
                its_end.register(self._socket, select.POLLIN)
                its_end.poll(math.ceil(1000 * _GOODBYE))
        self.kill()
        with self._lock:
            # From here on the process id may be reused as soon as the child is reaped.
            self._may_be_killed = False
        if self._socket.fileno() != -1:
            self._read_stderr()
            self._socket.close()
            assert self._child.stderr is not None
            self._child.stderr.close()
        try:
            self._child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            return False
        return self._grandchild is None or self._grandchild.is_gone(_PATIENCE)

    def _end_and_explain(self) -> Death:
        self.end()
        words = self._last_words.decode(errors="replace")
        ran_out = memory_killer_strikes() > self._strikes_before
        death = explain_death(self._child.returncode, words, machine_ran_out=ran_out)
        if words:
            _logger.warning("worker %d %s; end of its stderr:\n%s", self._child.pid, death.detail, words)
        return death

    def _send(self, message: Message) -> None:
        self._socket.sendall(pack(message), _NO_SIGPIPE)

    def _receive(self, give_up_at: float) -> Message:
        """Read until a message is complete, and drain the child's stderr meanwhile."""
        while (message := self._reader.take()) is None:
            left = give_up_at - self._switch.clock()
            if self._switch.is_paused:
                # Its clock stands still.
                left = max(left, STILL_SECONDS)
            ready = dict(self._poll.poll(math.ceil(max(0.0, min(left, _LONGEST_POLL)) * 1000)))
            if self._stderr in ready:
                self._read_stderr()
            if self._socket.fileno() in ready:
                chunk = self._socket.recv(_CHUNK_BYTES)
                if not chunk:
                    raise EOFError
                self._reader.feed(chunk)
            elif left <= 0:
                raise TimeoutError
        return message

    def _read_stderr(self) -> None:
        """Read at most one pipe buffer, so that a child which never stops writing cannot block the owner."""
        with suppress(BlockingIOError):
            chunk = os.read(self._stderr, _CHUNK_BYTES)
            self._last_words = (self._last_words + chunk)[-_LAST_WORDS_BYTES:]
            if not chunk:
                with suppress(KeyError):
                    self._poll.unregister(self._stderr)


class _Grandchild:
    """The confined process of a worker, a child of the one that opens files."""

    def __init__(self, pid: int) -> None:
        self._descriptor = -1
        if sys.platform == "linux":
            with suppress(OSError):
                self._descriptor = os.pidfd_open(pid)

    def is_gone(self, seconds: float) -> bool:
        """Wait for the end of the process, which was killed; tell whether it came."""
        if self._descriptor < 0:
            return True
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        if not poll.poll(math.ceil(1000 * seconds)):
            return False
        # An orphan is the child of the first process of a container, which may be this program.
        with suppress(ChildProcessError):
            os.waitid(os.P_PIDFD, self._descriptor, os.WEXITED | os.WNOHANG)
        os.close(self._descriptor)
        self._descriptor = -1
        return True


def _spawn() -> "tuple[socket.socket, subprocess.Popen[bytes]]":
    """Start the interpreter in a new session, so that Ctrl-C at the host's terminal does not reach it."""
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            child = subprocess.Popen(  # noqa: S603 - no input of a user is in the command
                worker_command(theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                cwd="/",
                env=worker_environment(),
            )
    except BaseException:
        ours.close()
        raise
    ours.settimeout(_PATIENCE)
    return ours, child
