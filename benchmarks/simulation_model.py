"""A discrete-event model of an import: scanner, session, workers and the writer, with the rules of the product.

Time is in seconds. CPU is shared: each task that computes gets a whole core, or its part where there are fewer cores
than tasks. The importing process computes one thing at a time (Python's lock), each worker too. A transaction holds the
writer and no core. The batch is written by the product's own ``FlushPolicy``.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from passagework.actors.writer.flush_policy import FlushDecision, FlushPolicy, FlushRules

FOUND_SHARE = 0.3
"""Part of the importing process's work for a file that comes before its analysis."""

_ENOUGH = 1e-9


@dataclass(frozen=True)
class Costs:
    """What was measured: seconds of CPU but for ``start`` and ``transaction``, which are waited for."""

    worker_file: float
    worker_audio: float
    main_file: float
    transaction: float = 0.003
    start: float = 0.0


@dataclass(frozen=True)
class Machine:
    """Where the import runs; of a core there may be a part. ``credits`` and ``flush`` are the product's defaults."""

    cores: float
    workers: int
    credits: int = 128
    flush: FlushRules = field(default_factory=FlushRules)


@dataclass
class Outcome:
    """What came of it: seconds from start to the last COMMIT, and how busy everybody was."""

    seconds: float = 0.0
    stored: int = 0
    transactions: int = 0
    most_in_flight: int = 0
    worker_seconds: float = 0.0
    main_seconds: float = 0.0
    writer_seconds: float = 0.0


class _Cores:
    """Tasks that compute, all at the same rate."""

    def __init__(self, cores: float) -> None:
        self._cores = cores
        self._tasks: list[list[object]] = []

    def begin(self, work: float, done: Callable[[], None]) -> None:
        self._tasks.append([max(work, _ENOUGH), done])

    def until_next(self) -> float:
        """Give the time until the first task is done, if nothing changes."""
        if not self._tasks:
            return float("inf")
        return min(task[0] for task in self._tasks) / self._rate()

    def advance(self, seconds: float) -> list[Callable[[], None]]:
        """Let time pass, and give what is to be called for the tasks that are done."""
        done = self._rate() * seconds
        for task in self._tasks:
            task[0] -= done
        ready = [task[1] for task in self._tasks if task[0] <= _ENOUGH]
        self._tasks = [task for task in self._tasks if task[0] > _ENOUGH]
        return ready

    def _rate(self) -> float:
        return min(1.0, self._cores / len(self._tasks)) if self._tasks else 1.0


