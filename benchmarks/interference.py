"""Measure the writer while analysis has every core, beside its own idle figures and beside bare writes with fsync.

    python benchmarks/interference.py RECORDING MUSIC_FOLDER [--seconds S] [--rounds N] [--passages N]

RECORDING is what recorded_messages.py kept of a real import; its messages, varied, go through the product's own actors
(writer/load.py). The load is another importer of this process that analyses MUSIC_FOLDER over and over, with workers
and priorities as the product has them and its progress drawn as on a terminal. All log at level debug, as JSON, into a
file. MUSIC_FOLDER is only read.

In each round the writer and then the bare loop are measured for S seconds idle, and again under load. The bare loop
appends as many bytes to a file as the writer writes for a transaction, as often, and calls fsync, in a process of its
own.
"""

import contextlib
import itertools
import json
import os
import sqlite3
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import Targets, arguments, busy_seconds, parsed, percentile, script, table, usage_of
from recorded_messages import Analysis, analyses, load, shipped
from seams.command_line import log_everything, show_progress
from writer.load import Load, Window, load_on
from writer.watch import each_connection

from passagework import Importer, Run, Settings

PATIENCE_SECONDS = 120.0
BARE = "bare"
"""The first argument of this program where it is the bare loop in a process of its own."""


@dataclass
class Figures:
    """What was seen in all rounds of one state of the machine.

    ``busy``: how many cores were at work, round by round. The other lists are seconds, for each transaction or write.
    """

    files: int = 0
    seconds: float = 0.0
    busy: list[float] = field(default_factory=list)
    transactions: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)


class Bench:
    """The writer that is measured, and the bare loop that does what it would cost at least."""

    def __init__(self, load: Load, messages: Iterator[Analysis], commits: list[float], seconds: float) -> None:
        self._load, self._messages = load, messages
        self._commits = commits
        self._seconds = seconds
        # A short window may end before the first transaction of a cold writer is reported.
        while not (warm_up := self._window()).commits:
            pass
        size, period = warm_up.written / len(warm_up.commits), warm_up.wall / len(warm_up.commits)
        print(f"{size:.0f} bytes for a transaction, {1 / period:.1f} transactions/s", file=sys.stderr)
        self._bare = (str(load.library.with_name(BARE)), str(round(size)), str(period), str(seconds))

    def measure(self, figures: Figures) -> None:
        """Add a round of the writer and of the bare loop."""
        self._commits.clear()
        cores = busy_seconds()
        window = self._window()
        figures.busy.append((busy_seconds() - cores) / window.wall)
        figures.files += window.files
        figures.seconds += window.wall
        figures.transactions += [commit.transaction for commit in window.commits]
        figures.commits += self._commits
        figures.bare += json.loads(usage_of(script("interference.py", BARE, *self._bare)).printed)

    def _window(self) -> Window:
        end = time.monotonic() + self._seconds
        return self._load.window(itertools.takewhile(lambda _: time.monotonic() < end, self._messages))


def write_and_fsync(path: str, size: str, period: str, seconds: str) -> list[float]:
    """Do the least that makes ``size`` bytes durable every ``period`` seconds; give how long each time took."""
    block = os.urandom(int(size))
    taken = []
    with open(path, "ab", buffering=0) as target:
        end = time.monotonic() + float(seconds)
        while (begin := time.monotonic()) < end:
            target.write(block)
            os.fsync(target)
            taken.append(time.monotonic() - begin)
            time.sleep(max(0.0, float(period) - taken[-1]))
    os.unlink(path)
    return taken


@contextlib.contextmanager
def analysis(folder: Path, library: Path) -> Iterator[Callable[[], int]]:
    """Analyse a folder again and again, on all cores, from the first result on until the block ends."""
    settings = Settings.model_validate({"library": {"path": library}})
    runs: list[Run] = []
    ended, progressed = threading.Event(), []
    with Importer(settings) as importer, open(os.devnull, "w", encoding="utf-8") as nowhere:

        def keep_busy() -> None:
            while not ended.is_set():
                runs.append(importer.start([folder], reanalyze=True))
                show_progress(runs[-1], quiet=False)
                progressed.append(runs[-1].wait().progress.files_done)

        with contextlib.redirect_stderr(nowhere):
            thread = threading.Thread(target=keep_busy, daemon=True)
            thread.start()
            begin = time.monotonic()
            while not (runs and runs[0].progress.files_done):
                if time.monotonic() > begin + PATIENCE_SECONDS:
                    raise SystemExit(f"nothing in {folder} was analysed in {PATIENCE_SECONDS:.0f} s")
                time.sleep(0.05)
            yield lambda: sum(progressed) + (0 if runs[-1].done else runs[-1].progress.files_done)
            ended.set()
            runs[-1].cancel()
            thread.join()


