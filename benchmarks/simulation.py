"""Measure what files cost, predict another import by a model of the actors, check it, and look at large libraries.

    python benchmarks/simulation.py [--rounds 3] [--picture docs/images/scale.svg] [--only-check]

Calibration: imports of few and many, short and long files with one worker, in processes of their own, each
``--rounds`` times, of which the quickest counts: costs are what nobody disturbed. Check: as many imports of other files
with another number of workers; of the differences to what the model gives, the median has to be within 20 %. The tables
are docs/scale.md's: what a file costs comes from these measurements, times from the model (simulation_model.py).
"""

import argparse
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from simulation_model import Costs, Machine, Services, identify, simulate

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.tags import Tags

RATE = 44_100
TOLERANCE = 0.20
CD_FLAC = 900_000
"""Bits a second: what FLAC makes of most music."""

TRACK_SECONDS = 240.0
SIZES = (10**4, 10**6, 10**8)
WORKERS = (2, 8, 32, 128)
FEW, MANY_SHORT, LONG = (4, 6.0), (120, 6.0), (24, 90.0)
CHECKED = (72, 40.0)
CREDITS = 8
"""Files under way for each worker, where that is more than the default of ``session.credits``."""

PUBLIC = Services()
MIRROR = Services(musicbrainz_per_second=50.0, answer=0.02)
"""What both allow; a MusicBrainz server of one's own that allows 50 requests a second."""

ALBUMS, TRACKS = 2_000, 12
"""Albums that the model identifies, and the tracks of each."""

IMPORT = """
import json, os, resource, sys, time
from passagework import Importer, load_settings
library, folder, workers = sys.argv[1:]
began = time.monotonic()
with Importer(load_settings(overrides={"library.path": library, "analysis.workers": workers})) as importer:
    report = importer.start([folder]).wait()
    rows = sum(count for name, count in importer.library.status().rows)
    spent = importer.library.runs(1)[0].accounts
seconds = time.monotonic() - began
own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps({
    "seconds": seconds, "main": own.ru_utime + own.ru_stime, "workers": children.ru_utime + children.ru_stime,
    "rows": rows, "bytes": os.path.getsize(library), "analysed": report.summary.analysed,
    "transactions": spent.transactions, "holds": spent.holds.total, "written": spent.rows,
}))
"""


@dataclass(frozen=True)
class Run:
    """One import, measured: seconds of wall clock and of CPU, and what it left in the library.

    ``others`` is how many cores other programs used meanwhile.
    """

    files: int
    audio: float
    seconds: float
    main: float
    workers: float
    rows: int
    bytes: int
    transactions: int
    holds: float
    written: int
    others: float


def make_folder(folder: Path, files: int, seconds: float) -> Path:
    """Make tagged files of a length: one piece, copied under other tags."""
    folder.mkdir(parents=True)
    piece = folder.parent / f"{seconds:g}.flac"
    if not piece.exists():
        write_audio(piece, compose(round(seconds * RATE), RATE, 1), RATE, AudioForm.FLAC)
    for number in range(files):
        copy = folder / f"album {number // 12}" / f"{number:05}.flac"
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(piece, copy)
        tags = Tags(title=f"Track {number}", artists=("Ann",), album=f"Album {number // 12}", track_number=1)
        write_tags(copy, tags)
    return folder


def import_once(folder: Path, files: int, seconds: float, workers: int) -> Run:
    """Import a folder into a new library, in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        library = os.path.join(scratch, "library.passages")
        command = [sys.executable, "-c", IMPORT, library, folder, str(workers)]
        began, busy, own = time.monotonic(), busy_seconds(), own_seconds()
        done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        others = (busy_seconds() - busy) - (own_seconds() - own)
        took = time.monotonic() - began
    assert done.pop("analysed") == files
    return Run(files, files * seconds, **done, others=max(0.0, others / took))


def busy_seconds() -> float:
    """Give the CPU seconds that everybody on the machine has used."""
    user, nice, system, _idle, _waiting, interrupts, soft, stolen = (
        int(ticks) for ticks in Path("/proc/stat").read_text("ascii").split()[1:9]
    )
    return (user + nice + system + interrupts + soft + stolen) / os.sysconf("SC_CLK_TCK")


def own_seconds() -> float:
    """Give the CPU seconds of what this process started and has seen end."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def quickest(folder: Path, shape: tuple[int, float], workers: int, rounds: int) -> Run:
    """Import some times; the quickest time is what others on the machine disturbed least."""
    return min((import_once(folder, *shape, workers) for _ in range(rounds)), key=lambda run: run.seconds)


