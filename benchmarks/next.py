"""Measure how long it takes to choose what plays next, in a library of 200,000 passages of which 10,000 were played.

    python benchmarks/next.py [--passages 200000] [--plays 10000] [--library FILE]

The library is that of queries.py; each question names the passage that was chosen before it. "quiet": nobody writes.
"plays": another process reports a play in a transaction of its own, up to 50 in a second. "import": it stores an album
of ten files as well, as often; so the arrays are read again by a thread beside the questions.

CPU ms of the thread that asks, and wall ms by the clock: on a busy machine the clock tells of other work, too. "first"
is the first question of a process, which reads all there is.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from harness import Targets, arguments, parsed, percentile, table
from queries import FILES_PER_FOLDER, Names, Rows, add_album, insert, make_library
from seams.playing import (
    NOTE_CHANGE,
    Library,
    PassageFilter,
    PlayReport,
    open_writer,
    report_plays,
    transaction,
)

SECOND = 1_000_000_000
DAYS = 30
QUESTION_MS = 20
PAUSE_SECONDS = 0.02


def add_plays(path: Path, plays: int) -> None:
    """Report plays of the last 30 days, two of three of the last week."""
    chance, now = random.Random(1), time.time_ns()
    connection = open_writer(path, synchronous="normal")
    try:
        guids = [guid for (guid,) in connection.execute("SELECT guid FROM passage ORDER BY id")]
        for first in range(0, plays, 1_000):
            some = (
                (chance.choice(guids), now - int(chance.random() ** 2 * DAYS * 86_400) * SECOND)
                for _ in range(min(1_000, plays - first))
            )
            report_plays(connection, PlayReport(tuple(some)))
    finally:
        connection.close()


def write(path: Path, *, imports: bool) -> None:
    """Write as the process beside the questions does, until it is ended."""
    names = Names()
    names.chosen.seed(time.time_ns())
    connection = open_writer(path, synchronous="normal")
    guids = [guid for (guid,) in connection.execute("SELECT guid FROM passage LIMIT 100")]
    (last,) = connection.execute("SELECT max(id) FROM file").fetchone()
    first = (last // FILES_PER_FOLDER + 1) * FILES_PER_FOLDER + 1
    (artist,) = connection.execute("SELECT max(id) FROM artist").fetchone()
    print("writes", flush=True)
    while True:
        report_plays(connection, PlayReport(((names.chosen.choice(guids), time.time_ns()),)))
        if imports:
            rows: Rows = defaultdict(list)
            add_album(rows, first, FILES_PER_FOLDER, names, [{"id": artist, "name": "Ann"}])
            with transaction(connection):
                insert(connection, rows)
                connection.execute(NOTE_CHANGE)
            first += FILES_PER_FOLDER
        time.sleep(PAUSE_SECONDS)


class Asked:
    """The times of one question, asked often."""

    def __init__(self, ask: Callable[[], object], rounds: int) -> None:
        self.cpu, self.wall = list[float](), list[float]()
        for _ in range(rounds):
            cpu, wall = time.thread_time(), time.perf_counter()
            ask()
            self.cpu.append(1000 * (time.thread_time() - cpu))
            self.wall.append(1000 * (time.perf_counter() - wall))

    @property
    def cells(self) -> Sequence[str]:
        figures = (
            f(of) for of in (self.cpu, self.wall) for f in (median, lambda all_of: percentile(all_of, 0.99), max)
        )
        return [f"{figure:.2f}" for figure in figures]


def asked(path: Path, rounds: int) -> dict[str, Asked]:
    """Ask each question some rounds."""
    chance = random.Random(2)
    found: dict[str, Asked] = {}
    with Library.open(path) as library:
        found["first"] = Asked(lambda: library.next(seed=0), 1)
        artist = library.next(seed=1).passage.artists[0].name
        before = [library.next(seed=2).passage.guid]

        def ask(**more: object) -> Callable[[], None]:
            def one() -> None:
                before[0] = library.next(before[0], seed=chance.random().hex(), **more).passage.guid

            return one

        found["next"] = Asked(ask(), rounds)
        found["next, explained"] = Asked(ask(explain=True), rounds)
        found["next, of an artist"] = Asked(ask(filter=PassageFilter(artist=artist)), rounds)
        found["next, like one"] = Asked(ask(near=before[0]), rounds // 4)
    return found


def beside_a_writer(path: Path, rounds: int, *, imports: bool) -> dict[str, Asked]:
    """Ask while another process writes."""
    command = [sys.executable, __file__, "--library", str(path), "--write", "import" if imports else "plays"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "writes\n"
            return asked(path, rounds)
        finally:
            writer.kill()


def main() -> int:
    parser = arguments(__doc__, passages=200_000, plays=10_000, rounds=200, library=None)
    parser.add_argument("--write", choices=("plays", "import"), help=argparse.SUPPRESS)
    wanted = parsed(parser, passages=2_000, plays=200, rounds=20)
    if wanted.write is not None:
        write(wanted.library, imports=wanted.write == "import")
    targets = Targets()
    with tempfile.TemporaryDirectory(prefix="next-") as scratch:
        path = Path(scratch, "next.passages") if wanted.library is None else wanted.library
        if not path.exists():
            make_library(path, wanted.passages)
            add_plays(path, wanted.plays)
        found = {"quiet": asked(path, wanted.rounds)}
        for name in ("plays", "import"):
            found[name] = beside_a_writer(path, wanted.rounds, imports=name == "import")
    rows = [(beside, name, *of.cells) for beside, each in found.items() for name, of in each.items()]
    table(("beside", "question", "CPU p50", "p99", "max", "wall p50", "p99", "max"), rows)
    for beside, each in found.items():
        for name in ("next", "next, of an artist"):
            targets.at_most(f"{name}, {beside}: CPU p99 (ms)", percentile(each[name].cpu, 0.99), QUESTION_MS)
            targets.at_most(f"{name}, {beside}: wall p99 (ms)", percentile(each[name].wall, 0.99), QUESTION_MS)
    targets.show()
    return 0


if __name__ == "__main__":
    sys.exit(main())
