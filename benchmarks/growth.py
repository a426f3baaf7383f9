"""Measure how fast a library takes files while it grows, and whether the importing process grows with it.

    python benchmarks/growth.py RECORDING [--files 200000] [--passages 3] [--library FILE]

RECORDING is what recorded_messages.py kept of a real import. Its messages, varied, go through the product's own actors
(growth_load.py): for each file an attempt, its analysis, and its links as the product's linker pulls and decides them,
with songs, artists, works and albums for every passage. At each new folder a folder that is known already is asked
for, as a scanner does all the time. About 50 kB of disk are needed for each file.

A window ends when all its files are stored and linked. "quickest" are the quickest 1,000 files in it, which others on
the machine disturbed least. The writer's part is preparing, transactions, and moving the log into the library. Memory
is that of this process, which holds the producers, too; "in use" is resident memory after the allocator has given
back what is free.

At the end an empty library and the large one take turns, 1,000 files each, so that whatever else the machine does
disturbs both: that is the ratio which is judged.
"""

import argparse
import ctypes
import logging
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from growth_load import CommitLog, ImportLoad, import_load
from recorded_messages import FILES_PER_FOLDER, load

from passagework.persistence.read.queries import KnownFiles, ListPassages, Query, Status, WaitingFiles

WINDOW = 10_000
TURN = 1_000
TURNS = 8
MB = 2**20
MOST_LOST = 2.0
MOST_GROWTH_MB = 1.0

WARM_UP = 1
"""Windows in which the heap and SQLite's cache reach their size."""


@dataclass(frozen=True)
class Window:
    """One line of the table. Seconds are means for a file, but for ``longest`` transaction and ``asked`` question."""

    files: int
    wall: float
    quickest: float
    cpu: float
    prepare: float
    transaction: float
    checkpoint: float
    longest: float
    transactions: float
    asked: float
    log_mb: float
    library_mb: float
    resident_mb: float
    in_use_mb: float

    @property
    def writer(self) -> float:
        return self.prepare + self.transaction + self.checkpoint


