"""Measure what one writer with coalesced transactions saves, beside others that write row by row: the lock table.

    python benchmarks/lock_table.py RECORDING [--passages 1,3,10] [--files N] [--fsync-delay-ms 5]

RECORDING is made by recorded_messages.py, which says what is made of it, and how links come in. For every number of
passages N, 16 producers have the same files stored, by seven contenders:

- every statement: each row checked and written by itself, on its own connection: one statement, one transaction;
- (a) one step, one transaction: the earlier work's way, 9N+1 locks and 6N+1 write transactions a file;
- (b) its batch pattern, 3N+5 locks and 3N+2 write transactions, on 1, 4 and 16 connections, waiting for each
  other in SQLite's way and by a back-off of their own; the quickest of them is the (b) of the ratios;
- (c) Passagework: 16 producers tell what worker processes ship, encoded and with its links, to the persistence actor,
  under 128 credits, in the product's own wiring. That is one message a file;
- (d) one transaction a file: 16 producers take turns at one connection, ids and what is there in memory;
- (e) a batching thread: up to 100 files a transaction, under 128 credits, ids and what is there in memory;
- (f) the same with nothing to encode, for comparison only.

Of (c) the workers' part, decision and encoding, is not measured: it takes place in other processes. The others encode
in theirs, and decide nothing. writer/rival.py says what (a) and (b) write in which transaction, writer/in_memory.py
what (d) to (f) leave out. All have the same schema, pragmas and statement cache, each runs as a process of its own, and
all must end in equal content (writer/content.py), or this ends loudly. Locks and transactions are counted by trace
callbacks in runs of their own, fsyncs by a preloaded library, which also adds the delay. "CPU": of all
threads, which other programs disturb least. "Longest wait": from handing a file over until its producer may go on to
the next; until what was handed over is acknowledged, which is what counts for the ratio, stands beside.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import Targets, arguments, in_turn, parsed, table, usage_of
from writer.contender import PRODUCT, Cost, Task
from writer.content import Content, content, must_equal
from writer.in_memory import BATCHING, ONE_EACH, ROWS_MADE
from writer.rival import BACK_OFF, BUSY_TIMEOUT
from writer.watch import compile_counter, environment

BATCHED = "batched"
LABELS = {
    "every statement": "every statement",
    "single": "(a) one step",
    BATCHED: "(b) batches",
    PRODUCT: "(c) Passagework",
    ONE_EACH: "(d) one transaction a file",
    BATCHING: "(e) batching thread",
    ROWS_MADE: "(f) as (e), rows made",
}

BATCHES = (PRODUCT, BATCHING, ROWS_MADE)
"""They wait for the disk once for many files."""

FAST = (*BATCHES, ONE_EACH)


def variants(pools: Sequence[int]) -> list[tuple[str, int, str]]:
    """Give every contender with how many connections, and how they wait for each other: one alone waits for nobody."""
    shared = [(pool, wait) for pool in pools if pool > 1 for wait in (BUSY_TIMEOUT, BACK_OFF)]
    return [
        *((how, 1, BUSY_TIMEOUT) for how in (PRODUCT, "single", BATCHED, ONE_EACH, BATCHING, ROWS_MADE)),
        ("every statement", max(pools), BACK_OFF),
        *(("single", *variant) for variant in shared[-1:]),
        *((BATCHED, *variant) for variant in shared),
    ]


@dataclass(frozen=True)
class Sizes:
    """How many files a contender stores; who waits for the disk at every row gets fewer."""

    product: int
    rival: int
    delayed: int
    counted: int

    def plain(self, task: Task) -> Task:
        return replace(
            task, files={**dict.fromkeys(FAST, self.product), "every statement": self.delayed}.get(task.how, self.rival)
        )

    def slow(self, task: Task) -> Task:
        files = {**dict.fromkeys(BATCHES, self.product), ONE_EACH: self.rival}.get(task.how, self.delayed)
        return replace(task, files=files)

    def watched(self, task: Task) -> Task:
        """Give the task for a run that is counted; one connection, so that no attempt is counted twice."""
        return replace(task, files=self.product if task.how in BATCHES else self.counted, pool=1, count=True)


Run = tuple[Task, Cost]


@dataclass(frozen=True)
class Entry:
    """A line of the table: the best runs of a contender without and with the delay, and what was counted."""

    plain: Run
    delayed: Run | None
    counted: Run


def speed(run: Run) -> float:
    return run[0].files / run[1].seconds


class Field:
    """Runs contenders, each in a process of its own, and compares what they leave behind."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._counter = compile_counter(scratch)
        self.can_delay = self._counter is not None
        self._contents: dict[Path, Content] = {}

    def run(self, task: Task, delay_ms: float = 0.0) -> Run:
        """Run one. What Passagework has left of the same files is what it has at hand, and must end with."""
        finished = self._finished(task)
        with TemporaryDirectory(dir=self._scratch) as folder:
            library = Path(folder, "library.passages")
            cost = self._cost(replace(task, library=str(library), finished=str(finished)), delay_ms)
            must_equal(self._contents[finished], content(library), str(task))
        return task, cost

    def _finished(self, task: Task) -> Path:
        library = self._scratch / f"{task.files}-{task.passages}.passages"
        if library not in self._contents:
            self._cost(Task(task.recording, PRODUCT, task.files, task.passages, library=str(library)), 0.0)
            self._contents[library] = content(library)
        return library

    def _cost(self, task: Task, delay_ms: float) -> Cost:
        here = {"PYTHONPATH": str(Path(__file__).parent)}
        command = [sys.executable, "-m", "writer.contender"]
        done = usage_of(command, json.dumps(asdict(task)), here | environment(self._counter, delay_ms))
        return Cost(**json.loads(done.printed))


