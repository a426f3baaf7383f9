"""The embedding API for tasks of asyncio: an importer whose blocking methods are awaited."""

import functools
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from passagework.api.async_library import AsyncWritableLibrary
from passagework.api.calls import AsyncTwin, BlockingCalls, twin
from passagework.api.event_stream import EventStream
from passagework.api.importer import Importer, Root
from passagework.api.listeners import Listener
from passagework.api.run import Run
from passagework.api.waiting import Bell
from passagework.api.watch import Watch
from passagework.config.settings import Settings
from passagework.domain.errors import ImporterClosedError
from passagework.domain.ids import RunId
from passagework.domain.library_update import OnUpdate, unheard
from passagework.domain.progress import Progress, RunReport
from passagework.workers.executor import AnalysisExecutor


class AsyncRun:
    """A run for tasks. Only ``wait`` waits, without a thread for it; being cancelled there leaves the run alone."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def progress(self) -> Progress:
        """The latest snapshot."""
        return self._run.progress

    @property
    def done(self) -> bool:
        """Whether the run has ended, well or not."""
        return self._run.done

    @property
    def number(self) -> RunId | None:
        """The number of the run in the library; None until it was opened there."""
        return self._run.number

    async def number_within(self, timeout_seconds: float) -> RunId | None:
        """Wait at most ``timeout_seconds`` for the number, or for the end of a run that gets none."""
        return await self._run.number_within_async(timeout_seconds)

    def pause(self) -> None:
        """Hand out no more work, as :meth:`Run.pause`."""
        self._run.pause()

    def resume(self) -> None:
        """Continue after ``pause``."""
        self._run.resume()

    def cancel(self) -> None:
        """End the run soon, as :meth:`Run.cancel`."""
        self._run.cancel()

    async def wait(self, timeout: float | None = None) -> RunReport:  # noqa: ASYNC109 - as Run.wait has it
        """Wait for the end and return the report. Raises as :meth:`Run.wait`."""
        return await self._run.wait_async(timeout)

    async def ended_within(self, timeout_seconds: float) -> bool:
        """Wait at most ``timeout_seconds`` for the end; return whether the run has ended."""
        return await self._run.ended_within_async(timeout_seconds)

    def events(self) -> EventStream:
        """Give the events until the run ends, for ``async for``, as :meth:`Run.events`."""
        return self._run.events()


class AsyncWatch:
    """A watch for tasks. Only ``wait`` waits. A context manager: its end stops the watch and waits for it."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    async def __aenter__(self) -> Self:
        """Return the watch, which has begun already."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop, and wait for the end."""
        self.stop()
        if kind is None:
            await self.wait()
        else:
            await self.ended_within(None)

    @property
    def done(self) -> bool:
        """Whether the watch has ended."""
        return self._watch.done

    def stop(self) -> None:
        """End the watch, as :meth:`Watch.stop`. Returns at once."""
        self._watch.stop()

    def rescan(self) -> None:
        """Look through all folders as soon as possible. Returns at once."""
        self._watch.rescan()

    async def wait(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as Watch.wait has it
        """Wait for the end. Raises as :meth:`Watch.wait`."""
        await self._watch.wait_async(timeout)

    async def ended_within(self, timeout_seconds: float | None) -> bool:
        """Wait at most ``timeout_seconds`` for the end; return whether the watch has ended."""
        return await self._watch.ended_within_async(timeout_seconds)


class AsyncImporter(AsyncTwin):
    """An importer for tasks: ``async with AsyncImporter(settings) as importer:``. Arguments as of :class:`Importer`.

    What blocks in Importer is awaited here, with the same arguments, results and errors; ``listeners`` are called in
    threads of their own all the same. Waiting for runs and events takes no thread; the other calls share at most four,
    which begin with the first call and end with ``close``. Tasks of several event loops may use one importer.

    A task that is cancelled while it opens, starts or watches leaves nothing behind: what comes of the call is closed,
    cancelled or stopped. Undo, forget and what a library is asked or told go on to their end.
    """

    library: AsyncWritableLibrary
    """The library of the importer, from its opening on."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        make_executor: Callable[[], AnalysisExecutor] | None = None,
        listeners: Sequence[Listener] = (),
        on_update: OnUpdate = unheard,
        instead_of: Path | None = None,
    ) -> None:
        super().__init__(None, BlockingCalls())
        self._open = functools.partial(
            Importer,
            settings,
            make_executor=make_executor,
            listeners=listeners,
            on_update=on_update,
            instead_of=instead_of,
        )
        self._lock = threading.RLock()
        self._ended = Bell(self._lock)
        self._closing: threading.Thread | None = None
        self._has_closed = False
        self._error: BaseException | None = None

    async def __aenter__(self) -> Self:
        """Open."""
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        await self.close()

    async def open(self) -> Self:
        """Open the library, as :class:`Importer` does; once. Raises as it does."""
        try:
            importer = await self._calls.call(self._open, unwanted=Importer.close)
        except BaseException:
            self._calls.close(wait=False)
            raise
        self._blocking = importer
        self.library = AsyncWritableLibrary(importer.library, self._calls)
        return self

    async def start(
        self,
        roots: Root | Sequence[Root] | None = None,
        *,
        retry_failed: bool = False,
        reanalyze: bool = False,
        subfolders: bool = True,
    ) -> AsyncRun:
        """Start a run, as :meth:`Importer.start`."""
        start = functools.partial(
            self._importer.start, roots, retry_failed=retry_failed, reanalyze=reanalyze, subfolders=subfolders
        )
        return AsyncRun(await self._calls.call(start, unwanted=Run.cancel))

    async def watch(self, folders: Root | Sequence[Root] | None = None) -> AsyncWatch:
        """Import folders, then follow them, as :meth:`Importer.watch`."""
        watch = functools.partial(self._importer.watch, folders)
        return AsyncWatch(await self._calls.call(watch, unwanted=Watch.stop))

    undo = twin(Importer.undo)
    forget = twin(Importer.forget)

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._importer.closed

    @property
    def paused(self) -> bool:
        """Whether the importer rests."""
        return self._importer.paused

    def pause(self) -> None:
        """Have the whole importer rest, as :meth:`Importer.pause`. Returns at once."""
        self._importer.pause()

    def resume(self) -> None:
        """Have the importer go on where it was. Returns at once."""
        self._importer.resume()

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` with every event from now on, in a thread of its own, as :meth:`Importer.listen`."""
        self._importer.listen(listener)

    async def stop_listening(self, listener: Listener) -> None:
        """Call ``listener`` no more, as :meth:`Importer.stop_listening`."""
        await self._calls.call(functools.partial(self._importer.stop_listening, listener))

    @property
    def current_run(self) -> AsyncRun | None:
        """The run that goes on, or that was the last one; None before the first."""
        run = self._importer.current_run
        return None if run is None else AsyncRun(run)

    def events(self) -> EventStream:
        """Give every event from now on, for ``async for``, as :meth:`Importer.events`."""
        return self._importer.events()

    async def close(self) -> None:
        """Cancel the active run, drain, and release everything, as :meth:`Importer.close`. Idempotent.

        Every call waits for the end; whoever is cancelled there leaves the closing to itself.
        """
        with self._lock:
            if self._closing is None:
                self._closing = threading.Thread(target=self._close, name="passagework-close")
                try:
                    self._closing.start()
                except RuntimeError:
                    # No thread can be had: what has to be closed goes first.
                    self._close()
                    return
        await self._ended.task_wait_for(lambda: self._has_closed)
        # It has nothing left to do.
        self._closing.join()
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _close(self) -> None:
        try:
            if isinstance(self._blocking, Importer):
                self._blocking.close()
        except BaseException as error:  # noqa: BLE001 - it is raised in a task that waits
            self._error = error
        self._calls.close()
        with self._lock:
            self._has_closed = True
            self._ended.ring()

    @property
    def _importer(self) -> Importer:
        if not isinstance(self._blocking, Importer):
            raise ImporterClosedError("this importer is not open: async with AsyncImporter(…) as importer")
        return self._blocking
