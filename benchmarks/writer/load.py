"""Gives a library files as an import does: recorded results, under the credits of the product, then their links.

Whoever calls ``give`` stands for scanner and workers. What is acknowledged after COMMIT comes back in the thread of the
session (seams/actors.py). Links come with the analysis, as they do where no service is asked.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from recorded_messages import Analysis
from seams.actors import PATIENCE_SECONDS, Writer

from writer.credits import CREDITS, Credits, LoadFailedError


@dataclass(frozen=True)
class Commit:
    """What the log says of one transaction: the messages in it, and seconds."""

    messages: int
    prepare: float
    transaction: float


@dataclass(frozen=True)
class Window:
    """What it took to store and link some files. ``written``: bytes that the actor handed to write calls."""

    files: int
    wall: float
    cpu: float
    written: int
    commits: list[Commit]


class CommitLog(logging.Handler):
    """Keeps what one persistence actor logs of its transactions, until it is taken."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.thread = 0
        self._commits: list[Commit] = []

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "passagework", {})
        if event.get("event") == "committed" and record.thread == self.thread:
            self._commits.append(Commit(event["messages"], event["prepare_seconds"], event["transaction_seconds"]))

    def take(self) -> list[Commit]:
        taken, self._commits = self._commits, []
        return taken


class Load:
    """A library that files are given to. ``give`` may be called in many threads.

    ``attempts``: each file's attempt is made durable before its result is sent. ``link``: the results are linked.
    ``longest_wait``, ``longest_ack``: seconds from handing a file over until its giver might hand the next one over,
    and until its analysis was acknowledged, with its links.
    """

    def __init__(
        self,
        library: Path,
        *,
        attempts: bool = False,
        link: bool = True,
        in_flight: int = CREDITS,
        batch: int | None = None,
    ) -> None:
        self.library = library
        self.log = CommitLog()
        self.stored = 0
        self.longest_wait = self.longest_ack = 0.0
        self._attempts, self._link = attempts, link
        self._credits = Credits(in_flight)
        self._changed = threading.Condition()
        self._given = self._linked = 0
        self._handed: dict[int, float] = {}
        self._begun: dict[int, Analysis] = {}
        self.writer = Writer(library, self._on_stored, self._on_linked, batch)
        self.log.thread = self.writer.thread

    def give(self, analysis: Analysis, *, more: bool = True) -> None:
        """Wait for a credit and send the first message of a file: file n has the messages 2n and 2n + 1.

        ``analysis`` is what a worker ships. ``more``: this thread will give another one.
        """
        came = time.perf_counter()
        self._credits.take()
        if self.writer.refusal:
            raise LoadFailedError(self.writer.refusal)
        with self._changed:
            number = 2 * self._given
            self._given += 1
        self._handed[number] = time.perf_counter()
        if self._attempts:
            self._begun[number + 1] = analysis
            self.writer.attempt(number + 1, analysis, more=more)
        else:
            self.writer.store(number, analysis, more=more)
        self.longest_wait = max(self.longest_wait, time.perf_counter() - came)

    def settle(self) -> None:
        """Wait until everything that was given is stored, and linked if that is wanted."""
        with self._changed:
            while self.stored < self._given or (self._link and self._linked < self._given):
                if not self._changed.wait(PATIENCE_SECONDS) or self.writer.refusal:
                    raise LoadFailedError(self.writer.refusal or f"nothing came for {PATIENCE_SECONDS:.0f} s")

    def window(self, messages: Iterable[Analysis]) -> Window:
        """Give all these, as workers ship them, and settle; say what that took."""
        self.log.take()
        written, given = self._bytes_written(), self._given
        begin, cpu = time.monotonic(), time.process_time()
        waiting = iter(messages)
        message = next(waiting, None)
        while message is not None:
            following = next(waiting, None)
            self.give(message, more=following is not None)
            message = following
        self.settle()
        wall, cpu = time.monotonic() - begin, time.process_time() - cpu
        return Window(self._given - given, wall, cpu, self._bytes_written() - written, self.log.take())

    def _bytes_written(self) -> int:
        counters = Path(f"/proc/self/task/{self.writer.native_thread}/io").read_text("ascii").split()
        return int(counters[counters.index("wchar:") + 1])

    # In the session's thread

    def _on_stored(self, numbers: Sequence[int]) -> None:
        now = time.perf_counter()
        stored = [number for number in numbers if number % 2 == 0]
        for number in numbers:
            if number % 2:
                self.writer.store(number - 1, self._begun.pop(number), more=bool(self._begun))
        for number in stored:
            self.longest_ack = max(self.longest_ack, now - self._handed.pop(number))
        self._credits.give_back(len(stored))
        with self._changed:
            self.stored += len(stored)
            self._changed.notify_all()

    def _on_linked(self, files: int) -> None:
        with self._changed:
            self._linked += files
            self._changed.notify_all()


@contextmanager
def load_on(library: Path, **how: object) -> Iterator[Load]:
    """Start the actors on a library, log what they do, and drain and stop them at the end."""
    log, level = logging.getLogger("passagework"), logging.getLogger("passagework").level
    load = Load(library, **how)
    log.addHandler(load.log)
    log.setLevel(level if log.isEnabledFor(logging.INFO) else logging.INFO)
    try:
        yield load
    finally:
        load.writer.close()
        log.removeHandler(load.log)
        log.setLevel(level)
