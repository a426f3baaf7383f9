"""The embedding API: an importer on one library, for daemons and for the command line alike."""

import itertools
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from passagework.actors.messages.library import (
    AddDocuments,
    ClearDocuments,
    ForgetFiles,
    ReportPlays,
    SetValues,
    Undo,
)
from passagework.actors.messages.session import StartRun
from passagework.actors.runtime.clock import SystemClock
from passagework.actors.runtime.port import NobodyThereError
from passagework.actors.session.session import RunUnderWayError
from passagework.actors.system import ImportSystem, SystemParts
from passagework.actors.writer.library_port import ASK_TIMEOUT_SECONDS
from passagework.api.chosen_extensions import with_installed_extensions
from passagework.api.door.commands import Commanded, Commands
from passagework.api.door.messages import StartImport
from passagework.api.door.server import Door, open_door
from passagework.api.event_stream import EventStream, EventStreams
from passagework.api.extension_listeners import ExtensionListeners
from passagework.api.listeners import Listener, Listeners, checked
from passagework.api.possible_flavor import with_possible_flavor
from passagework.api.rules import executor_rules, follow_rules, system_rules
from passagework.api.run import Run, RunFailedError
from passagework.api.sources import BesideWriter
from passagework.api.thread_limits import threads_permitting
from passagework.api.watch import RunHooks, Watch
from passagework.api.writable_library import WritableLibrary
from passagework.config.effective_hash import deciding_text, effective_hash
from passagework.config.settings import Settings
from passagework.domain.edits import Edit, Edited
from passagework.domain.errors import (
    ConfigError,
    ImporterClosedError,
    LibraryError,
    LibraryUnavailableError,
    NoRootsError,
    NothingToFollowError,
    PassageworkError,
    UnavailableKind,
    WatchFolderMissingError,
    WatchUnderWayError,
)
from passagework.domain.extensions import ExtensionId
from passagework.domain.files import display_path
from passagework.domain.flavor.acousticbrainz import FlavorDocument
from passagework.domain.forgetting import Forget, Forgotten
from passagework.domain.ids import RunRequestId, run_id
from passagework.domain.library_update import OnUpdate, unheard
from passagework.domain.own_process import OwnProcess
from passagework.domain.plays import Play, PlayReport
from passagework.domain.progress import Event, ImporterPaused, ImporterResumed
from passagework.domain.scan_scope import WHOLE, ScanPart, ScanScope
from passagework.domain.undo import Undone, UndoRefusedError
from passagework.domain.user_events import FilesForgotten, RunUndone, ValuesSet
from passagework.logs import logger
from passagework.persistence.file.opening import update_library
from passagework.persistence.store import LibraryStore
from passagework.watching.follower import Follower
from passagework.workers.executor import AnalysisExecutor
from passagework.workers.maker import ExecutorMaker

if TYPE_CHECKING:
    from passagework.workers.evidence.asking import EvidenceExtension

Root = str | bytes | os.PathLike[str]

START_TIMEOUT_SECONDS = 30.0

UNDO_TIMEOUT_SECONDS = 3_600.0
"""About ten times what undoing a first import of 200,000 files, or forgetting all of them, takes on a slow disk."""


