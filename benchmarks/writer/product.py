"""Passagework as a contender: the product's own wiring, told the messages by 16 producers under its credits."""

import gc
import logging
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

import pykka

from passagework.actors.linker.linker import LinkerActor, LinkerParts
from passagework.actors.messages.library import Committed, NothingToCome, OpenRun, RunOpened
from passagework.actors.messages.linker import Link
from passagework.actors.messages.session import LinkerAdvanced
from passagework.actors.runtime.clock import SystemClock
from passagework.actors.runtime.port import Port
from passagework.actors.runtime.scheduler import ThreadScheduler
from passagework.actors.system import ImportSystem, SystemParts, SystemRules
from passagework.actors.writer.flush_policy import FlushRules
from passagework.domain.analysis import FileAnalysis
from passagework.domain.ids import RunId, RunRequestId, WriteId
from passagework.domain.links import FileLinks
from passagework.domain.waiting import WaitingFile
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.writes import StoreAnalysis
from passagework.workers.inline_executor import InlineExecutor
from writer.counting import Counter, Counts
from writer.credits import Credits
from writer.messages import link_each_passage

PRODUCERS = 16
CREDITS = 128
DEADLINE_SECONDS = 600.0


@dataclass
class Outcome:
    """What a run of the product cost, from the first message told to the last one acknowledged.

    ``longest_wait``: from handing a file over until its producer could hand over the next one. ``longest_ack``: until
    its analysis was acknowledged; ``longest_link``: until its links were. All in seconds. ``batches``: what the
    persistence actor logs of each.
    """

    seconds: float = 0.0
    longest_wait: float = 0.0
    longest_ack: float = 0.0
    longest_link: float = 0.0
    counts: Counts = field(default_factory=Counts)
    batches: list[dict[str, Any]] = field(default_factory=list)


class Recipient(pykka.ThreadingActor):
    """Stands where the session stands: hears of what is durable, returns credits, and has what waits linked."""

    use_daemon_thread = True

    def __init__(self, run: "ProductRun") -> None:
        super().__init__()
        self._run = run

    def on_receive(self, message: object) -> None:
        match message:
            case Committed(write_ids):
                self._run.acknowledged(write_ids)
            case RunOpened(run):
                self._run.opened(run)
            case LinkerAdvanced(files):
                self._run.linked(files)
            case _:
                raise AssertionError(message)


class ProductRun:
    """One run of the product over one library."""

    def __init__(
        self,
        library: Path,
        messages: Sequence[FileAnalysis],
        rules: FlushRules,
        credits_: int,
        counter: Counter | None = None,
    ) -> None:
        self._messages = messages
        self._numbers = {message.path: number for number, message in enumerate(messages)}
        self._counter = counter or Counter()
        self._credits = Credits(credits_)
        self._handed = [0.0] * len(messages)
        self._waits = [0.0] * PRODUCERS
        self._decided: deque[int] = deque()
        self._longest_ack = 0.0
        self._longest_link = 0.0
        self._left = len(messages)
        self._in_flight_at_most = credits_
        self._unlinked = 0
        self._run_opened, self._done = threading.Event(), threading.Event()
        self._run = RunId(0)
        self._port: Port[Any] = Port("recipient")
        self._linker: Port[Any] = Port("linker")
        self._system = ImportSystem(
            SystemRules(flush=rules),
            SystemParts(os.fsencode(library), lambda: LibraryStore(library), InlineExecutor, _escalate),
        )

    def run(self, *, link: bool) -> Outcome:
        """Store all messages, and their links if asked, and wait for the last acknowledgement."""
        outcome = Outcome()
        self._unlinked = len(self._messages) if link else 0
        recipient = _started(Recipient, self)
        self._port.bind(recipient)
        self._system.start()
        scheduler = ThreadScheduler(SystemClock())
        linker = self._start_linker(scheduler)
        try:
            self._system.library.tell(OpenRun(RunRequestId(1), "", "", (b"/music",), self._port))
            assert self._run_opened.wait(DEADLINE_SECONDS)
            with _batches_logged(outcome.batches):
                before = self._counter.read()
                outcome.seconds = self._timed()
                outcome.counts = self._counter.read().since(before)
        finally:
            linker.stop()
            scheduler.close()
            self._system.stop()
            recipient.stop()
        outcome.longest_wait = max(self._waits)
        outcome.longest_ack, outcome.longest_link = self._longest_ack, self._longest_link
        return outcome

    def _start_linker(self, scheduler: ThreadScheduler) -> "pykka.ActorRef[pykka.Actor]":
        parts = LinkerParts(
            self._system.library,
            self._port,
            self._linker,
            self._system.pending_writes,
            scheduler,
            count(1),
            decide=self._decide,
        )
        linker = _started(LinkerActor, Port("supervisor"), parts)
        self._linker.bind(linker)
        return linker

    def _timed(self) -> float:
        # The messages were made beforehand; a daemon does not carry that many about for the collector to look through.
        gc.collect()
        gc.freeze()
        producers = [threading.Thread(target=self._produce, args=(number,)) for number in range(PRODUCERS)]
        began = perf_counter()
        for producer in producers:
            producer.start()
        assert self._done.wait(DEADLINE_SECONDS)
        seconds = perf_counter() - began
        for producer in producers:
            producer.join()
        return seconds

    def _produce(self, producer: int) -> None:
        library, pending_writes = self._system.library, self._system.pending_writes
        for number in range(producer, len(self._messages), PRODUCERS):
            came = perf_counter()
            self._credits.take()
            pending_writes.add(1)
            self._handed[number] = perf_counter()
            library.store(StoreAnalysis(self._run, self._messages[number]), WriteId(number), self._port)
            self._waits[producer] = max(self._waits[producer], perf_counter() - came)

    def _decide(self, waiting: WaitingFile) -> FileLinks:
        """Decide in the linker's thread; its messages become durable in the order of the decisions."""
        self._decided.append(self._numbers[waiting.path])
        return link_each_passage(waiting)

    # In the recipient's thread

    def opened(self, run: RunId) -> None:
        self._run = run
        self._run_opened.set()

    def acknowledged(self, write_ids: tuple[WriteId, ...]) -> None:
        now = perf_counter()
        self._longest_ack = max(self._longest_ack, *(now - self._handed[write_id] for write_id in write_ids))
        self._system.pending_writes.add(-len(write_ids))
        self._credits.give_back(len(write_ids))
        self._left -= len(write_ids)
        if 0 < self._left < self._in_flight_at_most:
            # As the session does when its scan has ended.
            self._system.library.tell(NothingToCome())
        if self._unlinked:
            self._linker.tell(Link(self._run))
        self._end_if_done()

    def linked(self, files: int) -> None:
        now = perf_counter()
        for _ in range(files):
            self._longest_link = max(self._longest_link, now - self._handed[self._decided.popleft()])
        self._unlinked -= files
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self._left <= 0 and self._unlinked <= 0:
            self._done.set()


def _started(actor: type[pykka.Actor], *parts: object) -> "pykka.ActorRef[pykka.Actor]":
    return actor.start(*parts)


@contextmanager
def _batches_logged(batches: list[dict[str, Any]]) -> Iterator[None]:
    """Collect the fields of the persistence actor's event "committed"."""

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            event: dict[str, Any] = getattr(record, "passagework", {})
            if event.get("event") == "committed":
                batches.append(event)

    log, collector = logging.getLogger("passagework"), Collector()
    log.addHandler(collector)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(collector)
        log.setLevel(logging.NOTSET)


def _escalate(reason: str, error: Exception | None) -> None:
    raise AssertionError(reason) from error
