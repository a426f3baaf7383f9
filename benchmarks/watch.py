"""An hour in the life of a watch, sixty times as fast, and what a watch costs in which nothing happens.

A tree of folders with ten tiny files each, in a library that knows them. First the watch rests: CPU time, threads,
descriptors and memory beside an importer without a watch. Then an hour of changes: files that come, change, are renamed
and go, folders that are moved, made, emptied and swapped, bursts of 5,000 events, queues that overflow, a root that
vanishes and is back with other files in it. At the end an import looks through everything: whatever it finds to do, the
watch has missed.
"""

import logging
import os
import random
import resource
import shutil
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import Targets, arguments, head, line, parsed
from rescan import files_below
from seams.known_files import store_as_analysed
from seams.watching import deaf, faster

from passagework import Importer, InlineExecutor, RunFinished, Settings

TIMES = 60.0
FOLDERS_PER_FOLDER = 100
COLUMNS = ("minute", "files ", "runs ", "CPU s", "memory MB", "threads", "descriptors")
DEBOUNCE, REST = 2.0, 10.0
OVERFLOW = 20_000
"""More events than the kernel queues (fs.inotify.max_queued_events is 16,384)."""


@dataclass
class Life:
    """A tree, and what happens in it. ``seed`` decides all of it."""

    root: Path
    burst: int
    chance: random.Random
    named: int = 0
    happened: dict[str, int] = field(default_factory=dict)

    def minute(self, number: int, minutes: int) -> None:
        """Let a minute pass: some small changes, and at each sixth of the time a large one."""
        large = (self.many, self.overflow, self.vanish, self.many, self.overflow)
        sixth, rest = divmod(number, max(1, minutes // 6))
        self._do(large[sixth - 1] if rest == 0 and 1 <= sixth <= len(large) else self.small)
        for _ in range(self.chance.randrange(5)):
            self._do(self.small)

    def small(self) -> None:
        self._do(
            self.chance.choice(
                (
                    self.come,
                    self.come,
                    self.change,
                    self.rename,
                    self.go,
                    self.move_folder,
                    self.swap,
                    self.make_folder,
                    self.empty,
                )
            )
        )

    def _do(self, what: Callable[[], None]) -> None:
        if what != self.small:
            self.happened[what.__name__] = self.happened.get(what.__name__, 0) + 1
        what()

    def come(self, folder: Path | None = None) -> None:
        folder = folder or self._folder()
        arriving = folder / f"{self._name()}.flac.part"
        arriving.write_bytes(b"x" * self.chance.randrange(1, 9))
        if self.chance.random() < 0.5:
            arriving.rename(arriving.with_suffix(""))
        else:
            arriving.unlink()
            folder.joinpath(f"{self._name()}.flac").write_bytes(b"x" * self.chance.randrange(1, 9))

    def change(self) -> None:
        if file := self._file():
            file.write_bytes(b"x" * self.chance.randrange(10, 99))

    def rename(self) -> None:
        if file := self._file():
            file.rename(self._folder() / f"{self._name()}.flac")

    def go(self) -> None:
        if file := self._file():
            file.unlink()

    def move_folder(self) -> None:
        self._folder().rename(self._parent() / f"Album {self._name()}")

    def swap(self) -> None:
        one, other = self._folder(), self._folder()
        if one != other:
            between = one.with_name("between")
            one.rename(between)
            other.rename(one)
            between.rename(other)

    def make_folder(self) -> None:
        folder = self._parent() / f"Album {self._name()}"
        folder.mkdir(parents=True)
        for _ in range(3):
            self.come(folder)

    def empty(self) -> None:
        shutil.rmtree(self._folder())

    def many(self) -> None:
        """Make a burst of events: a third of them files that come, the others their changes and ends."""
        folders = [self._folder() for _ in range(20)]
        for number in range(self.burst // 5):
            file = folders[number % len(folders)] / f"{self._name()}.flac"
            file.write_bytes(b"x")
            if number % 3 == 0:
                file.unlink()
            elif number % 3 == 1:
                file.rename(file.with_name(f"{self._name()}.flac"))

    def overflow(self) -> None:
        """Change more than the kernel can queue while nobody takes the events."""
        folders = [self._folder() for _ in range(4)]
        with deaf():
            for number in range(OVERFLOW):
                # One after the other in another folder: the same event twice in a row is queued once.
                os.utime(folders[number % 2])
                os.utime(folders[2 + number % 2])
            self.come(folders[0])
            self.move_folder()
            self.make_folder()

    def vanish(self) -> None:
        """Take the root away for a while; when it is back, there are other files in it."""
        away = self.root.with_name("away")
        self.root.rename(away)
        time.sleep(90 / TIMES)
        for _ in range(3):
            self.come(min(min(away.iterdir()).iterdir()))
        away.rename(self.root)

    def _name(self) -> str:
        self.named += 1
        return f"new {self.named:06}"

    def _parent(self) -> Path:
        return self.chance.choice(sorted(self.root.iterdir()))

    def _folder(self) -> Path:
        while True:
            if folders := sorted(self._parent().iterdir()):
                return self.chance.choice(folders)

    def _file(self) -> Path | None:
        files = sorted(self._folder().iterdir())
        return self.chance.choice(files) if files else None


class Lost(logging.Handler):
    """Counts how often the log says that events were lost."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.times = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count."""
        self.times += "watch-events-lost" in record.getMessage()


@dataclass(frozen=True)
class Use:
    """What this process uses: CPU seconds so far, resident memory in MB, threads, and descriptors."""

    cpu: float
    memory: float
    threads: int
    descriptors: int

    @classmethod
    def now(cls) -> "Use":
        used = resource.getrusage(resource.RUSAGE_SELF)
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        return cls(used.ru_utime + used.ru_stime, memory, threading.active_count(), len(os.listdir("/proc/self/fd")))


def main() -> int:
    parser = arguments(__doc__, folders=10_000, files=10, minutes=60, burst=5_000, idle=60.0, seed=1, folder=None)
    wanted = parsed(parser, folders=60, files=3, minutes=6, burst=300, idle=0.2)
    with TemporaryDirectory(prefix="watch-", dir=wanted.folder) as scratch:
        root, library = Path(scratch, "music"), Path(scratch, "library.passages")
        for number in range(wanted.folders):
            folder = root / f"{number // FOLDERS_PER_FOLDER:04}" / f"Album {number:06}"
            folder.mkdir(parents=True)
            for track in range(wanted.files):
                folder.joinpath(f"{track:02}.flac").write_bytes(b"x")
        store_as_analysed(
            library, os.fsencode(root), ((entry.path, entry.stat()) for entry in files_below(os.fsencode(root)))
        )
        targets = Targets()
        rest(library, root, wanted.idle, targets)
        live(library, Life(root, wanted.burst, random.Random(wanted.seed)), wanted.minutes, targets)
    targets.show()
    return 0


def rest(library: Path, root: Path, seconds: float, targets: Targets) -> None:
    """Say what a watch costs in which nothing happens."""
    with watching(library, root, times=1.0) as (_importer, ended, before, began):
        ended(1)
        settled = Use.now()
        time.sleep(seconds)
        after = Use.now()
    per_hour = 3_600 / seconds * (after.cpu - settled.cpu)
    print(f"to begin: {began:.2f} CPU s; memory {settled.memory - before.memory:+.1f} MB")
    targets.at_most("at rest: CPU seconds an hour", per_hour, 2.0)
    targets.at_most("at rest: threads more than an importer has", after.threads - before.threads, 1, "d")
    targets.at_most("at rest: descriptors more than an importer has", after.descriptors - before.descriptors, 4, "d")
    targets.at_most("at rest: MB more than after an import of the same", settled.memory - before.memory, 30)


def live(library: Path, life: Life, minutes: int, targets: Targets) -> None:
    """Let the time pass, then look for what was missed."""
    lost = Lost()
    logging.getLogger("passagework").addHandler(lost)
    with faster(TIMES), watching(library, life.root, times=TIMES) as (importer, ended, _before, _began):
        # The first analysis starts a thread, and loads what it needs.
        life.come()
        ended(2)
        first = Use.now()
        widths = head(COLUMNS)
        for minute in range(1, minutes + 1):
            until = time.monotonic() + 60 / TIMES
            life.minute(minute, minutes)
            time.sleep(max(0.0, until - time.monotonic()))
            if minute % max(1, minutes // 6) == 0:
                latest = Use.now()
                cells = (
                    minute,
                    life.named,
                    ended(0),
                    f"{latest.cpu - first.cpu:.1f}",
                    f"{latest.memory:.1f}",
                    latest.threads,
                    latest.descriptors,
                )
                print(line(cells, widths), flush=True)
        settle(importer, ended)
        last = Use.now()
    print(", ".join(f"{what} {number}" for what, number in sorted(life.happened.items())))
    with opened(library, TIMES) as after:
        report = after.start(life.root).wait()
    missed = report.summary.analysed + report.summary.tags_read + report.new_failures + report.summary.missing
    targets.at_most("files that the watch has missed", missed, 0, "d")
    targets.at_least("queues that have overflowed", lost.times, 2, "d")
    targets.at_most("threads at the end more than at the beginning", last.threads - first.threads, 0, "d")
    targets.at_most("descriptors at the end more than at the beginning", last.descriptors - first.descriptors, 0, "d")
    targets.at_most("MB at the end more than at the beginning", last.memory - first.memory, 30)


def settle(importer: Importer, ended: Callable[[int], int]) -> None:
    """Wait until there was no run for longer than a file rests and a root is looked for."""
    runs, since = ended(0), time.monotonic()
    while time.monotonic() - since < 120 / TIMES + 1:
        time.sleep(0.1)
        # On a busy machine one run may take longer than that.
        if ended(0) != runs or importer.library.runs(1)[0].state == "running":
            runs, since = ended(0), time.monotonic()


@contextmanager
def watching(library: Path, root: Path, times: float) -> Iterator[tuple[Importer, Callable[[int], int], Use, float]]:
    """Watch; give the importer, how many runs have ended (it waits for a number of them), and what was used before."""
    runs: deque[int] = deque()
    some = threading.Condition()

    def hear(event: object) -> None:
        if isinstance(event, RunFinished):
            with some:
                runs.append(event.run)
                some.notify_all()

    def ended(number: int) -> int:
        with some:
            some.wait_for(lambda: len(runs) >= number)
            return len(runs)

    with opened(library, times) as importer:
        importer.start(root).wait()
        importer.listen(hear)
        before = Use.now()
        with importer.watch(root):
            ended(1)
            yield importer, ended, before, Use.now().cpu - before.cpu


@contextmanager
def opened(library: Path, times: float) -> Iterator[Importer]:
    settings = {
        "library": {"path": str(library), "synchronous": "normal"},
        "watch": {"debounce_seconds": DEBOUNCE / times, "rest_seconds": REST / times},
        "link": {"enabled": False},
    }
    with Importer(Settings.model_validate(settings), make_executor=InlineExecutor) as importer:
        yield importer


if __name__ == "__main__":
    sys.exit(main())
