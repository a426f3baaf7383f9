"""The process of ``passagework serve``: an importer, what follows its roots, and the service, until a signal ends them.

Signal handlers only write a byte to a pipe, which the main thread reads. The second signal to end leaves at once.
"""

import logging
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

from passagework.api.importer import Importer
from passagework.config.settings import Settings
from passagework.domain.errors import NothingToFollowError, PassageworkError, WatchFailedError, WatchFolderMissingError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.library_update import LibraryUpdate
from passagework.logs import ROOT, logger
from passagework.service.extra import check_extra
from passagework.service.notify import SystemdNotifier
from passagework.service.reload import compare, without_restart
from passagework.service.service import Service, required_token

if TYPE_CHECKING:
    from passagework.api.watch import Watch

DRAIN_SECONDS: Final = 1.5
"""How long the end may take: stored results are safe, and what is not stored is analysed again."""

STATUS_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 10.0
"""How long the actors may take to answer before the watchdog is no longer fed."""

WATCH_AGAIN_SECONDS: Final = 60.0
"""After this time a watch is tried again that could not begin, or has ended."""

UPDATE_SECONDS: Final = 60.0

ReadSettings = Callable[[], Settings]
R = TypeVar("R")


class Daemon:
    """Runs in the main thread. ``read_settings`` reads the configuration again."""

    def __init__(self, settings: Settings, read_settings: ReadSettings, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._read_settings = read_settings
        self._notify = SystemdNotifier(environ)
        self._log = logger("serve")
        self._signals: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._importer: Importer | None = None
        self._watch: Watch | None = None
        self._service: Service | None = None
        self._watch_failure: str | None = None
        self._ending = False

    def run(self) -> NoReturn:
        """Serve until a signal ends it, and end the process. Sets its signal handlers.

        Raises what keeps it from beginning, or from going on.
        """
        check_extra()
        required_token(self._settings.serve)
        with self._handling_signals():
            self._begin()
            try:
                self._wait()
            finally:
                self._notify.stopping()
                self._end()
            # Python would wait for threads of the pools, one of which may be waiting for a disk.
            self._leave()

    def _begin(self) -> None:
        self._importer = self._open(self._settings)
        self._service = Service(self._importer, self._settings, set_log_level=_set_level, log_level=_level)
        try:
            self._service.start()
            self._follow()
        except BaseException:
            self._end()
            raise
        self._notify.ready()
        self._log.info("ready", port=self._service.port, pid=os.getpid())

    def _open(self, settings: Settings) -> Importer:
        """Open the importer, in a thread: a library of an earlier version is updated first, which takes minutes.

        A signal to end does not wait for that. The process leaves, and the next one begins the update anew.
        """

        def updating(update: LibraryUpdate) -> None:
            self._notify.longer(UPDATE_SECONDS)
            self._notify.status(f"updating the library: {update.stage}, {update.done} of {update.total}")

        return self._beside_signals(lambda: Importer(settings, on_update=updating))

    def _beside_signals(self, call: Callable[[], R]) -> R:
        """Call in a thread, and return or raise what it does. A signal to end is not kept waiting by it."""
        came_of_it: queue.SimpleQueue[Callable[[], R]] = queue.SimpleQueue()

        def work() -> None:
            try:
                result = call()
                came_of_it.put(lambda: result)
            except BaseException as error:  # noqa: BLE001 - raised again in the main thread
                came_of_it.put(_raising(error))
            # Whoever waits for a signal looks again.
            self._signals.put(_DONE)

        threading.Thread(target=work, name="passagework-beside", daemon=True).start()
        later: list[int] = []
        while (number := self._signals.get()) != _DONE:
            if number in _ENDING:
                self._log.warning("left-at-once", reason="the library was being opened or closed; nothing was lost")
                self._leave()
            later.append(number)
        for number in later:
            self._signals.put(number)
        return came_of_it.get()()

    def _follow(self) -> None:
        """Begin to follow the roots. A root that is not there is tried again: a disk may be mounted later.

        Raises what an importer does that cannot go on; systemd starts another process then.
        """
        assert self._importer is not None
        assert self._service is not None
        self._watch, self._watch_failure = None, None
        if not self._settings.scan.roots:
            self._log.warning("nothing-followed", reason="scan.roots names no folder")
        else:
            try:
                self._watch = self._importer.watch()
            except NothingToFollowError as error:
                self._log.info("nothing-followed", reason=str(error))
            except WatchFolderMissingError as error:
                self._watch_failure = f"{error.code}: {error}"
                self._log.error("watch-not-begun", code=error.code, reason=str(error))
        self._service.take_watch(self._watch)

    def _wait(self) -> None:
        """Take signals, feed the watchdog, and tell systemd what goes on, until a signal ends it."""
        beats = self._notify.watchdog_seconds
        interval = min(STATUS_SECONDS, beats or STATUS_SECONDS)
        waited = 0.0
        while True:
            number = self._take_signal(interval)
            if number in _ENDING:
                return
            if number == signal.SIGHUP:
                self._reload()
                continue
            if beats is not None and self._all_well():
                self._notify.alive()
            self._notify.status(self._words())
            waited += interval
            if waited >= WATCH_AGAIN_SECONDS:
                waited = 0.0
                self._follow_again()

    def _follow_again(self) -> None:
        if self._watch is not None and self._watch.done:
            try:
                self._watch.wait()
            except WatchFailedError as error:
                self._log.error("watch-ended", code=error.code, reason=str(error))
            self._follow()
        elif self._watch_failure is not None:
            self._follow()

    def _all_well(self) -> bool:
        """Tell whether the loop and the actors answer. They are asked in a thread: one that hangs must not hang us."""
        service, importer = self._service, self._importer
        if service is None or importer is None or not service.answers(ANSWER_SECONDS):
            return False
        answered = threading.Event()

        def ask() -> None:
            with suppress(PassageworkError):
                importer.library.writer()
                answered.set()

        threading.Thread(target=ask, name="passagework-watchdog", daemon=True).start()
        return answered.wait(ANSWER_SECONDS)

    def _words(self) -> str:
        run = None if self._importer is None else self._importer.current_run
        if self._watch_failure is not None:
            return self._watch_failure
        if run is None or run.done:
            return "following the roots" if self._watch is not None else "ready"
        progress = run.progress
        paused = "" if progress.paused is None else f", paused: {progress.paused}"
        return f"run {run.number}: {progress.phase}, {progress.files_done} of {progress.files_expected} files{paused}"

    # Reading the configuration again

    def _reload(self) -> None:
        """Read the configuration again, and go on with it as far as that is possible; a wrong one changes nothing."""
        self._notify.reloading()
        try:
            self._take_settings(self._read_settings())
        except PassageworkError as error:
            self._log.error("not-reloaded", code=error.code, reason=str(error))
            if self._importer is not None and self._importer.closed:
                raise
        finally:
            if not self._ending:
                self._notify.ready()

    def _take_settings(self, read: Settings) -> None:
        assert self._service is not None
        changes = compare(self._settings, read)
        settings = without_restart(self._settings, read)
        token = required_token(settings.serve)
        if changes.restart:
            self._log.warning("needs-restart", keys=list(changes.restart))
        before, self._settings = self._settings, settings
        if changes.importer:
            try:
                self._open_again(settings)
            except PassageworkError:
                # As it was before; if that is impossible as well, another process has to begin.
                self._settings = before
                self._open_again(before)
                raise
        _set_level(settings.log.level)
        self._service.take_settings(settings, token)
        if not changes.importer and self._watch is not None:
            self._watch.rescan()
        self._log.info("reloaded", at_once=list(changes.at_once), importer_opened_again=list(changes.importer))

    def _open_again(self, settings: Settings) -> None:
        """Close the importer and open another one. Its run is cancelled; the new watch takes it up again."""
        assert self._importer is not None
        assert self._service is not None
        self._beside_signals(self._importer.close)
        self._importer = self._open(settings)
        self._service.take_importer(self._importer, None)
        self._follow()

    # The end

    def _end(self) -> None:
        """End everything within two seconds; what hangs is left behind with the process."""
        self._ending = True
        done = threading.Event()

        def close() -> None:
            try:
                if self._service is not None:
                    self._service.stop()
                if self._importer is not None:
                    self._importer.close()
            except PassageworkError as error:
                self._log.error("not-closed", code=error.code, reason=str(error))
            finally:
                done.set()

        closing = threading.Thread(target=close, name="passagework-closing", daemon=True)
        closing.start()
        if done.wait(DRAIN_SECONDS):
            self._log.info("ended")
            return
        self._log.warning("left-at-once", reason="something did not end in time; what was stored is safe")
        self._leave()

    def _leave(self) -> NoReturn:
        """End the process without waiting for anything: the library is always consistent, workers die with it."""
        self._notify.stopping()
        logging.shutdown()
        os._exit(ExitCode.OK)

    # Signals

    def _take_signal(self, seconds: float) -> int | None:
        try:
            return self._signals.get(timeout=seconds) if seconds else self._signals.get_nowait()
        except queue.Empty:
            return None

    @contextmanager
    def _handling_signals(self) -> Iterator[None]:
        asked = False

        def end(number: int, _frame: FrameType | None) -> None:
            nonlocal asked
            if asked:
                os._exit(ExitCode.INTERRUPTED)
            asked = True
            self._signals.put(number)

        def reload(number: int, _frame: FrameType | None) -> None:
            self._signals.put(number)

        handlers = {signal.SIGTERM: end, signal.SIGINT: end, signal.SIGHUP: reload}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


_DONE: Final = 0
"""Put among the signals when what was done beside them is over."""

_ENDING: Final = frozenset({signal.SIGTERM, signal.SIGINT})


def _raising(error: BaseException) -> Callable[[], NoReturn]:
    def raise_it() -> NoReturn:
        raise error

    return raise_it


def _set_level(level: str) -> None:
    ROOT.setLevel(level.upper())


def _level() -> str:
    return logging.getLevelName(ROOT.level).lower()
