"""An import of a tree in which nothing has changed, beside a bare walk of it and beside a lean loop.

Trees of tiny files, ten in each folder, and libraries that know each of them as analysed. The contenders take turns;
the quickest round of each counts. All figures are CPU time, of all threads and children, so that other programs on the
machine matter little:

- walk: os.scandir and stat, nothing else.
- lean: the same walk, which fetches what the library knows with one statement for each 256 folders and compares. No
  rules, no limits, no errors, nothing is said: what no scanner can do without.
- run: from Importer.start to the end of the run, in this process.
- command: "passagework import", the whole process, less one that imports a tree of one file.
- moved: a run after a folder was renamed, with a thousand files in a hundred folders. Nothing is read or decoded.
- touched: a run after a hundredth of the files got another mtime. Their bytes are compared, and nothing is decoded.

"moved us" and "touched us" are for each such file, less what the run costs without them.

"memory" is the largest resident memory of the command, less that of the empty one; "transactions" are those of the run.
"""

import math
import os
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import Targets, arguments, head, in_turn, line, parsed, usage_of
from seams.known_files import store_as_analysed

from passagework import Importer, InlineExecutor, Settings

FILES_PER_FOLDER = 10
FOLDERS_PER_FOLDER = 100
TOUCHED = 100
"""One of so many files is touched."""
FOLDERS_PER_STATEMENT = 256

COMMAND = """
import atexit
from pathlib import Path
from passagework.cli.main import main
status = Path("/proc/self/status")
atexit.register(lambda: print(status.read_text() if status.exists() else "", flush=True))
main()
"""
"""The command line, which says at its end how much memory it took."""

COLUMNS = (
    "files   ",
    "walk us",
    "lean us",
    "run us",
    "command us",
    "run / walk",
    "run / lean",
    "moved us",
    "touched us",
    "memory MB",
    "transactions",
)


@dataclass(frozen=True)
class Tree:
    """A folder of music, and the library that knows it."""

    files: int
    root: bytes
    library: Path


@dataclass(frozen=True)
class Cost:
    """CPU seconds, the files that were not as before, and the memory in MB where a process was measured by itself."""

    cpu: float
    memory: float = 0.0
    files: int = 0
    transactions: int = 0


def main() -> int:
    parser = arguments(__doc__, files="10000,100000,300000", rounds=3, folder=None)
    wanted = parsed(parser, files="200,1000", rounds=1)
    sizes = [int(size) for size in wanted.files.split(",")]
    found: dict[int, dict[str, Cost]] = {}
    with TemporaryDirectory(prefix="rescan-", dir=wanted.folder) as scratch:
        empty = make_tree(Path(scratch, "empty"), 1)
        widths = head(COLUMNS)
        for size in sizes:
            tree = make_tree(Path(scratch, str(size)), size)
            found[size] = in_turn(
                {
                    "walk": lambda tree=tree: walk(tree),
                    "lean": lambda tree=tree: lean(tree),
                    "run": lambda tree=tree: run(tree),
                    "command": lambda tree=tree: command(tree),
                    "nothing": lambda: command(empty),
                    "moved": lambda tree=tree: moved(tree),
                    "touched": lambda tree=tree: touched(tree),
                },
                wanted.rounds,
                lambda cost: cost.cpu,
            )
            print(line(cells(size, found[size]), widths), flush=True)
    judge(found)
    return 0


def cells(files: int, costs: dict[str, Cost]) -> tuple[str, ...]:
    micro = {name: 1e6 * cost.cpu / files for name, cost in costs.items()}
    return (
        f"{files}",
        *(f"{micro[name]:.2f}" for name in ("walk", "lean", "run")),
        f"{micro['command'] - micro['nothing']:.2f}",
        f"{micro['run'] / micro['walk']:.2f}",
        f"{micro['run'] / micro['lean']:.2f}",
        *(f"{1e6 * (costs[name].cpu - costs['run'].cpu) / costs[name].files:.0f}" for name in ("moved", "touched")),
        f"{costs['command'].memory - costs['nothing'].memory:.1f}",
        f"{costs['run'].transactions}",
    )


def judge(found: dict[int, dict[str, Cost]]) -> None:
    targets = Targets()
    for files, costs in found.items():
        targets.at_most(f"{files} files: run / walk", costs["run"].cpu / costs["walk"].cpu, 2.3)
    by_file = [costs["run"].cpu / files for files, costs in found.items()]
    targets.at_most("microseconds a file in the largest tree / in the smallest", by_file[-1] / by_file[0], 1.1)
    most, least = (choose(costs["run"].transactions for costs in found.values()) for choose in (max, min))
    targets.at_most("transactions of the largest run less those of the smallest", most - least, 0, "d")
    targets.show()