def main() -> int:
    parser = arguments(
        __doc__,
        files=1_500,
        rival_files=128,
        delayed_files=32,
        counted_files=96,
        fsync_delay_ms=5.0,
        rounds=2,
        folder=None,
    )
    parser.add_argument("recording", type=Path, metavar="RECORDING")
    parser.add_argument("--passages", default="1,3,10", help="numbers of passages in a file")
    parser.add_argument("--pools", default="1,4,16", help="numbers of connections")
    wanted = parsed(
        parser,
        passages="2",
        pools="1",
        files=24,
        rival_files=24,
        delayed_files=24,
        counted_files=24,
        rounds=0,
        fsync_delay_ms=0.0,
    )
    targets = Targets()
    with TemporaryDirectory(prefix="lock-table-", dir=wanted.folder) as scratch:
        field = Field(Path(scratch))
        delay = wanted.fsync_delay_ms if field.can_delay else 0.0
        print(
            f"fsyncs: {'counted by a preloaded library' if field.can_delay else 'not counted, there is no C compiler'}"
        )
        print("locks and write transactions: counted by SQLite's trace callback, in runs of their own")
        sizes = Sizes(wanted.files, wanted.rival_files, wanted.delayed_files, wanted.counted_files)
        for passages in map(int, wanted.passages.split(",")):
            base = Task(str(wanted.recording.resolve()), "", 0, passages)
            tried = variants([int(pool) for pool in wanted.pools.split(",")])
            entries = measure(field, base, tried, sizes, wanted.rounds, delay)
            show(entries, passages, delay)
            judge(entries, passages, delay, targets)
    targets.show()
    return 0


def measure(
    field: Field, base: Task, tried: Sequence[tuple[str, int, str]], sizes: Sizes, rounds: int, delay: float
) -> dict[str, Entry]:
    """Measure all contenders for one number of passages; of each the quickest variant counts, and has the delay, too.

    With no rounds only the runs that are counted take place; their times mean nothing.
    """
    tasks = [replace(base, how=how, pool=pool, wait=wait) for how, pool, wait in tried]
    runs = {f"{task.how}, {task.pool}, {task.wait}": sizes.plain(task) for task in tasks}
    if rounds:
        best = in_turn({name: lambda task=task: field.run(task) for name, task in runs.items()}, rounds, took)
    else:
        best = {name: field.run(sizes.watched(task)) for name, task in runs.items()}
    plain = {how: max((run for run in best.values() if run[0].how == how), key=speed) for how in LABELS}
    slow = {how: sizes.slow(run[0]) for how, run in plain.items() if delay}
    late = {f"{how}, +{delay:g} ms": lambda task=task: field.run(task, delay) for how, task in slow.items()}
    delayed = {run[0].how: run for run in in_turn(late, rounds, took).values()}
    return {
        how: Entry(run, delayed.get(how), field.run(sizes.watched(run[0])) if rounds else run)
        for how, run in plain.items()
    }


def took(run: Run) -> float:
    return run[1].seconds


def show(entries: dict[str, Entry], passages: int, delay: float) -> None:
    print(
        f"\n## {passages} passages per file: 9N+1 = {9 * passages + 1}, 6N+1 = {6 * passages + 1}; "
        f"3N+5 = {3 * passages + 5}, 3N+2 = {3 * passages + 2}\n"
    )
    names = (
        "contender",
        "connections",
        "locks/file",
        "write tx/file",
        "fsyncs/file",
        "CPU ms/file",
        "files/s",
        "longest wait s",
    )
    late = ("to the ack s", f"files/s +{delay:g} ms", f"longest ack +{delay:g} ms")
    rows = []
    for how, label in LABELS.items():
        (task, cost), (counted, counts), delayed = entries[how].plain, entries[how].counted, entries[how].delayed
        rows.append(
            (
                label,
                task.pool,
                f"{counts.taking_locks / counted.files:.3f}",
                f"{counts.writing / counted.files:.4f}",
                "-" if cost.fsyncs is None else f"{cost.fsyncs / task.files:.3f}",
                f"{1000 * cost.cpu / task.files:.2f}",
                f"{task.files / cost.seconds:.1f}",
                *(f"{seconds:.3f}" for seconds in (cost.longest_wait, cost.longest_ack)),
                f"{speed(delayed):.1f}" if delayed else "-",
                f"{delayed[1].longest_ack:.3f}" if delayed else "-",
            )
        )
    table(names + late, rows)


def judge(entries: dict[str, Entry], passages: int, delay: float, targets: Targets) -> None:
    product = entries[PRODUCT]
    counted, counts = product.counted
    late = f", +{delay:g} ms"
    targets.at_most(f"N={passages}: write transactions of (c) per file", counts.writing / counted.files, 0.02, ".4f")
    for how, told, least in (
        *((BATCHED, "", 7.0), (ONE_EACH, "", 2.2), (BATCHING, "", 1.0)),
        *((BATCHED, late, 50.0), (ONE_EACH, late, 8.0)),
    ):
        mine, other = (product.delayed, entries[how].delayed) if told else (product.plain, entries[how].plain)
        if mine and other:
            name = f"N={passages}: files/s of (c) / {LABELS[how]}{told}"
            targets.at_least(name, speed(mine) / speed(other), least, ".1f")
    one_each = entries[ONE_EACH]
    for told, mine, other in (
        ("", product.plain, one_each.plain),
        (late, product.delayed, one_each.delayed),
    ):
        if mine and other:
            name = f"N={passages}: longest wait for an acknowledgement, (c) / {LABELS[ONE_EACH]}{told}"
            targets.at_most(name, mine[1].longest_ack / other[1].longest_ack, 1.0)


if __name__ == "__main__":
    sys.exit(main())
