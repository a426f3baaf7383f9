"""The writer with its actors, and when it writes: for benchmarks that give it more than any import could."""

import itertools
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pykka

from passagework.actors.linker.linker import LinkerActor, LinkerParts
from passagework.actors.messages.library import Committed, NothingToCome, OpenRun, Rejected, RunOpened
from passagework.actors.messages.linker import Link
from passagework.actors.messages.session import LinkerAdvanced
from passagework.actors.runtime.clock import SystemClock
from passagework.actors.runtime.port import Port
from passagework.actors.runtime.scheduler import ThreadScheduler
from passagework.actors.system import ImportSystem, SystemParts, SystemRules

# What the model of an import decides by (simulation_model.py).
from passagework.actors.writer.flush_policy import FlushDecision, FlushPolicy, FlushRules
from passagework.domain.ids import RunId, RunRequestId, WriteId
from passagework.persistence.read.queries import KnownFiles, WaitingFiles
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.writes import BeginAttempt, StoreAnalysis

__all__ = ["FlushDecision", "FlushPolicy", "FlushRules", "Writer"]

PATIENCE_SECONDS = 300.0


class Writer:
    """The actors of an importer on one library, with a run open. What is acknowledged is told to two callbacks.

    ``on_committed`` hears the numbers that are durable, ``on_linked`` how many files' links are; both are called in one
    thread, that of the session's stand-in. ``decide`` is the linker's decision. ``batch`` messages make a transaction;
    None: the product's rules. ``thread`` and ``native_thread`` are those of the persistence actor. Safe in every
    thread.
    """

    def __init__(
        self,
        library: Path,
        on_committed: Callable[[Sequence[int]], None],
        on_linked: Callable[[int], None],
        decide: Callable[[Any], Any],
        batch: int | None = None,
    ) -> None:
        self.on_committed, self.on_linked = on_committed, on_linked
        self.refusal: str | None = None
        self.thread = self.native_thread = 0
        self._library = library
        self._opened = threading.Event()
        self._run: RunId | None = None
        rules = SystemRules() if batch is None else SystemRules(flush=FlushRules(max_messages=batch, max_bytes=1 << 40))
        self._system = ImportSystem(rules, SystemParts(os.fsencode(library), self._open, _NoExecutor, self._refused))
        self._system.start()
        self._scheduler = ThreadScheduler(SystemClock())
        self._session, self._linker = Port[Any]("session"), Port[Any]("linker")
        ports = self._system.library, self._session, self._linker
        parts = LinkerParts(*ports, self._system.pending_writes, self._scheduler, itertools.count(1), decide=decide)
        self._actors = (_Session.start(self), LinkerActor.start(Port("supervisor"), parts))
        for port, actor in zip((self._session, self._linker), self._actors, strict=True):
            port.bind(actor)
        self._system.library.tell(OpenRun(RunRequestId(1), "", "{}", (b"/music",), self._session))
        assert self._opened.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        """Drain the library and stop all actors."""
        for actor in self._actors:
            actor.stop()
        self._scheduler.close()
        self._system.stop()

    def attempt(self, number: int, analysis: Any) -> None:
        """Have the attempt at a file made durable."""
        self._store(number, BeginAttempt(self._run, analysis.path, analysis.stamp, alone=False, number=1))

    def store(self, number: int, analysis: Any) -> None:
        """Have an analysis stored."""
        self._store(number, StoreAnalysis(self._run, analysis))

    def link(self) -> None:
        """Have the linker link what waits."""
        self._linker.tell(Link(self._run))

    def nothing_to_come(self) -> None:
        """Say what the session says when its scan has ended: write the batch if all that is outstanding is in it."""
        self._system.library.tell(NothingToCome())

    def known_files(self, folder: bytes) -> None:
        """Ask what a scanner asks of each folder."""
        self._system.library.query(KnownFiles(folder))

    def waiting_files(self) -> None:
        """Ask what the linker asks."""
        self._system.library.query(WaitingFiles(100))

    def checkpoint_seconds(self) -> float:
        """Give how long the log was moved into the library so far."""
        accounts = self._system.library.writer().accounts
        return accounts.checkpoints.total if accounts else 0.0

    def _store(self, number: int, write: Any) -> None:
        self._system.pending_writes.add(1)
        self._system.library.store(write, WriteId(number), self._session)

    def _open(self) -> LibraryStore:
        self.thread, self.native_thread = threading.get_ident(), threading.get_native_id()
        return LibraryStore(self._library)

    def _refused(self, reason: str, _error: Exception | None = None) -> None:
        self.refusal = reason

    def hear(self, message: object) -> None:
        """Take what the session would be told. Called in the session's thread."""
        match message:
            case RunOpened(run):
                self._run = run
                self._opened.set()
            case Committed(write_ids):
                self._system.pending_writes.add(-len(write_ids))
                self.on_committed(write_ids)
            case LinkerAdvanced(files):
                self.on_linked(files)
            case Rejected(_, failure):
                self._refused(failure.detail)


class _Session(pykka.ThreadingActor):
    use_daemon_thread = True

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer

    def on_receive(self, message: object) -> None:
        self._writer.hear(message)


class _NoExecutor:
    """Stands where the worker processes are: the results are there already."""

    def close(self) -> None:
        pass
