"""What must not become slower, each beside the least that the same work needs."""

import pickle
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from types import MappingProxyType

import queries
import rescan
from gate import Check, Cost
from kernels import Work, analyse
from lock_table import Field
from recorded_messages import record
from seams import analysis
from seams.demo import AudioForm, Tags, compose, write_audio, write_tags
from seams.queries import LibraryReader, ListPassages
from writer.contender import PRODUCT, Task
from writer.in_memory import ROWS_MADE

RATE = 44_100

ROWS_OF_A_PAGE = """
SELECT p.*, f.path, f.path_text, t.title, t.artist, t.album FROM file AS f CROSS JOIN passage AS p ON p.file_id = f.id
CROSS JOIN file_tags AS t ON t.file_id = f.id ORDER BY f.path, p.start_ticks LIMIT ?
"""


def in_this_process(work: Callable[[], object]) -> Cost:
    """Count the CPU time of all threads of this process."""

    def cost() -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    return cost


def of_a_process(*command: str | Path) -> Cost:
    """Count the CPU time of a program from its start to its end."""

    def cost() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return cost


def _music(path: Path, seconds: float, form: AudioForm) -> Path:
    write_audio(path, compose(round(seconds * RATE), RATE, 1), RATE, form)
    return path


def _kernels(path: Path, seconds: float, *kernels: str) -> Cost:
    spans = [(0, round(seconds * RATE))]
    return in_this_process(lambda: analyse(Work(str(path), spans, frozenset(kernels))))


def long_file(folder: Path, _: ExitStack) -> Check:
    path = _music(folder / "long.flac", 120.0, AudioForm.FLAC)
    return Check(
        "long file",
        "the analysis of two minutes of FLAC, beside a bare decode with envelope and fingerprint",
        2.0,
        in_this_process(lambda: analysis.analyse(path)),
        _kernels(path, 120.0, "envelope", "fingerprint"),
    )


def short_file(folder: Path, _: ExitStack) -> Check:
    path = _music(folder / "short.flac", 0.2, AudioForm.FLAC)

    def many(work: Cost) -> Cost:
        return lambda: sum(work() for _ in range(50))

    return Check(
        "short file",
        "the analysis of 0.2 s of FLAC that begins and ends in sound, 50 times, beside a bare decode",
        # 9 until what is heard at such edges was looked at, which takes 0.6 ms of 3.
        13.0,
        many(in_this_process(lambda: analysis.analyse(path))),
        many(_kernels(path, 0.2)),
    )


def flavor(folder: Path, _: ExitStack) -> Check:
    path = _music(folder / "heard.flac", 120.0, AudioForm.FLAC)
    return Check(
        "flavor",
        "the analysis of two minutes of FLAC with flavor.level basic, beside one with off",
        1.6,
        in_this_process(lambda: analysis.analyse(path, "basic")),
        in_this_process(lambda: analysis.analyse(path)),
    )


def start(_: Path, __: ExitStack) -> Check:
    return Check(
        "start",
        "passagework --version, beside Python with argparse and sqlite3",
        3.2,
        of_a_process(Path(sys.executable).with_name("passagework"), "--version"),
        of_a_process(sys.executable, "-c", "import argparse, sqlite3"),
    )


def rescan_of_a_tree(folder: Path, _: ExitStack) -> Check:
    tree = rescan.make_tree(folder / "tree", 10_000)
    return Check(
        "rescan",
        "an import of 10,000 files in which nothing has changed, beside a bare walk",
        4.8,
        lambda: rescan.run(tree).cpu,
        lambda: rescan.walk(tree).cpu,
    )


def writer(folder: Path, _: ExitStack) -> Check:
    played, recording = folder / "played", folder / "recording"
    played.mkdir()
    for number in range(3):
        path = _music(played / f"{number}.flac", 60.0, AudioForm.FLAC)
        write_tags(path, Tags(title=f"Track {number}", artists=("Ann",), album="Album", track_number=number + 1))
    recording.write_bytes(pickle.dumps(record(played)))
    field = Field(folder)

    def seconds_of(how: str) -> Cost:
        return lambda: field.run(Task(str(recording), how, files=600, passages=3))[1].seconds

    return Check(
        "writer",
        "600 files of three passages stored and linked, beside a thread that inserts rows made before, in batches",
        1.6,
        seconds_of(PRODUCT),
        seconds_of(ROWS_MADE),
    )


def listing(folder: Path, stack: ExitStack) -> Check:
    path = folder / "listed.passages"
    queries.make_library(path, 2_000)
    reader = LibraryReader(path)
    stack.callback(reader.close)
    connection = stack.enter_context(closing(sqlite3.connect(path)))

    def pages() -> None:
        for _ in range(10):
            reader.query(ListPassages(queries.PAGE, None, None, evidence=False))

    def rows() -> None:
        for _ in range(10):
            connection.execute(ROWS_OF_A_PAGE, (queries.PAGE,)).fetchall()

    return Check(
        "list",
        "ten pages of 500 passages with their names, beside SELECTs of as many rows of passage, file and tags",
        11.0,
        in_this_process(pages),
        in_this_process(rows),
    )


CHECKS: Mapping[str, Callable[[Path, ExitStack], Check]] = MappingProxyType(
    {
        "long file": long_file,
        "short file": short_file,
        "flavor": flavor,
        "start": start,
        "rescan": rescan_of_a_tree,
        "writer": writer,
        "list": listing,
    }
)
