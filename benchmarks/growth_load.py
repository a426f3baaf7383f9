"""A library that is written to as an import writes to it: the product's own actors, with results that were recorded.

The thread that calls ``begin`` stands for scanner and workers, one actor for the session; the linker is the product's.
They share the 128 credits and only tell; what is acknowledged after COMMIT comes back to the actors.
"""

import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pykka
from writer.messages import analyses, link_each_passage

from passagework.actors.linker.linker import LinkerActor, LinkerParts
from passagework.actors.messages.acknowledgements import Committed, Rejected, RunOpened
from passagework.actors.messages.library import OpenRun
from passagework.actors.messages.linker import Link
from passagework.actors.messages.session import LinkerAdvanced
from passagework.actors.runtime.clock import SystemClock
from passagework.actors.runtime.port import Port
from passagework.actors.runtime.scheduler import ThreadScheduler
from passagework.actors.session.parts import SessionRules
from passagework.actors.system import ImportSystem, SystemParts, SystemRules
from passagework.domain.analysis import FileAnalysis
from passagework.domain.ids import RunId, RunRequestId, WriteId
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.writes import BeginAttempt, StoreAnalysis

if TYPE_CHECKING:
    from passagework.actors.runtime.messages import Ping

PATIENCE_SECONDS = 300.0


class LoadFailedError(Exception):
    """The library refused something, or took nothing for a long time."""


@dataclass(frozen=True)
class Commit:
    """What the log says of one transaction, and when it said so on the monotonic clock."""

    at: float
    messages: int
    prepare: float
    transaction: float


class CommitLog(logging.Handler):
    """Keeps what one persistence actor logs of its transactions, until it is taken."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._thread = 0
        self._native_thread = 0
        self._commits: list[Commit] = []

    def this_thread(self) -> None:
        """Keep what this thread logs."""
        self._thread = threading.get_ident()
        self._native_thread = threading.get_native_id()

    def bytes_written(self) -> int:
        """Give the bytes that the actor has handed to write calls so far: log, library, and its few lines of text."""
        counters = Path(f"/proc/self/task/{self._native_thread}/io").read_text("ascii").split()
        return int(counters[counters.index("wchar:") + 1])

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "passagework", {})
        if event.get("event") == "committed" and record.thread == self._thread:
            spent = event["prepare_seconds"], event["transaction_seconds"]
            self._commits.append(Commit(time.monotonic(), event["messages"], *spent))

    def take(self) -> list[Commit]:
        taken, self._commits = self._commits, []
        return taken


class ImportLoad:
    """Gives files to a library as an import does: an attempt, its result when that is durable, then the links."""

    def __init__(self, system: ImportSystem, recorded: Sequence[FileAnalysis], passages: int) -> None:
        self.library = system.library
        self._recorded = list(recorded)
        self._passages = passages
        self._write_ids = itertools.count(1)
        self._credits = threading.Semaphore(SessionRules().credits)
        self._begun: dict[WriteId, FileAnalysis] = {}
        self._changed = threading.Condition()
        self._run: RunId | None = None
        self._refusal: str | None = None
        self._told = self._linked = 0
        self.stored = 0
        self._scheduler = ThreadScheduler(SystemClock())
        self._session: Port[Ping] = Port("session")
        self._linker: Port[Ping] = Port("linker")
        ports = (self.library, self._session, self._linker)
        parts = LinkerParts(*ports, self._scheduler, itertools.count(1), decide=link_each_passage)
        self._actors = (Session.start(self), LinkerActor.start(Port("supervisor"), parts))
        for port, actor in zip((self._session, self._linker), self._actors, strict=True):
            port.bind(actor)
        self.library.tell(OpenRun(RunRequestId(1), "", "{}", (b"/music",), self._session))
        self._wait_until(lambda: self._run is not None)

    def close(self) -> None:
        for actor in self._actors:
            actor.stop()
        self._scheduler.close()

    def begin(self, number: int) -> None:
        """Wait for a credit and send the first message of a file."""
        if not self._credits.acquire(timeout=PATIENCE_SECONDS) or self._refusal:
            raise LoadFailedError(self._refusal or f"no credit came back for {PATIENCE_SECONDS:.0f} s")
        (analysis,) = analyses(self._recorded, 1, self._passages, number)
        write_id = WriteId(next(self._write_ids))
        self._begun[write_id] = analysis
        self._told += 1
        attempt = BeginAttempt(self._run, analysis.path, analysis.stamp, alone=False, number=1)
        self.library.store(attempt, write_id, self._session)

    def settle(self) -> None:
        """Wait until everything that was begun is stored and linked."""
        self._wait_until(lambda: self._linked >= self._told)

    def on_opened(self, run: RunId) -> None:
        """Take the number of the run. This and the following are called in the session's thread."""
        with self._changed:
            self._run = run
            self._changed.notify_all()

    def on_durable(self, write_ids: Sequence[WriteId]) -> None:
        stored = 0
        for write_id in write_ids:
            if (analysis := self._begun.pop(write_id, None)) is not None:
                write = StoreAnalysis(self._run, analysis)
                own = WriteId(next(self._write_ids))
                self.library.store(write, own, self._session)
            else:
                stored += 1
        if stored:
            self.stored += stored
            self._credits.release(stored)
            self._linker.tell(Link(self._run))

    def on_linked(self, files: int) -> None:
        with self._changed:
            self._linked += files
            self._changed.notify_all()

    def on_refused(self, reason: str) -> None:
        with self._changed:
            self._refusal = reason
            self._changed.notify_all()

    def _wait_until(self, reached: Callable[[], bool]) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: reached() or self._refusal, PATIENCE_SECONDS) or self._refusal:
                raise LoadFailedError(self._refusal or f"nothing came for {PATIENCE_SECONDS:.0f} s")


class Session(pykka.ThreadingActor):
    """Hears what has become durable."""

    use_daemon_thread = True

    def __init__(self, load: ImportLoad) -> None:
        super().__init__()
        self._load = load

    def on_receive(self, message: object) -> None:
        match message:
            case RunOpened(run):
                self._load.on_opened(run)
            case Committed(write_ids):
                self._load.on_durable(write_ids)
            case LinkerAdvanced(files):
                self._load.on_linked(files)
            case Rejected(_, failure):
                self._load.on_refused(failure.detail)


@contextmanager
def import_load(path: Path, recorded: Sequence[FileAnalysis], passages: int) -> Iterator[tuple[ImportLoad, CommitLog]]:
    """Start the actors of an import on a library, and drain and stop them at the end."""
    log = CommitLog()

    def open_store() -> LibraryStore:
        log.this_thread()
        return LibraryStore(path)

    system = ImportSystem(
        SystemRules(),
        SystemParts(
            library_path=os.fsencode(path), open_store=open_store, make_executor=NoExecutor, escalate=_escalate
        ),
    )
    logging.getLogger("passagework").addHandler(log)
    system.start()
    load = ImportLoad(system, recorded, passages)
    try:
        yield load, log
    finally:
        load.close()
        system.stop()
        logging.getLogger("passagework").removeHandler(log)


class NoExecutor:
    """Stands where the worker processes are: the results are there already."""

    def close(self) -> None:
        pass


def _escalate(error: str, _cause: Exception | None) -> NoReturn:
    raise LoadFailedError(error)