class Growing:
    """A library that files are given to, one after the other, while what is known already is asked for."""

    def __init__(self, library: Path, writer: ImportLoad, log: CommitLog) -> None:
        self.library = library
        self.writer = writer
        self._log = log
        self._chosen = random.Random(0)
        self._files = 0

    def grow(self, files: int) -> Window:
        self._log.take()
        moved = self._checkpoint_seconds()
        asked = []
        begin, cpu = time.monotonic(), time.process_time()
        marks = [begin]
        for number in range(self._files, self._files + files):
            if number and number % FILES_PER_FOLDER == 0:
                asking = time.monotonic()
                self.writer.library.query(KnownFiles(folder(self._chosen.randrange(number))))
                asked.append(time.monotonic() - asking)
            self.writer.begin(number)
            if (number + 1) % TURN == 0:
                marks.append(time.monotonic())
        self.writer.settle()
        wall, cpu = time.monotonic() - begin, time.process_time() - cpu
        self._files += files
        commits = self._log.take()
        resident = resident_mb()
        ctypes.CDLL(None).malloc_trim(0)
        return Window(
            files=self._files,
            wall=wall / files,
            quickest=min((later - earlier for earlier, later in pairwise(marks)), default=wall) / min(TURN, files),
            cpu=cpu / files,
            prepare=sum(commit.prepare for commit in commits) / files,
            transaction=sum(commit.transaction for commit in commits) / files,
            checkpoint=(self._checkpoint_seconds() - moved) / files,
            longest=max(commit.transaction for commit in commits),
            transactions=len(commits) / files,
            asked=statistics.mean(asked),
            log_mb=self.library.with_name(self.library.name + "-wal").stat().st_size / MB,
            library_mb=self.library.stat().st_size / MB,
            resident_mb=resident,
            in_use_mb=resident_mb(),
        )

    def answer_times(self) -> dict[str, float]:
        """Ask each question five times, with nothing else to do, and give the median in seconds."""
        after = self.writer.library.query(ListPassages(500))[-1].guid
        questions: dict[str, Query[object]] = {
            "status": Status(),
            "a page of 500 passages": ListPassages(500, after),
            "passages with a rare text": ListPassages(500, None, f"title {self._files - 1}"),
            "the files of a folder": KnownFiles(folder(self._files // 2)),
            "what waits for the linker": WaitingFiles(100),
        }
        return {name: statistics.median(self._seconds(asked) for _ in range(5)) for name, asked in questions.items()}

    def _seconds(self, question: Query[object]) -> float:
        begin = time.monotonic()
        self.writer.library.query(question)
        return time.monotonic() - begin

    def _checkpoint_seconds(self) -> float:
        accounts = self.writer.library.writer().accounts
        return accounts.checkpoints.total if accounts else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path, metavar="RECORDING")
    parser.add_argument("--files", type=int, default=200_000)
    parser.add_argument("--passages", type=int, default=3)
    parser.add_argument("--window", type=int, default=WINDOW, help="files per line of the table")
    parser.add_argument("--folder", type=Path, help="where the library is made and removed; default: the system's")
    wanted = parser.parse_args()
    logging.getLogger("passagework").setLevel(logging.INFO)
    recorded = load(wanted.recording)
    with TemporaryDirectory(prefix="growth-benchmark-", dir=wanted.folder) as scratch:
        library = Path(scratch, "library.passages")
        with import_load(library, recorded, wanted.passages) as parts:
            growing = Growing(library, *parts)
            windows = grow(growing, wanted.files, wanted.window)
            fresh = Path(scratch, "fresh.passages")
            with import_load(fresh, recorded, wanted.passages) as fresh_parts:
                turns = take_turns(Growing(fresh, *fresh_parts), growing)
            begin = time.monotonic()
        print(f"drained and closed in {time.monotonic() - begin:.1f} s, {library.stat().st_size / MB:.0f} MB\n")
    print_verdicts(windows, *turns)
    return 0


def grow(growing: Growing, files: int, size: int) -> list[Window]:
    print_head()
    windows: list[Window] = []
    early: dict[str, float] = {}
    for first in range(0, files, size):
        windows.append(growing.grow(min(size, files - first)))
        print_line(windows[-1])
        early = early or growing.answer_times()
    print(f"\nquestions, in ms: with {size} files, with {files} files")
    for question, seconds in growing.answer_times().items():
        print(f"  {question:28} {1000 * early[question]:9.2f} {1000 * seconds:9.2f}")
    return windows


def take_turns(fresh: Growing, large: Growing) -> tuple[list[Window], list[Window]]:
    """Let both libraries grow by turns; the first turn of the empty one is left out, it has its files to make."""
    fresh.grow(TURN)
    pairs = [(fresh.grow(TURN), large.grow(TURN)) for _ in range(TURNS)]
    print(
        f"\nby turns, {TURN} files each, files/s: "
        + ", ".join(f"{1 / a.wall:.0f} : {1 / b.wall:.0f}" for a, b in pairs)
    )
    return [a for a, _ in pairs], [b for _, b in pairs]


def folder(number: int) -> bytes:
    return b"/music/%05d" % (number // FILES_PER_FOLDER)


def resident_mb() -> float:
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * resource.getpagesize() / MB


COLUMNS: dict[str, Callable[[Window], str]] = {
    "files": lambda window: f"{window.files}",
    "files/s": lambda window: f"{1 / window.wall:.0f}",
    "quickest": lambda window: f"{1 / window.quickest:.0f}",
    "CPU ms/file": lambda window: f"{1000 * window.cpu:.2f}",
    "writer ms/file": lambda window: f"{1000 * window.writer:.2f}",
    "prepare": lambda window: f"{100 * window.prepare / window.writer:.0f} %",
    "transaction": lambda window: f"{100 * window.transaction / window.writer:.0f} %",
    "longest s": lambda window: f"{window.longest:.2f}",
    "transactions/file": lambda window: f"{window.transactions:.3f}",
    "known files ms": lambda window: f"{1000 * window.asked:.1f}",
    "log MB": lambda window: f"{window.log_mb:.0f}",
    "library MB": lambda window: f"{window.library_mb:.0f}",
    "resident MB": lambda window: f"{window.resident_mb:.1f}",
    "in use MB": lambda window: f"{window.in_use_mb:.1f}",
}


def print_head() -> None:
    print(f"| {' | '.join(COLUMNS)} |")
    print(f"|{'|'.join('-' * (len(name) + 1) + ':' for name in COLUMNS)}|", flush=True)


def print_line(window: Window) -> None:
    print(f"| {' | '.join(cell(window).rjust(len(name)) for name, cell in COLUMNS.items())} |", flush=True)


def print_verdicts(windows: list[Window], fresh: list[Window], large: list[Window]) -> None:
    lost = ratio(large, fresh, "wall")
    verdict(f"files/s of an empty library / of the large one, by turns: {lost:.2f}", MOST_LOST, lost)
    first, last = windows[:1], windows[-1:]
    print(f"       first window / last {ratio(last, first, 'wall'):.2f}, quickest {ratio(last, first, 'quickest'):.2f}")
    print(f"       CPU of last / first {ratio(last, first, 'cpu'):.2f}, by turns {ratio(large, fresh, 'cpu'):.2f}")
    if len(windows) > WARM_UP + 1:
        settled = windows[WARM_UP:]
        for name, column in (("resident memory", "resident_mb"), ("memory in use", "in_use_mb")):
            megabytes = [getattr(window, column) for window in settled]
            growth = 10_000 * statistics.linear_regression([window.files for window in settled], megabytes).slope
            verdict(f"{name}: {growth:.2f} MB more for 10,000 files", MOST_GROWTH_MB, growth)


def ratio(some: list[Window], others: list[Window], column: str) -> float:
    return sum(getattr(window, column) for window in some) / sum(getattr(window, column) for window in others)


def verdict(text: str, most: float, figure: float) -> None:
    print(f"{'met   ' if figure <= most else 'MISSED'} {text}, at most {most} wanted")


if __name__ == "__main__":
    sys.exit(main())