class _Import:
    def __init__(self, lengths: Sequence[float], costs: Costs, machine: Machine) -> None:
        self.outcome = Outcome()
        self._costs, self._machine = costs, machine
        self._now = costs.start
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._cores = _Cores(machine.cores)
        self._left = deque(lengths)
        self._in_flight = 0
        self._main: deque[tuple[float, Callable[[], None]]] = deque()
        self._main_busy = False
        self._policy = FlushPolicy(machine.flush)
        self._batch: list[Callable[[], None]] = []
        self._batch_number = 0
        self._writing = False
        self._due = False
        self._waiting: deque[float] = deque()
        self._window = 0
        self._jobs: deque[float] = deque()
        self._working = 0

    def run(self) -> Outcome:
        total = len(self._left)
        self._scan()
        while self.outcome.stored < total:
            until = self._cores.until_next()
            timer = self._timers[0][0] - self._now if self._timers else float("inf")
            step = max(0.0, min(until, timer))
            self._now += step
            for ready in self._cores.advance(step):
                ready()
            while self._timers and self._timers[0][0] <= self._now + _ENOUGH:
                heapq.heappop(self._timers)[2]()
        self.outcome.seconds = self._now
        return self.outcome

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (self._now + seconds, next(self._order), act))

    def _compute(self, seconds: float, done: Callable[[], None]) -> None:
        """Queue work of the importing process."""
        self._main.append((seconds, done))
        self._next_main()

    def _next_main(self) -> None:
        if self._main_busy or not self._main:
            return
        seconds, done = self._main.popleft()
        self._main_busy = True
        self.outcome.main_seconds += seconds

        def over() -> None:
            self._main_busy = False
            done()
            self._next_main()

        self._cores.begin(seconds, over)

    def _scan(self) -> None:
        """Find a file for each credit."""
        while self._left and self._in_flight < self._machine.credits:
            length = self._left.popleft()
            self._in_flight += 1
            self.outcome.most_in_flight = max(self.outcome.most_in_flight, self._in_flight)
            self._compute(
                FOUND_SHARE * self._costs.main_file, lambda length=length: self._tell(lambda: self._begun(length))
            )

    def _tell(self, committed: Callable[[], None]) -> None:
        """Put a message into the batch; ``committed`` is called after COMMIT."""
        self._batch.append(committed)
        verdict = self._policy.added(1, more_to_come=self._in_flight > len(self._batch))
        if verdict is FlushDecision.FLUSH:
            self._due = True
        elif verdict is FlushDecision.START_LINGER:
            number = self._batch_number
            self._later(self._machine.flush.linger_seconds, lambda: self._lingered(number))
        self._write()

    def _lingered(self, number: int) -> None:
        if number == self._batch_number and self._batch:
            self._due = True
            self._write()

    def _write(self) -> None:
        if self._writing or not self._due:
            return
        batch, self._batch = self._batch, []
        self._batch_number += 1
        self._due = False
        self._policy.flushed()
        self._writing = True
        self.outcome.transactions += 1
        self.outcome.writer_seconds += self._costs.transaction
        self._later(self._costs.transaction, lambda: self._committed(batch))

    def _committed(self, batch: Sequence[Callable[[], None]]) -> None:
        self._writing = False
        for committed in batch:
            committed()
        self._scan()
        self._write()

    def _begun(self, length: float) -> None:
        self._waiting.append(length)
        self._dispatch()

    def _dispatch(self) -> None:
        while self._waiting and self._window < 2 * self._machine.workers:
            self._window += 1
            self._jobs.append(self._waiting.popleft())
        while self._jobs and self._working < self._machine.workers:
            self._working += 1
            work = self._costs.worker_file + self._costs.worker_audio * self._jobs.popleft()
            self.outcome.worker_seconds += work
            self._cores.begin(work, self._analysed)

    def _analysed(self) -> None:
        self._working -= 1
        self._window -= 1
        self._dispatch()
        self._compute((1 - FOUND_SHARE) * self._costs.main_file, lambda: self._tell(self._stored))

    def _stored(self) -> None:
        self._in_flight -= 1
        self.outcome.stored += 1


def simulate(lengths: Sequence[float], costs: Costs, machine: Machine) -> Outcome:
    """Import files of these lengths (seconds of audio)."""
    return _Import(lengths, costs, machine).run()


@dataclass(frozen=True)
class Services:
    """How often both services may be asked, and how the linker asks them: the product's defaults.

    ``answer`` is how long an answer takes, ``kept`` how long it takes to be durable, which the next request waits for.
    """

    acoustid_per_second: float = 3.0
    musicbrainz_per_second: float = 1.0
    batch: int = 10
    pulled: int = 200
    answer: float = 0.15
    kept: float = 0.003


@dataclass
class Identified:
    """What came of it: when it ended, and when each request was sent."""

    seconds: float = 0.0
    acoustid: list[float] = field(default_factory=list)
    musicbrainz: list[float] = field(default_factory=list)


class _Gateway:
    """Sends one request at a time, and none too soon after the one before it."""

    def __init__(self, per_second: float, services: Services, starts: list[float]) -> None:
        self._gap = 1 / per_second
        self._takes = services.answer + services.kept
        self._starts = starts
        self._free = 0.0

    def ask(self, wanted: float) -> float:
        """Ask at this time or later; give when the answer is kept."""
        start = max(wanted, self._free)
        self._starts.append(start)
        self._free = start + max(self._gap, self._takes)
        return start + self._takes


def identify(albums: Sequence[int], services: Services) -> Identified:
    """Identify untagged albums of so many tracks, which both services know.

    In rounds, as the linker does: whole albums up to ``pulled`` passages; all fingerprints of a round in full batches,
    the release of an album as soon as all of it was heard, the next round when this one is linked.
    """
    outcome = Identified()
    by_sound = _Gateway(services.acoustid_per_second, services, outcome.acoustid)
    by_id = _Gateway(services.musicbrainz_per_second, services, outcome.musicbrainz)
    now, left = 0.0, deque(albums)
    while left:
        pulled = [left.popleft()]
        while left and sum(pulled) + left[0] <= services.pulled:
            pulled.append(left.popleft())
        heard: list[float] = []
        for first in range(0, sum(pulled), services.batch):
            kept = by_sound.ask(now)
            heard += [kept] * min(services.batch, sum(pulled) - first)
        ends = [by_id.ask(heard[last - 1]) for last in itertools.accumulate(pulled)]
        now = max(ends) + services.kept
    outcome.seconds = now
    return outcome