def make_tree(place: Path, files: int) -> Tree:
    """Make files of one byte, ten in a folder and a hundred folders in a folder, and a library that knows them."""
    tree = Tree(files, os.fsencode(place / "music"), place / "library.passages")
    for number in range(0, files, FILES_PER_FOLDER):
        folder = number // FILES_PER_FOLDER
        made = Path(os.fsdecode(tree.root), f"{folder // FOLDERS_PER_FOLDER:04}", f"Album {folder:06}")
        made.mkdir(parents=True)
        for track in range(min(FILES_PER_FOLDER, files - number)):
            made.joinpath(f"{track + 1:02} Title {number + track:06}.flac").write_bytes(b"x")
    store_as_analysed(tree.library, tree.root, ((entry.path, entry.stat()) for entry in files_below(tree.root)))
    return tree


def files_below(root: bytes) -> Iterator[os.DirEntry[bytes]]:
    for _, files in folders_below(root):
        yield from files


def folders_below(root: bytes) -> Iterator[tuple[bytes, list[os.DirEntry[bytes]]]]:
    pending = [root]
    while pending:
        folder = pending.pop()
        files = []
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    pending.append(entry.path)
                else:
                    files.append(entry)
        yield folder, files


def walk(tree: Tree) -> Cost:
    began = time.process_time()
    pending = [tree.root]
    seen = 0
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    pending.append(entry.path)
                else:
                    entry.stat()
                    seen += 1
    assert seen == tree.files
    return Cost(time.process_time() - began)


def lean(tree: Tree) -> Cost:
    began = time.process_time()
    unchanged = 0
    with closing(sqlite3.connect(tree.library)) as connection:
        coming = folders_below(tree.root)
        while batch := list(islice(coming, FOLDERS_PER_STATEMENT)):
            marks = ",".join("?" * len(batch))
            known = {
                path: (size, mtime)
                for path, size, mtime in connection.execute(
                    "SELECT f.path, f.size, f.mtime_ns FROM folder AS d CROSS JOIN file AS f ON f.folder_id = d.id "
                    f"WHERE d.path IN ({marks})",
                    [folder for folder, _ in batch],
                )
            }
            for _, files in batch:
                for entry in files:
                    status = entry.stat()
                    unchanged += known.get(entry.path) == (status.st_size, status.st_mtime_ns)
    assert unchanged == tree.files
    return Cost(time.process_time() - began)


def run(tree: Tree) -> Cost:
    found = imported(tree)
    assert (found.unchanged, found.verified) == (tree.files, 0), found
    return Cost(found.cpu, transactions=found.transactions)


def moved(tree: Tree) -> Cost:
    first = min(Path(os.fsdecode(tree.root)).iterdir())
    first.rename(first.with_name(f"{first.name[:4]} {time.time_ns()}"))
    files = min(tree.files, FILES_PER_FOLDER * FOLDERS_PER_FOLDER)
    found = imported(tree)
    assert (found.moved, found.verified) == (files, 0), found
    return Cost(found.cpu, files=files, transactions=found.transactions)


def touched(tree: Tree) -> Cost:
    for entry in islice(files_below(tree.root), 0, None, TOUCHED):
        os.utime(entry.path)
    found = imported(tree)
    assert found.verified == tree.files // TOUCHED, found
    return Cost(found.cpu, files=found.verified, transactions=found.transactions)


@dataclass(frozen=True)
class Imported:
    """An import: numbers of files, CPU seconds and transactions. ``verified`` files were read, and not decoded."""

    unchanged: int
    verified: int
    moved: int
    cpu: float
    transactions: int


def imported(tree: Tree) -> Imported:
    """Import a tree in this process. Nothing of it is analysed."""
    settings = Settings.model_validate({"library": {"path": tree.library}})
    with Importer(settings, make_executor=InlineExecutor) as importer:
        began = time.process_time()
        report = importer.start([tree.root]).wait()
        cost = time.process_time() - began
        writer = importer.library.writer()
    assert writer is not None
    assert writer.accounts is not None
    assert (report.summary.analysed, report.new_failures) == (0, 0), report
    progress = report.progress
    counts = progress.files_unchanged, progress.files_verified, progress.files_moved
    return Imported(*counts, cost, writer.accounts.transactions)


def command(tree: Tree) -> Cost:
    import_ = ("import", "--quiet", "--library", str(tree.library), os.fsdecode(tree.root))
    used = usage_of((sys.executable, "-c", COMMAND, *import_))
    return Cost(used.cpu, memory_of(used.printed))


def memory_of(status: str) -> float:
    """Return the largest resident memory that a process says it had; what wait4 says counts that of its parent."""
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else math.nan


if __name__ == "__main__":
    sys.exit(main())
