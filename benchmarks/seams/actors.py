"""The writer in its wiring, and when it writes: for benchmarks that give it more than any import could.

This is the only file of the benchmarks that knows actors, their messages and their ports.
"""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pykka

from passagework.actors.messages.acknowledgements import Committed, Rejected, RunOpened
from passagework.actors.messages.library import OpenRun
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import Port
from passagework.actors.system import ImportSystem, SystemParts, SystemRules
from passagework.actors.writer.flush_policy import FlushDecision, FlushPolicy, FlushRules
from passagework.domain.ids import RunId, RunRequestId, WriteId
from passagework.persistence.read.queries import KnownFiles, WaitingFiles
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.writes import BeginAttempt, StoreAnalysis

__all__ = ["PATIENCE_SECONDS", "FlushDecision", "FlushPolicy", "FlushRules", "Writer", "added_to_batch"]

PATIENCE_SECONDS = 300.0
FILES_PER_PULL = 100
"""What the linker pulls at a time."""


def added_to_batch(policy: FlushPolicy, in_batch: int, outstanding: int) -> FlushDecision:
    """Let the product decide after a message of a model joined a batch that then has ``in_batch`` of them."""
    assert in_batch <= outstanding
    return policy.added(1, more_to_come=in_batch < outstanding)


class Writer:
    """The persistence actor in an importer's wiring, with a run open. What is acknowledged is told to two callbacks.

    ``on_stored`` hears the numbers of messages that are durable, ``on_linked`` how many files were linked with them,
    both in the thread of the session's stand-in. ``batch`` messages make a transaction; None: the product's rules.
    ``thread`` and ``native_thread`` are those of the
    persistence actor. Safe in every thread.
    """

    def __init__(
        self,
        library: Path,
        on_stored: Callable[[Sequence[int]], None],
        on_linked: Callable[[int], None],
        batch: int | None = None,
    ) -> None:
        self.refusal: str | None = None
        self.thread = self.native_thread = 0
        self._path = library
        self._on_stored, self._on_linked = on_stored, on_linked
        self._run = RunId(0)
        self._opened = threading.Event()
        rules = SystemRules() if batch is None else SystemRules(flush=FlushRules(max_messages=batch, max_bytes=1 << 40))
        self._system = ImportSystem(
            rules,
            SystemParts(
                library_path=os.fsencode(library),
                open_store=self._open,
                make_executor=_NoExecutor,
                escalate=self._refused,
            ),
        )
        self._system.start()
        self._session = Port[Any](ActorName.SESSION)
        self._actor = _StandIn.start(self._hear)
        self._session.bind(self._actor)
        self._system.library.tell(OpenRun(RunRequestId(1), "", "{}", (b"/music",), self._session))
        assert self._opened.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        """Drain the library and stop all actors."""
        self._actor.stop()
        self._system.stop()

    def attempt(self, number: int, analysis: Any, *, more: bool) -> None:
        """Have the attempt at a file made durable; ``more``: another message will follow."""
        self._store(number, BeginAttempt(self._run, analysis.path, analysis.stamp, alone=False, number=1), more=more)

    def store(self, number: int, analysis: Any, *, more: bool) -> None:
        """Have an analysis stored; ``more``: another message will follow."""
        self._store(number, StoreAnalysis(self._run, analysis), more=more)

    def known_files(self, folder: bytes) -> None:
        """Ask what a scanner asks of each folder."""
        self._system.library.query(KnownFiles((folder,)))

    def waiting_files(self) -> Sequence[Any]:
        """Ask what the linker asks."""
        return self._system.library.query(WaitingFiles(FILES_PER_PULL))

    def _store(self, number: int, write: Any, *, more: bool) -> None:
        self._system.library.store(write, WriteId(number), self._session, more=more)

    def _hear(self, message: object) -> None:
        match message:
            case RunOpened(run):
                self._run = run
                self._opened.set()
            case Committed(write_ids, linked):
                self._on_stored(write_ids)
                self._on_linked(len(linked))
            case Rejected(_, failure):
                self._refused(failure.detail)

    def _open(self) -> LibraryStore:
        self.thread, self.native_thread = threading.get_ident(), threading.get_native_id()
        return LibraryStore(self._path)

    def _refused(self, reason: str, _error: Exception | None = None) -> None:
        self.refusal = reason


class _StandIn(pykka.ThreadingActor):
    """Stands where one of the product's actors is."""

    use_daemon_thread = True

    def __init__(self, hear: Callable[[object], None]) -> None:
        super().__init__()
        self._hear = hear

    def on_receive(self, message: object) -> None:
        self._hear(message)


class _NoExecutor:
    """Stands where the worker processes are: the results are there already."""

    def close(self) -> None:
        pass