def calibrate(folder: Path, rounds: int) -> tuple[Costs, list[Run]]:
    """Find the costs of a file, of a second of audio, and of the start, from three imports with one worker."""
    shapes = (FEW, MANY_SHORT, LONG)
    runs = [quickest(make_folder(folder / f"{n}x{s:g}", n, s), (n, s), 1, rounds) for n, s in shapes]
    # workers = start + per file + per second of audio; main = start + per file: solved for all at once.
    _, worker_file, worker_audio = np.linalg.solve(
        [[1, run.files, run.audio] for run in runs], [r.workers for r in runs]
    )
    _, main_file = np.polyfit([run.files for run in runs], [run.main for run in runs], 1)[::-1]
    transaction = sum(run.holds for run in runs) / sum(run.transactions for run in runs)
    costs = Costs(max(worker_file, 0.0), max(worker_audio, 0.0), max(main_file, 1e-4), transaction)
    modelled = simulate([FEW[1]] * FEW[0], costs, Machine(os.cpu_count() or 1, 1)).seconds
    return Costs(costs.worker_file, costs.worker_audio, costs.main_file, transaction, runs[0].seconds - modelled), runs


def check(folder: Path, costs: Costs, rounds: int, workers: int) -> tuple[float, Run]:
    """Give the predicted seconds of an import that was not calibrated with, and the import: of several the median.

    The model has the cores that other programs left to the import.
    """
    files, seconds = CHECKED
    music = make_folder(folder / "checked", files, seconds)
    pairs = []
    for _ in range(rounds):
        run = import_once(music, files, seconds, workers)
        left = max(0.5, (os.cpu_count() or 1) - run.others)
        pairs.append((simulate([seconds] * files, costs, Machine(left, workers)).seconds, run))
    return sorted(pairs, key=lambda pair: pair[0] / pair[1].seconds)[(rounds - 1) // 2]


def per_file(runs: Sequence[Run], what: str) -> tuple[float, float]:
    """Give how much of something a file has, and a second of audio more."""
    start, file, audio = np.linalg.solve(
        [[1, run.files, run.audio] for run in runs], [float(getattr(run, what)) for run in runs]
    )
    del start
    return max(float(file), 0.0), max(float(audio), 0.0)


def scale(costs: Costs, runs: Sequence[Run]) -> tuple[list[list[str]], dict[int, list[float]]]:
    """Make the table, and the hours of each number of workers at each size."""
    rows_file, _ = per_file(runs, "rows")
    bytes_file, bytes_audio = per_file(runs, "bytes")
    cpu = costs.worker_file + costs.worker_audio * TRACK_SECONDS + costs.main_file
    ceiling = sum(run.written for run in runs) / sum(run.holds for run in runs)
    sample = 20_000
    hours: dict[int, list[float]] = {}
    for workers in WORKERS:
        machine = Machine(workers + 1, workers, credits=max(Machine.credits, CREDITS * workers))
        some = simulate([TRACK_SECONDS] * sample, costs, machine).seconds - costs.start
        hours[workers] = [(costs.start + some * files / sample) / 3600 for files in SIZES]
    default = simulate([TRACK_SECONDS] * sample, costs, Machine(workers + 1, workers)).seconds - costs.start
    asked = identify([TRACKS] * ALBUMS, PUBLIC)
    requests = (len(asked.acoustid) + len(asked.musicbrainz)) / (ALBUMS * TRACKS)
    lines = []
    for at, files in enumerate(SIZES):
        lines.append(
            [
                f"{files:,}",
                f"{cpu * files / 3600:,.1f}",
                *(readable(hours[workers][at]) for workers in WORKERS),
                f"{rows_file * files:,.0f}",
                f"{(bytes_file + bytes_audio * TRACK_SECONDS) * files / 1e9:,.2f}",
                f"{requests * files:,.0f}",
                f"{identification_hours(PUBLIC) * files / 24:,.2f}",
                f"{identification_hours(MIRROR) * files / 24:,.2f}",
            ]
        )
    needed = {workers: sample_rate(hours[workers][1], SIZES[1]) * rows_file for workers in WORKERS}
    print(f"\nCPU-seconds per hour of audio in tracks of {TRACK_SECONDS:.0f} s: {cpu * 3600 / TRACK_SECONDS:.1f}")
    print(f"rows of a file: {rows_file:.1f}; the writer alone: {ceiling:,.0f} rows/s while a transaction is open")
    print(f"the importing process alone: {1 / costs.main_file:,.0f} files/s, {rows_file / costs.main_file:,.0f} rows/s")
    print(f"{workers} workers with the default of {Machine.credits} credits need {default / some:.2f} times as long")
    for workers, rate in needed.items():
        print(f"  {workers:3} workers need {rate:10,.0f} rows/s")
    bytes_read = TRACK_SECONDS * CD_FLAC / 8 * sample_rate(hours[WORKERS[-1]][1], SIZES[1])
    print(f"  and the last read {bytes_read / 1e9:.1f} GB/s, if it is FLAC of CD quality")
    busiest = math.ceil(cpu / costs.main_file)
    print(f"the importing process is the limit from about {busiest} workers on")
    hours[0] = [costs.main_file * files / 3600 for files in SIZES]
    return lines, hours


@cache
def identification_hours(services: Services) -> float:
    """Give the hours for a file."""
    return identify([TRACKS] * ALBUMS, services).seconds / (ALBUMS * TRACKS) / 3600


def sample_rate(hours: float, files: int) -> float:
    """Give files a second."""
    return files / (hours * 3600)


def head() -> list[str]:
    """Name the columns of the table."""
    workers = [f"{workers} workers" for workers in WORKERS]
    return ["files", "CPU-hours", *workers, "rows", "GB", "requests", "days, public", "days, mirror"]


def readable(hours: float) -> str:
    """Give a time in the unit that a person would use."""
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:,.0f} d"


