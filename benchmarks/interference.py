"""Measure the writer while analysis has every core, beside its own idle figures and beside bare writes with fsync.

    python benchmarks/interference.py RECORDING MUSIC_FOLDER [--seconds S] [--rounds N] [--passages N]

RECORDING is what recorded_messages.py kept of a real import; its messages, varied, go through the product's own actors
(growth_load.py). The load is another importer of this process that analyses MUSIC_FOLDER over and over, with workers
and priorities as the product has them and its progress drawn as on a terminal. All log at level debug, as JSON, into a
file. MUSIC_FOLDER is only read.

In each round the writer and then the bare loop are measured for S seconds idle, and again under load. The bare loop
appends as many bytes to a file as the writer writes for a transaction, as often, and calls fsync: once in a process of
its own, and once in a thread of this one, which has to wait for the interpreter as the writer has.
"""

import argparse
import contextlib
import itertools
import json
import math
import os
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from child_usage import python
from growth_load import CommitLog, ImportLoad, import_load
from interference_bare import write_and_fsync
from recorded_messages import load

from passagework import Importer, Run, Settings
from passagework.cli.logging_setup import configure_logging
from passagework.cli.output.progress_view import show_progress
from passagework.config.sections import LogSettings
from passagework.persistence.file.connection import LibraryConnection

LEAST_THROUGHPUT = 0.5
MOST_TIMES_BARE = 5.0
PATIENCE_SECONDS = 120.0


@dataclass
class Figures:
    """What was seen in all rounds of one state of the machine.

    ``busy`` and ``own``: how many cores were at work, and how many of them for this process, round by round. The other
    lists are seconds, one for each transaction or write.
    """

    files: int = 0
    seconds: float = 0.0
    written: int = 0
    busy: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    prepares: list[float] = field(default_factory=list)
    transactions: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    bare_in_thread: list[float] = field(default_factory=list)

    @property
    def throughput(self) -> float:
        return self.files / self.seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path, metavar="RECORDING")
    parser.add_argument("folder", type=Path, metavar="MUSIC_FOLDER")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--passages", type=int, default=3)
    wanted = parser.parse_args()
    idle, loaded = Figures(), Figures()
    with TemporaryDirectory(prefix="interference-benchmark-") as scratch:
        place = Path(scratch)
        library = place / "measured.passages"
        configure_logging(LogSettings(level="debug", format="json", file=place / "log.json"), to_stderr=False)
        with (
            clock_on_commits(library) as commits,
            import_load(library, load(wanted.recording), wanted.passages) as (writer, log),
        ):
            bench = Bench(writer, log, commits, place, wanted.seconds)
            bench.warm_up()
            for number in range(1, wanted.rounds + 1):
                bench.measure(idle)
                with analysis(wanted.folder.resolve(), place / f"analysed-{number}.passages") as progress:
                    bench.measure(loaded)
                    analysed = progress()
                print(f"round {number}: {analysed} files of music were analysed meanwhile", file=sys.stderr)
    print_table(idle, loaded)
    print_verdicts(idle, loaded)
    return 0


class Bench:
    """The writer that is measured, and the bare loop that does what it would cost at least."""

    def __init__(self, writer: ImportLoad, log: CommitLog, commits: list[float], place: Path, seconds: float) -> None:
        self._writer = writer
        self._log = log
        self._commits = commits
        self._place = place
        self._seconds = seconds
        self._numbers = itertools.count()
        self._size = 0
        self._period = 0.0

    def warm_up(self) -> None:
        """Import for a while, and find out how much is written for a transaction, and how often."""
        figures = Figures()
        self._import(figures)
        self._size = round(figures.written / len(figures.transactions))
        self._period = figures.seconds / len(figures.transactions)
        print(f"{self._size} bytes for a transaction, {1 / self._period:.1f} transactions/s", file=sys.stderr)

    def measure(self, figures: Figures) -> None:
        """Add a round of the writer and of the bare loops."""
        cores, own = busy_seconds(), time.process_time()
        begin = time.monotonic()
        self._import(figures)
        elapsed = time.monotonic() - begin
        figures.busy.append((busy_seconds() - cores) / elapsed)
        figures.own.append((time.process_time() - own) / elapsed)
        arguments = (str(self._place / "bare"), str(self._size), str(self._period), str(self._seconds))
        done = subprocess.run(python("interference_bare.py", *arguments), check=True, stdout=subprocess.PIPE, text=True)
        figures.bare += json.loads(done.stdout)
        figures.bare_in_thread += write_and_fsync(arguments[0], self._size, self._period, self._seconds)

    def _import(self, figures: Figures) -> None:
        self._log.take()
        self._commits.clear()
        stored, written = self._writer.stored, self._log.bytes_written()
        begin = time.monotonic()
        while time.monotonic() < begin + self._seconds:
            self._writer.begin(next(self._numbers))
        figures.files += self._writer.stored - stored
        figures.seconds += time.monotonic() - begin
        self._writer.settle()
        figures.written += self._log.bytes_written() - written
        taken = self._log.take()
        figures.prepares += [commit.prepare for commit in taken]
        figures.transactions += [commit.transaction for commit in taken]
        figures.commits += self._commits


