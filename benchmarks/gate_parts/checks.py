"""What must not become slower, each beside the least that the same work needs."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

from gate import Check, Cost
from kernels import Work, analyse
from seams import analysis
from seams.demo import AudioForm, compose, write_audio

RATE = 44_100


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
        3.0,
        in_this_process(lambda: analysis.analyse(path)),
        _kernels(path, 120.0, "envelope", "fingerprint"),
    )


def short_file(folder: Path, _: ExitStack) -> Check:
    path = _music(folder / "short.flac", 0.2, AudioForm.FLAC)

    def many(work: Cost) -> Cost:
        return lambda: sum(work() for _ in range(50))

    return Check(
        "short file",
        "the analysis of 0.2 s of FLAC, 50 times, beside a bare decode",
        3.0,
        many(in_this_process(lambda: analysis.analyse(path))),
        many(_kernels(path, 0.2)),
    )


def start(_: Path, __: ExitStack) -> Check:
    return Check(
        "start",
        "passagework --version, beside Python with argparse and sqlite3",
        4.0,
        of_a_process(Path(sys.executable).with_name("passagework"), "--version"),
        of_a_process(sys.executable, "-c", "import argparse, sqlite3"),
    )


CHECKS: Mapping[str, Callable[[Path, ExitStack], Check]] = MappingProxyType(
    {"long file": long_file, "short file": short_file, "start": start}
)
