"""Measure how fast a library takes files while it grows, and whether the importing process grows with it.

    python benchmarks/growth.py RECORDING [--files 200000] [--passages 3] [--window 10000]

RECORDING is what recorded_messages.py kept of a real import. Its messages, varied, go through the product's own actors
(writer/load.py): for each file an attempt, and its analysis with its links, as a worker ships it, with songs, artists,
works and albums for every passage. At each new folder a folder that is known already is asked
for, as a scanner does all the time. About 50 kB of disk are needed for each file.

A window ends when all its files are stored and linked. Memory is that of this process, which holds the producers, too;
"in use" is resident memory after the allocator has given back what is free. "longest" is the longest transaction.

At the end an empty library and the large one take turns, so that whatever else the machine does disturbs both: their
ratio of CPU time is judged. What workers would ship is made before these turns; in the windows it is made meanwhile.
"""

import ctypes
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import Targets, arguments, head, line, parsed
from recorded_messages import FILES_PER_FOLDER, Analysis, analyses, folder, load, shipped
from writer.load import Load, Window, load_on

from passagework import Library

TURNS = 8
MB = 2**20
WARM_UP = 1
"""Windows in which the heap and SQLite's cache reach their size."""

COLUMNS = ("files   ", "files/s", "CPU ms/file", "longest s", "log MB", "library MB", "resident MB", "in use MB")


@dataclass(frozen=True)
class Figures:
    """One window, and what there is at its end."""

    window: Window
    files: int
    resident: float
    in_use: float
    log: float
    library: float

    def cells(self) -> tuple[str, ...]:
        window, longest = self.window, max(commit.transaction for commit in self.window.commits)
        of_files = f"{window.files / window.wall:.0f}", f"{1000 * window.cpu / window.files:.2f}"
        sizes = f"{self.log:.0f}", f"{self.library:.0f}", f"{self.resident:.1f}", f"{self.in_use:.1f}"
        return (f"{self.files}", *of_files, f"{longest:.2f}", *sizes)


class Growing:
    """A library that files are given to, one after the other, while what is known already is asked for."""

    def __init__(self, load: Load, recorded: list[Analysis], passages: int) -> None:
        self._load = load
        self._recorded, self._passages = recorded, passages
        self._chosen = random.Random(0)
        self._files = 0

    def grow(self, files: int, *, made_before: bool = False) -> Figures:
        messages = self._next(files)
        window = self._load.window(list(messages) if made_before else messages)
        self._files += files
        resident = resident_mb()
        ctypes.CDLL(None).malloc_trim(0)
        library = self._load.library
        sizes = (path.stat().st_size / MB for path in (library.with_name(library.name + "-wal"), library))
        return Figures(window, self._files, resident, resident_mb(), *sizes)

    def _next(self, files: int) -> Iterator[Analysis]:
        for number in range(self._files, self._files + files):
            if number and number % FILES_PER_FOLDER == 0:
                self._load.writer.known_files(folder(self._chosen.randrange(number)))
            yield from map(shipped, analyses(self._recorded, 1, self._passages, number))

    def answer_times(self) -> dict[str, float]:
        """Ask each question five times, with nothing else to do, and give the median in seconds."""
        with Library.open(self._load.library) as library:
            questions: dict[str, Callable[[], object]] = {
                "status": library.status,
                "passages with a rare text": lambda: list(library.passages(f"Recording {self._files - 2}")),
                "the files of a folder": lambda: self._load.writer.known_files(folder(self._files // 2)),
                "what waits for the linker": self._load.writer.waiting_files,
            }
            return {name: statistics.median(seconds_of(ask) for _ in range(5)) for name, ask in questions.items()}


def main() -> int:
    parser = arguments(__doc__, files=200_000, passages=3, window=10_000, turn=1_000, folder=None)
    parser.add_argument("recording", type=Path, metavar="RECORDING")
    wanted = parsed(parser, files=240, window=120, turn=24)
    recorded = load(wanted.recording)
    with TemporaryDirectory(prefix="growth-", dir=wanted.folder) as scratch, ExitStack() as stack:

        def growing(name: str) -> Growing:
            opened = stack.enter_context(load_on(Path(scratch, name), attempts=True))
            return Growing(opened, recorded, wanted.passages)

        large = growing("library.passages")
        windows = grow(large, wanted.files, wanted.window)
        fresh = growing("fresh.passages")
        # The first turn of the empty one is left out: it has its files to make.
        fresh.grow(wanted.turn)
        turns = [tuple(one.grow(wanted.turn, made_before=True) for one in (fresh, large)) for _ in range(TURNS)]
    pairs = ", ".join(
        f"{wanted.turn / small.window.wall:.0f} : {wanted.turn / big.window.wall:.0f}" for small, big in turns
    )
    print(f"\nby turns, {wanted.turn} files each, files/s: {pairs}")
    judge(windows, [small for small, _ in turns], [big for _, big in turns])
    return 0


def grow(growing: Growing, files: int, size: int) -> list[Figures]:
    widths = head(COLUMNS)
    found: list[Figures] = []
    early: dict[str, float] = {}
    for first in range(0, files, size):
        found.append(growing.grow(min(size, files - first)))
        print(line(found[-1].cells(), widths), flush=True)
        early = early or growing.answer_times()
    print(f"\nquestions, in ms: with {size} files, with {files} files")
    for question, seconds in growing.answer_times().items():
        print(f"  {question:28} {1000 * early[question]:9.2f} {1000 * seconds:9.2f}")
    return found


def judge(found: list[Figures], fresh: list[Figures], large: list[Figures]) -> None:
    first, last = found[:1], found[-1:]
    print(f"first window / last {ratio(last, first, 'wall'):.2f}")
    print(f"CPU of last / first {ratio(last, first, 'cpu'):.2f}")
    print(f"files/s of an empty library / of the large one, by turns {ratio(large, fresh, 'wall'):.2f}")
    targets = Targets()
    targets.at_most("CPU a file of the large library / of an empty one, by turns", ratio(large, fresh, "cpu"), 1.25)
    settled = found[WARM_UP:]
    for name, column in (("resident memory", "resident"), ("memory in use", "in_use")):
        if len(settled) > 1:
            megabytes = [getattr(figures, column) for figures in settled]
            growth = statistics.linear_regression([figures.files for figures in settled], megabytes).slope
            targets.at_most(f"{name}, MB more for 10,000 files", 10_000 * growth, 1.0)
    targets.show()


def ratio(some: list[Figures], others: list[Figures], column: str) -> float:
    """Compare what a file took."""
    one, other = (
        sum(getattr(f.window, column) for f in group) / sum(f.window.files for f in group) for group in (some, others)
    )
    return one / other


def seconds_of(act: Callable[[], object]) -> float:
    begin = time.monotonic()
    act()
    return time.monotonic() - begin


def resident_mb() -> float:
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * resource.getpagesize() / MB


if __name__ == "__main__":
    sys.exit(main())