@contextlib.contextmanager
def analysis(folder: Path, library: Path) -> Iterator[Callable[[], int]]:
    """Analyse a folder again and again, on all cores, from the first result on until the block ends."""
    settings = Settings.model_validate({"library": {"path": library}})
    runs: list[Run] = []
    ended, progressed = threading.Event(), []
    with Importer(settings) as importer:

        def keep_busy() -> None:
            while not ended.is_set():
                runs.append(importer.start([folder], reanalyze=True))
                show_progress(runs[-1], quiet=False)
                progressed.append(runs[-1].wait().progress.files_done)

        with terminal():
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
def terminal() -> Iterator[None]:
    """Let what is drawn for a terminal go to nowhere."""
    before = {name: os.environ.get(name) for name in ("FORCE_COLOR", "TERM")}
    os.environ |= {"FORCE_COLOR": "1", "TERM": "xterm"}
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stderr(nowhere):
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@contextlib.contextmanager
def clock_on_commits(library: Path) -> Iterator[list[float]]:
    """Time the COMMIT of every transaction at the connection; the statements before it are the work, not the disk."""
    taken: list[float] = []

    def execute(self: LibraryConnection, sql: str, *values: object) -> sqlite3.Cursor:
        begin = time.monotonic()
        try:
            return sqlite3.Connection.execute(self, sql, *values)
        finally:
            if sql == "COMMIT" and self.path == library:
                taken.append(time.monotonic() - begin)

    LibraryConnection.execute = execute
    try:
        yield taken
    finally:
        del LibraryConnection.execute


def busy_seconds() -> float:
    """Give the seconds that all cores together have worked, for whomever."""
    fields = Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _waiting, interrupts, soft, *_ = map(int, fields)
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def print_table(idle: Figures, loaded: Figures) -> None:
    for state, figures in (("idle", idle), ("load", loaded)):
        busy, own = statistics.mean(figures.busy), statistics.mean(figures.own)
        print(
            f"{state}: {figures.throughput:.0f} files/s; {busy:.2f} cores at work, {own:.2f} of them for this process"
        )
    columns = [
        " " * 35,
        *("idle: count", " p50 ms", " p99 ms", "longest"),
        *("load: count", " p50 ms", " p99 ms", "longest"),
    ]
    print(f"\n| {' | '.join(columns)} |\n|{'|'.join('-' * (len(column) + 1) + ':' for column in columns)}|")
    rows = {
        "preparing a batch": (idle.prepares, loaded.prepares),
        "transaction, BEGIN to COMMIT": (idle.transactions, loaded.transactions),
        "COMMIT": (idle.commits, loaded.commits),
        "bare write and fsync": (idle.bare, loaded.bare),
        "the same in a thread of the process": (idle.bare_in_thread, loaded.bare_in_thread),
    }
    for label, states in rows.items():
        cells = [label.ljust(35)]
        for values in states:
            figures = (percentile(values, 0.5), percentile(values, 0.99), max(values))
            cells += [f"{len(values):11}", *(f"{1000 * value:7.1f}" for value in figures)]
        print(f"| {' | '.join(cells)} |")


def print_verdicts(idle: Figures, loaded: Figures) -> None:
    kept = loaded.throughput / idle.throughput
    verdict(
        f"throughput under load / idle: {kept:.2f}, at least {LEAST_THROUGHPUT} wanted", met=kept >= LEAST_THROUGHPUT
    )
    bare = percentile(loaded.bare, 0.99)
    for name, values in (("transaction", loaded.transactions), ("COMMIT", loaded.commits)):
        times = percentile(values, 0.99) / bare
        verdict(
            f"p99 of a {name} / p99 of the bare loop, both under load: {times:.1f}, at most {MOST_TIMES_BARE} wanted",
            met=times <= MOST_TIMES_BARE,
        )


def verdict(text: str, *, met: bool) -> None:
    print(f"{'met   ' if met else 'MISSED'} {text}")


if __name__ == "__main__":
    sys.exit(main())