@contextlib.contextmanager
def timed_commits() -> Iterator[list[float]]:
    """Time the COMMIT of every transaction at the connection; the statements before it are the work, not the disk."""
    taken: list[float] = []

    def watch(connection: sqlite3.Connection) -> None:
        if type(connection) is sqlite3.Connection:
            # In memory: a new library is planned there. Its execute cannot be replaced.
            return
        execute = connection.execute

        def timed(sql: str, *values: object) -> sqlite3.Cursor:
            begin = time.monotonic()
            try:
                return execute(sql, *values)
            finally:
                if sql == "COMMIT":
                    taken.append(time.monotonic() - begin)

        connection.execute = timed

    with each_connection(watch):
        yield taken


def main() -> int:
    if sys.argv[1:2] == [BARE]:
        print(json.dumps(write_and_fsync(*sys.argv[2:])))
        return 0
    parser = arguments(__doc__, seconds=15.0, rounds=3, passages=3)
    parser.add_argument("recording", type=Path, metavar="RECORDING")
    parser.add_argument("folder", type=Path, metavar="MUSIC_FOLDER")
    wanted = parsed(parser, seconds=0.2, rounds=1)
    os.environ |= {"FORCE_COLOR": "1", "TERM": "xterm"}
    idle, loaded = Figures(), Figures()
    with TemporaryDirectory(prefix="interference-") as scratch, contextlib.ExitStack() as stack:
        place = Path(scratch)
        log_everything(place / "log.json")
        recorded = load(wanted.recording)
        made = (next(analyses(recorded, 1, wanted.passages, number)) for number in itertools.count())
        messages = map(shipped, made)
        with timed_commits() as commits:
            writer = stack.enter_context(load_on(place / "measured.passages", attempts=True))
        bench = Bench(writer, messages, commits, wanted.seconds)
        for number in range(1, wanted.rounds + 1):
            bench.measure(idle)
            with analysis(wanted.folder.resolve(), place / f"analysed-{number}.passages") as progress:
                bench.measure(loaded)
                analysed = progress()
            print(f"round {number}: {analysed} files of music were analysed meanwhile", file=sys.stderr)
    show(idle, loaded)
    return 0


def show(idle: Figures, loaded: Figures) -> None:
    states = {"idle": idle, "load": loaded}
    for state, figures in states.items():
        cores = statistics.mean(figures.busy)
        print(f"{state}: {figures.files / figures.seconds:.0f} files/s; {cores:.2f} cores at work")
    print()
    kinds = {"transaction, BEGIN to COMMIT": "transactions", "COMMIT": "commits", "bare write and fsync": "bare"}
    rows = [
        (
            label,
            state,
            len(times),
            *(f"{1000 * t:.1f}" for t in (percentile(times, 0.5), percentile(times, 0.99), max(times))),
        )
        for label, kind in kinds.items()
        for state, figures in states.items()
        for times in [getattr(figures, kind)]
    ]
    table(("", "state", "count", "p50 ms", "p99 ms", "longest"), rows)
    targets = Targets()
    kept = loaded.files / loaded.seconds / (idle.files / idle.seconds)
    targets.at_least("throughput under load / idle", kept, 0.5)
    bare = percentile(loaded.bare, 0.99)
    for name, values in (("transaction", loaded.transactions), ("COMMIT", loaded.commits)):
        what = f"p99 of a {name} / p99 of the bare loop, both under load"
        targets.at_most(what, percentile(values, 0.99) / bare, 5.0, ".1f")
    targets.show()


if __name__ == "__main__":
    sys.exit(main())