class Importer:
    """Imports folders of music into the library that ``settings`` name. Owns the only connection that writes to it.

    Opening starts the actors and locks the library. ``close`` (or the end of the ``with`` block) drains, commits and
    unlocks it, and leaves no thread, handle or child process. An importer prints nothing, sets no signal handler and
    changes no global state; several importers on different libraries can run at the same time. In a fork of the process
    its methods raise ImporterForkedError, and the fork does not keep the library locked.

    While it is open, it also does commands of other processes of the same user (docs/many-hands.md), unless the setting
    ``library.socket`` is false.

    ``make_executor`` replaces the executor of the settings (``analysis.executor``) by one of the host.
    ``listeners`` receive the events of every run, as with :meth:`listen`. A library of an older schema is brought up to
    date first, which may take minutes; ``on_update`` is called with how far it is, in the calling thread.
    ``instead_of``: the library of which this one is a copy, whose files lie beside the music and are no music.

    Raises:
        LibraryBusyError: another process writes this library; the message says which, and since when.
        LibraryError: the library cannot be opened; it is left unchanged.
        NoThreadError: the system gives this process no more threads; nothing is left open.

    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        make_executor: Callable[[], AnalysisExecutor] | None = None,
        listeners: Sequence[Listener] = (),
        on_update: OnUpdate = unheard,
        instead_of: Path | None = None,
    ) -> None:
        listeners = checked(listeners)
        self._settings, no_nets = with_possible_flavor(settings or Settings())
        if no_nets is not None:
            logger("importer").warning("flavor-is-basic", reason=no_nets)
        self._settings = with_installed_extensions(self._settings)
        self._process = OwnProcess()
        self._lock = threading.Lock()
        self._pause_lock = threading.Lock()
        self._run: Run | None = None
        self._watch: Watch | None = None
        self._failure: PassageworkError | None = None
        self._request_ids = itertools.count(1)
        self._closed = False
        self._closing_thread: threading.Thread | None = None
        self._has_closed = threading.Event()
        self._executors = ExecutorMaker(executor_rules(self._settings), make_executor)
        self._evidence = _sources_of_evidence(self._settings)
        path = self._settings.library.path
        # In the caller's thread, which nobody waits for with a limit: a large library takes minutes.
        update_library(
            path,
            synchronous=self._settings.library.synchronous,
            replicated=self._settings.library.replicated,
            check=self._settings.library.check,
            on_update=on_update,
        )
        with threads_permitting(), ExitStack() as opened:
            self._system = ImportSystem(
                system_rules(self._settings, self._evidence),
                SystemParts(
                    library_path=os.fsencode(path if instead_of is None else instead_of),
                    open_store=lambda: LibraryStore(
                        path,
                        synchronous=self._settings.library.synchronous,
                        replicated=self._settings.library.replicated,
                        check=self._settings.library.check,
                        keep_runs=self._settings.library.keep_runs,
                    ),
                    make_executor=self._executors.make,
                    escalate=self._escalated,
                    window=self._executors.window,
                    resting=lambda: self._executors.switch.is_paused,
                ),
            )
            self._system.start()
            opened.callback(self._system.stop)
            self._listeners = Listeners()
            opened.callback(self._listeners.close)
            self._streams = EventStreams()
            self._extensions = ExtensionListeners(self._settings.extensions.listeners)
            opened.callback(self._extensions.close)
            for listener in (*listeners, *self._extensions.listeners):
                self._listeners.add(listener)
            self._source = BesideWriter(self._system.library, path)
            self.library = WritableLibrary(self._source, self._edit, self._report_plays)
            # Behind all that may fail. A copy that is only tried is nobody else's.
            self._door: Door | None = None
            if self._settings.library.socket and instead_of is None:
                self._door = open_door(path, Commands(self._commanded()).serve)
            opened.pop_all()

    def __enter__(self) -> Self:
        """Return the importer, which is open already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def start(
        self,
        roots: Root | Sequence[Root] | None = None,
        *,
        retry_failed: bool = False,
        reanalyze: bool = False,
        subfolders: bool = True,
    ) -> Run:
        """Start a run over ``roots`` (one folder or several; None: those of the settings) and return at once.

        ``retry_failed`` analyses again what failed earlier although the files have not changed; ``reanalyze`` every
        file except quarantined ones, for example after a change of the settings. Passages that stay keep their guids.
        Without ``subfolders`` it looks at the files in the folders themselves alone.

        Raises:
            NoRootsError: there are no roots, or one is an empty text. ConfigError: one cannot be a path.
            ExecutorError: the executor cannot be made: a package, a factory or a scheduler is missing.
            RunUnderWayError: this importer has a run that has not ended.
            ImporterClosedError: the importer was closed.
            RunFailedError, LibraryError: an earlier run failed, and no other can start; open another importer.

        """
        chosen = self._chosen(roots)
        scope = WHOLE if subfolders else ScanScope(parts=tuple(ScanPart(root, below=False) for root in chosen))
        return self._start(chosen, retry_failed=retry_failed, reanalyze=reanalyze, scope=scope)

    def watch(self, folders: Root | Sequence[Root] | None = None) -> Watch:
        """Import ``folders`` (None: the roots of the settings), then follow them: import what changes in them.

        Returns at once. The watch has a thread of its own and goes on until its ``stop``, or until the importer is
        closed; each of its runs is an import of just what has changed. Listeners receive the events of all of them, and
        :class:`FollowingChanged` when a folder is followed in another way. ``settings.watch`` says how folders are
        followed, ``settings.scan.every`` and ``scan.at`` when they are looked through beside that.

        Raises:
            NoRootsError, NothingToFollowError: there is nothing to watch.
            WatchFolderMissingError: none of the folders is there. One of several may be: it is followed when it comes.
            WatchUnderWayError: this importer has a watch that has not ended.
            ExecutorError, ImporterClosedError, RunFailedError, LibraryError: as with :meth:`start`.

        """
        roots = self._chosen(folders)
        if not any(os.path.isdir(root) for root in roots):
            raise WatchFolderMissingError(f"no such folder: {', '.join(display_path(root) for root in roots)}")
        rules = follow_rules(self._settings)
        if rules.follow == "off" and not rules.schedule:
            raise NothingToFollowError
        self._process.check()
        with self._lock:
            self._check_open()
            self._executors.check()
            if self._watch is not None and not self._watch.done:
                raise WatchUnderWayError("this importer has a watch; stop it before another one")
            self._watch = Watch(
                lambda say: Follower(roots, rules, SystemClock(), say),
                lambda scope, hooks: self._start(roots, scope=scope, hooks=hooks),
                self._tell,
                lambda: self._executors.switch.is_paused,
            )
            return self._watch

    def _chosen(self, roots: Root | Sequence[Root] | None) -> tuple[bytes, ...]:
        if isinstance(roots, str | bytes | os.PathLike):
            roots = (roots,)
        chosen = tuple(roots) if roots is not None else self._settings.scan.roots
        # An empty path would be the current folder.
        if not chosen or not all(map(os.fspath, chosen)):
            raise NoRootsError
        if broken := [root for root in map(os.fsencode, chosen) if b"\0" in root]:
            raise ConfigError(f"{display_path(broken[0])} cannot be the path of a folder")
        return tuple(os.path.abspath(os.fsencode(root)) for root in chosen)

    def _check_open(self) -> None:
        if self._closed:
            raise ImporterClosedError("this importer was closed; open another one")
        if self._failure is not None:
            raise self._failure

    def _start(
        self,
        roots: tuple[bytes, ...],
        *,
        retry_failed: bool = False,
        reanalyze: bool = False,
        scope: ScanScope = WHOLE,
        hooks: RunHooks | None = None,
    ) -> Run:
        self._process.check()
        with self._lock:
            self._check_open()
            self._executors.check()
            request_id = RunRequestId(next(self._request_ids))
            if hooks is None:
                run = Run(self._system.session, request_id, self._tell)
            else:
                run = Run(self._system.session, request_id, hooks.heard, hooks.failed)
            start = StartRun(
                request_id=request_id,
                roots=roots,
                config_hash=effective_hash(self._settings),
                config_text=self._settings.model_dump_json(),
                retry_failed=retry_failed,
                link=self._settings.link.enabled,
                listener=run,
                reanalyze=reanalyze,
                scope=scope,
            )
            before, self._run = self._run, run
            try:
                self._system.session.ask(start, START_TIMEOUT_SECONDS)
            except PassageworkError:
                # A session that was slow to reply may still start the run, and nothing waits for it any more.
                run.cancel()
                self._run = before
                raise
            self._pass_on_failure()
        return run

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` with every event from now on, of this run and of later ones, until ``close``.

        Each listener is called in a separate thread, one event at a time, in order. It may block, and may query
        ``library``. Errors that it raises are logged as ``listener-failed``. A listener that is more than 100,000
        events behind receives :class:`EventsMissed` in place of the oldest. ``close`` waits up to ten seconds for all
        listeners to handle the remaining events. The last event of a run is RunFinished, or RunFailed.

        Raises ImporterClosedError after ``close``. May be called from any thread.
        """
        self._process.check()
        with self._lock:
            if self._closed:
                raise ImporterClosedError("this importer was closed; open another one")
            self._listeners.add(listener)

    def events(self) -> EventStream:
        """Give every event from now on, of this run and of later ones, until ``close``; for ``for`` and ``async for``.

        Each call makes another stream, which no thread serves. One that is 10,000 events behind receives
        :class:`EventsMissed` in place of the oldest. Raises ImporterClosedError after ``close``. May be called from any
        thread.
        """
        self._process.check()
        with self._lock:
            if self._closed:
                raise ImporterClosedError("this importer was closed; open another one")
            return self._streams.add()

    def _tell(self, event: Event) -> None:
        """Queue an event for all that hear. Returns at once."""
        self._streams.put(event)
        self._listeners.put(event)

    @property
    def paused(self) -> bool:
        """Whether the importer rests: ``pause`` was called, and ``resume`` was not since."""
        return self._executors.switch.is_paused

    def pause(self) -> None:
        """Have the whole importer rest ("on air"): running jobs are stopped, and no run of a watch begins. Idempotent.

        Returns at once; within 200 ms nothing computes or reads any more, beside what the host itself asks the library.
        Runs say that they are paused, and may be started, cancelled and waited for. Worker processes are stopped
        (SIGSTOP), with their time limits, and go on where they were; one that was stopped for long may begin its file
        again, and one that is just being started rests when it is ready. In this process jobs rest at their next block
        of audio. In an executor of futures or of dask, and in one of the host, no job begins, and those that run come
        to their end. Until ``resume`` or ``close``.

        Raises ImporterClosedError after ``close``. May be called from any thread.
        """
        self._set_paused(paused=True)

    def resume(self) -> None:
        """Have the importer go on where it was, after ``pause``. Idempotent; returns at once. Raises as ``pause``."""
        self._set_paused(paused=False)

    def _set_paused(self, *, paused: bool) -> None:
        self._process.check()
        # Not the other lock: an undo that takes long must not keep a station off the air.
        with self._pause_lock:
            if self._closed:
                raise ImporterClosedError("this importer was closed; open another one")
            switch = self._executors.switch
            if switch.is_paused == paused:
                return
            if paused:
                switch.pause()
            else:
                switch.resume()
            self._system.pause_changed()
            if self._watch is not None:
                self._watch.wake()
            self._tell(ImporterPaused() if paused else ImporterResumed())

    def stop_listening(self, listener: Listener) -> None:
        """Call ``listener`` no more, and end its thread, after it has handled the events that wait for it.

        Does nothing for one that is none. A listener that does not return within ten seconds keeps its thread until it
        does. May be called from any thread, also by the listener itself.
        """
        self._listeners.remove(listener)

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._closed

    @property
    def current_run(self) -> Run | None:
        """The run that goes on, or that was the last one; None before the first. Also that of a watch."""
        return self._run

    def undo(self, run: int) -> Undone:
        """Remove what a run made, and restore what it changed; return, after COMMIT, what happened to its rows.

        ``run`` is the number of the newest run that changed anything; then the one before it can be undone, and so on.
        User values stay. Files on disk are not touched, and the next import makes the same again.

        Raises:
            UndoRefusedError: a newer run must be undone first, there is nothing to undo, the library no longer has
                the journal of the run, or a run is active.
            NotFoundError: there is no such run.
            LibraryUnavailableError: the library takes no writes at the moment; nothing was changed.
            ImporterClosedError: the importer was closed.

        """
        self._process.check()
        with self._lock:
            if self._closed:
                raise ImporterClosedError("this importer was closed; open another one")
            if self._run is not None and not self._run.done:
                raise UndoRefusedError("an import is running in this importer; wait for it or cancel it")
            undone = cast("Undone", self._system.library.ask(Undo(run_id(run)), UNDO_TIMEOUT_SECONDS))
            self._tell(RunUndone(undone))
            return undone

    def forget(self, forget: Forget) -> Forgotten:
        """Forget files with all that is known of them, as ``passagework forget`` does; return what is gone.

        It cannot be undone: ``library.forgettable`` tells before what it would be. Files on disk are not touched; for
        the next import, also of a watch, those that are there are new.

        Raises:
            NotFoundError: the library knows no file under a path; nothing was changed.
            RunUnderWayError: a run is active.
            LibraryUnavailableError: the library takes no writes; what was forgotten before stays forgotten.
            ImporterClosedError: the importer was closed.

        """
        self._process.check()
        with self._lock:
            if self._closed:
                raise ImporterClosedError("this importer was closed; open another one")
            if self._run is not None and not self._run.done:
                raise RunUnderWayError("an import is running in this importer; wait for it or cancel it")
            forgotten = cast("Forgotten", self._system.library.ask(ForgetFiles(forget), UNDO_TIMEOUT_SECONDS))
            self._tell(FilesForgotten(forget, forgotten))
            return forgotten

    def close(self) -> None:
        """Cancel the active run, drain, and release everything. Idempotent.

        A second call waits for the first; but it returns at once in a listener, whose end the first call waits for, and
        in the thread of the first call itself, whose signal handler may call it. In a fork of the process that opened
        the importer it does nothing: what there is to close is there.

        Raises LibraryError when the last batch could not be written; the next import analyses its files again.
        """
        if not self._process.is_this:
            return
        with self._lock:
            first, self._closed = not self._closed, True
            if first:
                self._closing_thread = threading.current_thread()
        if first:
            try:
                self._close()
            finally:
                self._has_closed.set()
        elif threading.current_thread() is not self._closing_thread and not self._listeners.calling:
            self._has_closed.wait()

    def _close(self) -> None:
        if self._door is not None:
            self._door.stop()
        try:
            self._end_all()
        finally:
            if self._door is not None:
                self._door.finish(at_once=True)

    def _end_all(self) -> None:
        if self._watch is not None:
            self._watch.stop()
            self._watch.ended_within(START_TIMEOUT_SECONDS)
        if self._run is not None and not self._run.done:
            self._run.cancel()
            if not self._run.ended_within(START_TIMEOUT_SECONDS):
                self._run.fail(ImporterClosedError("the importer was closed before the run had ended"))
        self._streams.end()
        if self._door is not None:
            # Before the actors stop: what others have asked for is done, and they get its report.
            self._door.finish()
        # Before the actors stop: a listener may still query the library.
        self._listeners.close()
        self._extensions.close()
        # The linker may wait for one of them.
        for source in self._evidence:
            source.close()
        # Before the last checkpoint, which waits for no reader.
        self._source.close()
        try:
            self._system.stop()
        except LibraryUnavailableError as error:
            # A reader is no reason to fail: everything is durable, and the next opening empties the WAL.
            if error.kind is not UnavailableKind.LOG_IN_USE:
                raise
            logger("importer").warning("log-left", detail=str(error))
        except NobodyThereError:
            # An actor died while another failed: the run has ended with the reason.
            if self._failure is None:
                raise

    def _commanded(self) -> Commanded:
        """Return what other processes may have done here. In the threads of the door."""
        return Commanded(
            edit=self._edit,
            report_plays=self._report_plays,
            undo=self.undo,
            forget=self.forget,
            add_documents=self._add_documents,
            clear_documents=self._clear_documents,
            start_if_idle=self._start_if_idle,
            settings_text=lambda: deciding_text(self._settings),
        )

    def _add_documents(self, documents: tuple[FlavorDocument, ...]) -> int:
        return cast("int", self._system.library.ask(AddDocuments(documents), ASK_TIMEOUT_SECONDS))

    def _clear_documents(self) -> int:
        return cast("int", self._system.library.ask(ClearDocuments(), ASK_TIMEOUT_SECONDS))

    def _start_if_idle(self, request: StartImport) -> Run | None:
        """Start a run that another process asked for; None while another one is active."""
        if self._run is not None and not self._run.done:
            return None
        try:
            return self.start(
                request.roots,
                retry_failed=request.retry_failed,
                reanalyze=request.reanalyze,
                subfolders=request.subfolders,
            )
        except RunUnderWayError:
            # A watch was quicker.
            return None

    def _edit(self, edits: tuple[Edit, ...]) -> tuple[Edited, ...]:
        """Store user values through the writer. Runs in the caller's thread."""
        edited = cast("tuple[Edited, ...]", self._system.library.ask(SetValues(edits), ASK_TIMEOUT_SECONDS))
        if edited:
            self._tell(ValuesSet(edited))
        return edited

    def _report_plays(self, report: PlayReport) -> tuple[Play, ...]:
        """Store what a host has played through the writer. Runs in the caller's thread."""
        return cast("tuple[Play, ...]", self._system.library.ask(ReportPlays(report), ASK_TIMEOUT_SECONDS))

    def _escalated(self, error: str, cause: Exception | None) -> None:
        """Handle an unrecoverable failure of the actors. Called in the supervisor's thread."""
        self._failure = cause if isinstance(cause, LibraryError) else RunFailedError(error)
        self._pass_on_failure()

    def _pass_on_failure(self) -> None:
        """End the run with the failure of the actors; either may exist first."""
        if self._failure is not None and self._run is not None:
            self._run.fail(self._failure)
        if self._failure is not None and self._watch is not None:
            self._watch.fail(self._failure)


def _sources_of_evidence(settings: Settings) -> "tuple[EvidenceExtension, ...]":
    names = settings.extensions.evidence
    if not names:
        return ()
    from passagework.workers.evidence.asking import EvidenceExtension as Extension  # noqa: PLC0415 - mostly unused

    return tuple(Extension(ExtensionId.parse(name)) for name in names)
