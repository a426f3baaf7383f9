"""Measure what one writer with coalesced transactions saves, beside two that write row by row: the lock table.

    python benchmarks/lock_table.py RECORDING [--passages 1,2,3,5,10] [--files N] [--fsync-delay-ms 5]

RECORDING is made by recorded_messages.py; writer/messages.py says what is made of it, and how links come in. For
every number of passages N, 16 producers have the same files stored, by four contenders:

- every statement: each row checked and written by itself, on its own connection: one statement, one transaction;
- (a) one step, one transaction: the earlier work's way, 9N+1 locks and 6N+1 write transactions a file;
- (b) its batch pattern, 3N+5 locks and 3N+2 write transactions, on 1, 2, 4 and 16 connections, waiting for each
  other in SQLite's way and by a back-off of their own; the quickest of them is the (b) of the ratios;
- (c) Passagework: 16 producers tell the persistence actor under 128 credits, in the product's own wiring; the product's
  linker pulls the passages and tells the links. That is two messages a file.

writer/rival.py says what (a) and (b) write in which transaction. All have the same schema, pragmas and statement
cache, each runs as a process of its own, and all must end in equal content (writer/content.py), or this ends loudly.
Locks and transactions are counted by trace callbacks in runs of their own, fsyncs by a preloaded library, which also
adds the delay. "Longest wait": from handing a file over until its producer may go on to the next; for (c) the time
until what was handed over is acknowledged, which is what counts for the ratio, and until its links are, stand beside.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from writer.contender import PRODUCT, Cost, Task
from writer.content import Content, content, differences
from writer.fsyncs import compile_counter, environment
from writer.pool import BACK_OFF, BUSY_TIMEOUT
from writer.verdicts import Verdicts

SINGLY, STEPS, BATCHED = "every statement", "single", "batched"
VARIANTS = {
    PRODUCT: [(1, BUSY_TIMEOUT)],
    SINGLY: [(16, BACK_OFF)],
    STEPS: [(1, BUSY_TIMEOUT), (16, BACK_OFF)],
    BATCHED: [(1, BUSY_TIMEOUT), *((pool, wait) for pool in (2, 4, 16) for wait in (BUSY_TIMEOUT, BACK_OFF))],
}
"""How many connections, and how they wait for each other. A connection alone waits for nobody."""

LABELS = {SINGLY: "every statement", STEPS: "(a) one step", BATCHED: "(b) batches", PRODUCT: "(c) Passagework"}


@dataclass(frozen=True)
class Plan:
    """How many files a contender stores; who waits for the disk at every row gets fewer."""

    recording: str
    rounds: int
    product_files: int
    rival_files: int
    delayed_files: int
    counted_files: int

    def tasks(self, passages: int) -> list[Task]:
        """Give every variant of every contender, for a run without the delay."""
        files = {PRODUCT: self.product_files, SINGLY: self.delayed_files}
        return [
            Task(self.recording, "", how, files.get(how, self.rival_files), passages, pool, wait)
            for how, variants in VARIANTS.items()
            for pool, wait in variants
        ]

    def delayed(self, task: Task) -> Task:
        """Give the task for a run with the delay."""
        return task if task.how == PRODUCT else replace(task, files=self.delayed_files)

    def counted(self, task: Task) -> Task:
        """Give the task for a run that is counted; one connection, so that no attempt is counted twice."""
        return replace(task, files=task.files if task.how == PRODUCT else self.counted_files, pool=1, count=True)


@dataclass(frozen=True)
class Entry:
    """A line of the table: the best runs of a contender without and with the delay, and what was counted."""

    task: Task
    cost: Cost
    delayed: tuple[Task, Cost] | None
    counted: tuple[Task, Cost]


Best = dict[tuple[Task, float], Cost]
"""The quickest run of each task with each delay (ms)."""


class Field:
    """Runs contenders, each in a process of its own, and compares what they leave behind."""

    def __init__(self, scratch: Path, counter: Path | None) -> None:
        self._scratch = scratch
        self._counter = counter
        self._contents: dict[tuple[int, int], Content] = {}

    def know(self, task: Task) -> None:
        """Run one unless it is known already with what content so many files end."""
        if (task.files, task.passages) not in self._contents:
            self.run(task)

    def run(self, task: Task, delay_ms: float = 0.0) -> Cost:
        """Run one; the first that stores so many files says what all others must end with."""
        with TemporaryDirectory(dir=self._scratch) as folder:
            library = Path(folder, "library.passages")
            given = json.dumps(asdict(task) | {"library": str(library)})
            command = [sys.executable, "-m", "writer.contender"]
            child = subprocess.run(
                command,
                input=given,
                capture_output=True,
                text=True,
                check=False,
                cwd=Path(__file__).parent,
                env=environment(self._counter, delay_ms),
            )
            if child.returncode:
                sys.exit(f"{task} ended with {child.returncode}:\n{child.stderr}")
            found = content(library)
        expected = self._contents.setdefault((task.files, task.passages), found)
        if different := differences(expected, found):
            sys.exit(f"THE CONTENTS DIFFER after {task}: {'; '.join(different)}")
        return Cost(**json.loads(child.stdout))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path, metavar="RECORDING")
    parser.add_argument("--passages", default="1,2,3,5,10", help="numbers of passages in a file")
    parser.add_argument("--files", type=int, default=2_000, help="files that Passagework stores")
    parser.add_argument("--rival-files", type=int, default=192, help="files that the others store")
    parser.add_argument("--delayed-files", type=int, default=32, help="files that the others store with the delay")
    parser.add_argument("--counted-files", type=int, default=96, help="files that all store while they are counted")
    parser.add_argument("--fsync-delay-ms", type=float, default=5.0, help="added to every fsync; 0: leave it out")
    parser.add_argument("--rounds", type=int, default=2, help="runs of each; the quickest counts")
    parser.add_argument("--folder", type=Path, help="where the libraries lie for the time; default: temporary files")
    wanted = parser.parse_args()
    plan = Plan(
        str(wanted.recording.resolve()),
        wanted.rounds,
        wanted.files,
        wanted.rival_files,
        wanted.delayed_files,
        wanted.counted_files,
    )
    verdicts = Verdicts()
    with TemporaryDirectory(prefix="lock-table-", dir=wanted.folder) as scratch:
        counter = compile_counter(Path(scratch))
        delay = wanted.fsync_delay_ms if counter else 0.0
        print(f"fsyncs: {'counted by a preloaded library' if counter else 'not counted, there is no C compiler'}")
        print("locks and write transactions: counted by SQLite's trace callback, in runs of their own")
        for passages in map(int, wanted.passages.split(",")):
            measure(Field(Path(scratch), counter), plan, passages, delay, verdicts)
    verdicts.show()
    return 0


def measure(field: Field, plan: Plan, passages: int, delay: float, verdicts: Verdicts) -> None:
    """Measure all contenders for one number of passages, and print their table."""
    print(
        f"\n## {passages} passages per file: 9N+1 = {9 * passages + 1}, 6N+1 = {6 * passages + 1}; "
        f"3N+5 = {3 * passages + 5}, 3N+2 = {3 * passages + 2}\n"
    )
    # What the product leaves behind is what all others have to reach.
    for task in plan.tasks(passages):
        for sized in (task, plan.delayed(task), plan.counted(task)):
            field.know(replace(sized, how=PRODUCT, pool=1, count=False))
    best: Best = {}
    for _ in range(plan.rounds):
        for task in plan.tasks(passages):
            keep(best, 0.0, task, field.run(task))
            if delay:
                fewer = plan.delayed(task)
                keep(best, delay, fewer, field.run(fewer, delay))
    tell(best)
    entries = {}
    for how in VARIANTS:
        task, cost = quickest(best, how, 0.0)
        counted = plan.counted(task)
        late = quickest(best, how, delay) if delay else None
        entries[how] = Entry(task, cost, late, (counted, field.run(counted)))
    print_table(entries, delay)
    judge(entries, passages, delay, verdicts)


def keep(best: Best, delay: float, task: Task, cost: Cost) -> None:
    """Keep the quicker of two runs of the same task."""
    before = best.get((task, delay))
    if before is None or cost.seconds < before.seconds:
        best[task, delay] = cost


def quickest(best: Best, how: str, delay: float) -> tuple[Task, Cost]:
    """Give the best variant of a contender."""
    runs = [(task, cost) for (task, waited), cost in best.items() if task.how == how and waited == delay]
    return min(runs, key=lambda run: run[1].seconds / run[0].files)


def tell(best: Best) -> None:
    """Print what every variant did."""
    for (task, delay), cost in sorted(best.items(), key=lambda item: (item[0][1], item[0][0].how, item[0][0].pool)):
        variant = "" if task.how == PRODUCT else f", {task.pool:2} connections, {task.wait}"
        variant += f", +{delay:g} ms" if delay else ""
        print(
            f"{LABELS[task.how]}{variant}: {task.files / cost.seconds:.1f} files/s, "
            f"longest wait {cost.longest_wait:.3f} s, busy {cost.retries} times"
        )


def print_table(entries: dict[str, Entry], delay: float) -> None:
    print(
        f"\n| {'contender':15} | connections | locks/file | write tx/file | fsyncs/file | files/s "
        f"| longest wait s | to the ack s | to the links s | files/s +{delay:g} ms | longest ack +{delay:g} ms |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for how in (SINGLY, STEPS, BATCHED, PRODUCT):
        line = entries[how]
        counted, counts = line.counted
        cells = (
            f"{LABELS[how]:15}",
            f"{line.task.pool}",
            f"{counts.taking_locks / counted.files:.3f}",
            f"{counts.writing / counted.files:.4f}",
            "-" if line.cost.fsyncs is None else f"{line.cost.fsyncs / line.task.files:.3f}",
            f"{line.task.files / line.cost.seconds:.1f}",
            f"{line.cost.longest_wait:.3f}",
            f"{line.cost.longest_ack:.3f}",
            f"{line.cost.longest_link:.3f}",
            f"{line.delayed[0].files / line.delayed[1].seconds:.1f}" if line.delayed else "-",
            f"{line.delayed[1].longest_ack:.3f}" if line.delayed else "-",
        )
        print(f"| {' | '.join(cells)} |")


def judge(entries: dict[str, Entry], passages: int, delay: float, verdicts: Verdicts) -> None:
    rival, product = entries[BATCHED], entries[PRODUCT]
    prefix = f"N={passages:2}:"
    counted, counts = product.counted
    writes = counts.writing / counted.files
    verdicts.add(f"{prefix} write transactions of (c): {writes:.4f} per file", "at most 0.02", met=writes <= 0.02)
    speed = (product.task.files / product.cost.seconds) / (rival.task.files / rival.cost.seconds)
    verdicts.add(f"{prefix} files/s of (c) / best (b): {speed:.1f}", "at least 5", met=speed >= 5)
    wait = product.cost.longest_ack / rival.cost.longest_wait
    verdicts.add(f"{prefix} longest wait for an acknowledgement, (c) / (b): {wait:.2f}", "at most 0.1", met=wait <= 0.1)
    if product.delayed and rival.delayed:
        (own, cost), (other, other_cost) = product.delayed, rival.delayed
        speed = (own.files / cost.seconds) / (other.files / other_cost.seconds)
        verdicts.add(f"{prefix} files/s of (c) / best (b), +{delay:g} ms: {speed:.0f}", "at least 50", met=speed >= 50)
        wait = cost.longest_ack / other_cost.longest_wait
        verdicts.add(f"{prefix} longest wait, (c) / (b), +{delay:g} ms: {wait:.2f}", "at most 0.1", met=wait <= 0.1)


if __name__ == "__main__":
    sys.exit(main())
