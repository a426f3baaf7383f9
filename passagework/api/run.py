"""The handle of a started import: progress, events, pause, cancel, wait."""

import threading
from collections.abc import Callable

from passagework.actors.messages.session import Cancel, Pause, Resume, SessionMessage
from passagework.actors.runtime.port import Port
from passagework.api.event_stream import EVENTS_KEPT, EventStream
from passagework.api.waiting import Bell
from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.ids import RunId, RunRequestId
from passagework.domain.own_process import OwnProcess
from passagework.domain.progress import Event, Progress, RunFailed, RunFinished, RunReport, RunStarted

EVENTS_KEPT_UNASKED = 1_000
"""Events that are kept before the first call of ``events``, for a host that calls it late."""


class RunFailedError(PassageworkError):
    """A part of the importer failed so often that the run could not continue. What was acknowledged is kept."""

    code = "run-failed"
    exit_code = ExitCode.FAILED


class Run:
    """A run. All methods may be called from any thread; only ``wait`` and iterating over ``events`` block."""

    def __init__(
        self,
        session: Port[SessionMessage],
        request_id: RunRequestId,
        pass_on: Callable[[Event], None] = lambda _event: None,
        failed: Callable[[PassageworkError], None] = lambda _error: None,
    ) -> None:
        self._session = session
        self._request_id = request_id
        self._pass_on = pass_on
        self._failed = failed
        self._progress = Progress()
        self._process = OwnProcess()
        self._lock = threading.RLock()
        self._ended = Bell(self._lock)
        self._events = EventStream(EVENTS_KEPT_UNASKED)
        self._number: RunId | None = None
        self._report: RunReport | None = None
        self._error: PassageworkError | None = None

    @property
    def progress(self) -> Progress:
        """The latest snapshot."""
        return self._progress

    @property
    def number(self) -> RunId | None:
        """The number of the run in the library; None until it was opened there."""
        return self._number

    def number_within(self, timeout_seconds: float) -> RunId | None:
        """Wait at most ``timeout_seconds`` for the number, or for the end of a run that gets none."""
        with self._lock:
            self._ended.wait_for(lambda: self._number is not None or self.done, timeout_seconds)
            return self._number

    async def number_within_async(self, timeout_seconds: float) -> RunId | None:
        """Wait as :meth:`number_within` does, in a task and without a thread for it."""
        await self._ended.task_wait_for(lambda: self._number is not None or self.done, timeout_seconds)
        return self._number

    @property
    def done(self) -> bool:
        """Whether the run has ended, well or not."""
        return self._report is not None or self._error is not None

    def pause(self) -> None:
        """Hand out no more work; files in work are finished and stored. Returns at once."""
        self._session.tell(Pause(self._request_id))

    def resume(self) -> None:
        """Continue after ``pause``. Returns at once."""
        self._session.tell(Resume(self._request_id))

    def cancel(self) -> None:
        """End the run soon: workers are stopped, what was acknowledged stays.

        Returns at once; ``wait`` waits for the end.
        """
        self._session.tell(Cancel(self._request_id))

    def ended_within(self, timeout_seconds: float) -> bool:
        """Wait at most ``timeout_seconds`` for the end; return whether the run has ended."""
        with self._lock:
            return self._ended.wait_for(lambda: self.done, timeout_seconds)

    async def ended_within_async(self, timeout_seconds: float | None) -> bool:
        """Wait as :meth:`ended_within` does, in a task and without a thread for it."""
        return await self._ended.task_wait_for(lambda: self.done, timeout_seconds)

    def wait(self, timeout: float | None = None) -> RunReport:
        """Wait for the end and return the report.

        Raises:
            TimeoutError: the run has not ended within ``timeout`` seconds; it continues.
            LibraryError: the run could not continue because the library is damaged or cannot be used any more.
            RunFailedError: the run could not continue for another reason.
            ImporterForkedError: the run is in the process from which this one was forked.

        """
        self._process.check()
        with self._lock:
            has_ended = self._ended.wait_for(lambda: self.done, timeout)
        return self._outcome(has_ended=has_ended)

    async def wait_async(self, timeout: float | None = None) -> RunReport:  # noqa: ASYNC109 - as ``wait`` has it
        """Wait as :meth:`wait` does, in a task and without a thread for it. Cancelling the task leaves the run alone.

        Raises as :meth:`wait`.
        """
        self._process.check()
        return self._outcome(has_ended=await self._ended.task_wait_for(lambda: self.done, timeout))

    def _outcome(self, *, has_ended: bool) -> RunReport:
        if not has_ended:
            raise TimeoutError("the run has not ended yet")
        if self._report is None:
            raise self._error or RunFailedError("the run failed")
        return self._report

    def events(self) -> EventStream:
        """Give the events until the run ends, for ``for`` and for ``async for``: the same stream at each call.

        At most 10,000 wait to be taken, and of those from before the first call the latest 1,000; EventsMissed says how
        many older ones are lost. The last event is RunFinished, or RunFailed. Raises ImporterForkedError as
        :meth:`wait`.
        """
        self._process.check()
        self._events.keep(EVENTS_KEPT)
        return self._events

    def emit(self, event: Event) -> None:
        """Queue an event for this run and for the listeners. Called in the session's thread."""
        with self._lock:
            self._tell(event)
            if isinstance(event, RunStarted):
                self._number = event.run
                self._ended.ring()
            if isinstance(event, RunFinished):
                self._report = event.report
                self._end()

    def advance(self, progress: Progress) -> None:
        """Store a snapshot of the progress. Called in the session's thread."""
        self._progress = progress

    def fail(self, error: PassageworkError) -> None:
        """End the run without a report. Called in the thread of the session or of the supervisor."""
        with self._lock:
            if not self.done:
                self._error = error
                self._failed(error)
                self._tell(RunFailed(self._number, error.code, str(error)))
                self._end()

    def _tell(self, event: Event) -> None:
        self._events.put(event)
        # Before ``wait`` can return and the host close the importer.
        self._pass_on(event)

    def _end(self) -> None:
        self._events.end()
        self._ended.ring()
