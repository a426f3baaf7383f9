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

from seams.actors import FlushDecision, FlushPolicy, FlushRules, added_to_batch

FOUND_SHARE = 0.3
"""Part of the importing process's work for a file that comes before its analysis."""

_ENOUGH = 1e-9

Act = Callable[[], None]


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
    most_in_flight: int = 0
    worker_seconds: float = 0.0
    main_seconds: float = 0.0
    writer_seconds: float = 0.0


class _Time:
    """What happens when: acts at a moment, and work that is done after so much CPU, all at the same rate."""

    def __init__(self, cores: float, start: float) -> None:
        self.now = start
        self._cores = cores
        self._order = itertools.count()
        self._timers: list[tuple[float, int, Act]] = []
        self._working: list[tuple[float, Act]] = []

    def later(self, seconds: float, act: Act) -> None:
        heapq.heappush(self._timers, (self.now + seconds, next(self._order), act))

    def work(self, seconds: float, done: Act) -> None:
        self._working.append((max(seconds, _ENOUGH), done))

    def step(self) -> None:
        """Go on to the next moment at which something happens."""
        rate = min(1.0, self._cores / len(self._working)) if self._working else 1.0
        least = min((left for left, _ in self._working), default=float("inf")) / rate
        timer = self._timers[0][0] - self.now if self._timers else float("inf")
        passed = max(0.0, min(least, timer))
        self.now += passed
        tasks = [(left - passed * rate, done) for left, done in self._working]
        self._working = [task for task in tasks if task[0] > _ENOUGH]
        for left, done in tasks:
            if left <= _ENOUGH:
                done()
        while self._timers and self._timers[0][0] <= self.now + _ENOUGH:
            heapq.heappop(self._timers)[2]()


class _Queue:
    """Takes ``places`` pieces of work at a time, the others wait."""

    def __init__(self, time: _Time, places: int) -> None:
        self._time = time
        self._free = places
        self._waiting: deque[tuple[float, Act]] = deque()
        self.seconds = 0.0

    def add(self, seconds: float, done: Act) -> None:
        self._waiting.append((seconds, done))
        self._next()

    def _next(self) -> None:
        if not self._free or not self._waiting:
            return
        self._free -= 1
        seconds, done = self._waiting.popleft()
        self.seconds += seconds

        def over() -> None:
            self._free += 1
            done()
            self._next()

        self._time.work(seconds, over)


class _Writer:
    """Collects messages and writes them; ``rested`` is called after each COMMIT."""

    def __init__(self, time: _Time, rules: FlushRules, transaction: float, rested: Act) -> None:
        self._time, self._rules, self._transaction, self._rested = time, rules, transaction, rested
        self._policy = FlushPolicy(rules)
        self._batch: list[Act] = []
        self._number = 0
        self._writing = self._due = False
        self.seconds = 0.0

    def tell(self, committed: Act, outstanding: int) -> None:
        """Put a message into the batch; ``committed`` is called after COMMIT."""
        self._batch.append(committed)
        decision = added_to_batch(self._policy, len(self._batch), outstanding)
        self._due |= decision is FlushDecision.FLUSH
        if decision is FlushDecision.START_LINGER:
            number = self._number
            self._time.later(self._rules.linger_seconds, lambda: self._lingered(number))
        self._write()

    def _lingered(self, number: int) -> None:
        if number == self._number and self._batch:
            self._due = True
            self._write()

    def _write(self) -> None:
        if self._writing or not self._due:
            return
        batch, self._batch = self._batch, []
        self._number += 1
        self._writing, self._due = True, False
        self._policy.flushed()
        self.seconds += self._transaction
        self._time.later(self._transaction, lambda: self._committed(batch))

    def _committed(self, batch: Sequence[Act]) -> None:
        self._writing = False
        for committed in batch:
            committed()
        self._rested()
        self._write()


def simulate(lengths: Sequence[float], costs: Costs, machine: Machine) -> Outcome:
    """Import files of these lengths (seconds of audio)."""
    outcome = Outcome()
    time = _Time(machine.cores, costs.start)
    main, workers = _Queue(time, 1), _Queue(time, machine.workers)
    left = deque(lengths)
    in_flight = 0

    def scan() -> None:
        """Find a file for each credit."""
        nonlocal in_flight
        while left and in_flight < machine.credits:
            in_flight += 1
            outcome.most_in_flight = max(outcome.most_in_flight, in_flight)
            length = left.popleft()
            main.add(FOUND_SHARE * costs.main_file, lambda length=length: found(length))

    def found(length: float) -> None:
        work = costs.worker_file + costs.worker_audio * length
        writer.tell(lambda: workers.add(work, analysed), in_flight)

    def analysed() -> None:
        main.add((1 - FOUND_SHARE) * costs.main_file, lambda: writer.tell(stored, in_flight))

    def stored() -> None:
        nonlocal in_flight
        in_flight -= 1
        outcome.stored += 1

    writer = _Writer(time, machine.flush, costs.transaction, scan)
    scan()
    while outcome.stored < len(lengths):
        time.step()
    outcome.seconds = time.now
    outcome.main_seconds, outcome.worker_seconds, outcome.writer_seconds = main.seconds, workers.seconds, writer.seconds
    return outcome


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


def identify(albums: Sequence[int], services: Services) -> Identified:
    """Identify untagged albums of so many tracks, which both services know.

    In rounds, as the linker does: whole albums up to ``pulled`` passages; all fingerprints of a round in full batches,
    the release of an album as soon as all of it was heard, the next round when this one is linked.
    """
    outcome = Identified()
    takes = services.answer + services.kept

    def ask(starts: list[float], per_second: float, wanted: float) -> float:
        """Send a request at this time or later, none too soon after the one before; give when its answer is kept."""
        free = starts[-1] + max(1 / per_second, takes) if starts else 0.0
        starts.append(max(wanted, free))
        return starts[-1] + takes

    now, left = 0.0, deque(albums)
    while left:
        pulled = [left.popleft()]
        while left and sum(pulled) + left[0] <= services.pulled:
            pulled.append(left.popleft())
        heard: list[float] = []
        for first in range(0, sum(pulled), services.batch):
            kept = ask(outcome.acoustid, services.acoustid_per_second, now)
            heard += [kept] * min(services.batch, sum(pulled) - first)
        of_albums = itertools.accumulate(pulled)
        ends = [ask(outcome.musicbrainz, services.musicbrainz_per_second, heard[last - 1]) for last in of_albums]
        now = max(ends) + services.kept
    outcome.seconds = now
    return outcome