def draw(hours: dict[int, list[float]]) -> str:
    """Draw hours against files for each number of workers, and those of identification; both axes are in decades."""
    sizes = [10**power for power in range(3, 9)]
    curves = {f"{workers} workers": [hours[workers][1] * files / SIZES[1] for files in sizes] for workers in WORKERS}
    curves["importing process alone"] = [hours[0][1] * files / SIZES[1] for files in sizes]
    curves["identification, public"] = [identification_hours(PUBLIC) * files for files in sizes]
    curves["identification, mirror"] = [identification_hours(MIRROR) * files for files in sizes]
    return "\n".join(_picture(sizes, curves)) + "\n"


def _picture(sizes: Sequence[int], curves: dict[str, list[float]]) -> Iterator[str]:
    left, top, width, height, low, high = 70, 30, 420, 330, -2.0, 5.0

    def across(files: float) -> float:
        return left + width * (math.log10(files) - 3) / 5

    def up(value: float) -> float:
        return top + height * (1 - (min(max(math.log10(value), low), high) - low) / (high - low))

    yield '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 410" font-family="sans-serif" font-size="12">'
    yield "<title>Hours against files</title>"
    yield '<rect width="680" height="410" fill="white"/>'
    yield f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#999999"/>'
    for size in sizes:
        yield f'<text x="{across(size):.1f}" y="{top + height + 18}" text-anchor="middle">{size:,}</text>'
    for value, name in ((1 / 60, "1 min"), (1, "1 h"), (24, "1 day"), (24 * 30, "1 month"), (24 * 365, "1 year")):
        yield f'<path d="M{left} {up(value):.1f}H{left + width}" stroke="#dddddd"/>'
        yield f'<text x="{left - 6}" y="{up(value) + 4:.1f}" text-anchor="end">{name}</text>'
    colours = ("#9ecae1", "#6baed6", "#3182bd", "#08519c", "#333333", "#d95f0e", "#7a5195")
    labelled: list[float] = []
    for colour, (name, values) in zip(colours, curves.items(), strict=True):
        points = " L".join(f"{across(size):.1f} {up(value):.1f}" for size, value in zip(sizes, values, strict=True))
        dashed = "" if name.endswith("workers") else ' stroke-dasharray="6 4"'
        yield f'<path d="M{points}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>'
        place = up(values[-1])
        while any(abs(place - other) < 14 for other in labelled):
            place += 2
        labelled.append(place)
        yield f'<text x="{left + width + 6}" y="{place + 4:.1f}" fill="{colour}">{name}</text>'
    yield f'<text x="{left + width / 2}" y="{top + height + 38}" text-anchor="middle">files of four minutes</text>'
    yield "</svg>"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--only-check", action="store_true", help="no tables")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simulation-") as scratch:
        folder = Path(scratch)
        costs, runs = calibrate(folder, wanted.rounds)
        predicted, checked = check(folder, costs, wanted.rounds, workers=2)
    print(
        f"CPU-seconds: {costs.worker_file:.4f} a file and {costs.worker_audio:.5f} a second of audio in a worker, "
        f"{costs.main_file:.4f} a file in the importing process; a transaction {1000 * costs.transaction:.1f} ms; "
        f"start {costs.start:.2f} s"
    )
    off = predicted / checked.seconds - 1
    print(f"check, {CHECKED[0]} files of {CHECKED[1]:g} s with 2 workers: predicted {predicted:.2f} s, ", end="")
    print(f"measured {checked.seconds:.2f} s: {off:+.1%}, at most {TOLERANCE:.0%} wanted ", end="")
    print(f"(other programs used {checked.others:.2f} cores)")
    if not wanted.only_check:
        lines, hours = scale(costs, runs)
        print("\n| " + " | ".join(head()) + " |\n|" + "---:|" * len(head()))
        for line in lines:
            print("| " + " | ".join(line) + " |")
        if wanted.picture:
            wanted.picture.write_text(draw(hours), "utf-8")
    return 0 if abs(off) <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
