"""Measure what files cost, predict another import by a model of the actors, check it, and look at large libraries.

    python benchmarks/simulation.py [--rounds 3] [--picture docs/images/scale.svg] [--only-check]

Calibration: imports of few and many, short and long files with one worker, in processes of their own, each
``--rounds`` times, of which the quickest counts: costs are what nobody disturbed. Check: as many imports of other files
with another number of workers; of the differences to what the model gives, the median has to be within 20 %. The tables
are docs/scale.md's: what a file costs comes from these measurements, times from the model (simulation_model.py).
"""

import json
import math
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from chart import Chart
from harness import arguments, busy_seconds, in_turn, parsed, script, table, usage_of
from seams.demo import AudioForm, Tags, compose, write_audio, write_tags
from simulation_model import Costs, Machine, Services, identify, simulate

RATE = 44_100
TOLERANCE = 0.20
CD_FLAC = 900_000
"""Bits a second: what FLAC makes of most music."""

TRACK_SECONDS = 240.0
SIZES = (10**4, 10**6, 10**8)
WORKERS = (2, 8, 32, 128)
SHAPES = {"few": (4, 6.0), "many short": (120, 6.0), "long": (24, 90.0), "checked": (72, 40.0)}
QUICK_SHAPES = {"few": (2, 1.0), "many short": (8, 1.0), "long": (3, 8.0), "checked": (6, 4.0)}
"""Files and their seconds. The first three are calibrated with."""

CREDITS = 8
"""Files under way for each worker, where that is more than the default of ``session.credits``."""

SAMPLE = 20_000
"""Files that are modelled; more take as many times as long."""

PUBLIC = Services()
MIRROR = Services(musicbrainz_per_second=50.0, answer=0.02)
"""What both allow; a MusicBrainz server of one's own that allows 50 requests a second."""

ALBUMS, TRACKS = 2_000, 12
"""Albums that the model identifies, and the tracks of each."""


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
    piece = folder.with_suffix(".flac")
    write_audio(piece, compose(round(seconds * RATE), RATE, 1), RATE, AudioForm.FLAC)
    for number in range(files):
        copy = folder / f"album {number // 12}" / f"{number:05}.flac"
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(piece, copy)
        tags = Tags(title=f"Track {number}", artists=("Ann",), album=f"Album {number // 12}", track_number=1)
        write_tags(copy, tags)
    return folder


def import_once(folder: Path, shape: tuple[int, float], workers: int) -> Run:
    """Import a folder into a new library, in a process of its own."""
    files, seconds = shape
    with tempfile.TemporaryDirectory() as scratch:
        library = os.path.join(scratch, "library.passages")
        began, busy, own = time.monotonic(), busy_seconds(), own_seconds()
        done = json.loads(usage_of(script("import_once.py", str(folder), library, str(workers), "yes")).printed)
        del done["hours"]
        others = (busy_seconds() - busy) - (own_seconds() - own)
        took = time.monotonic() - began
    assert done["files"] == files
    return Run(audio=files * seconds, others=max(0.0, others / took), **done)


def own_seconds() -> float:
    """Give the CPU seconds of what this process started and has seen end."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def calibrated(runs: Sequence[Run]) -> Costs:
    """Find the costs of a file, of a second of audio, and of the start, from three imports with one worker."""
    worker_file, worker_audio = per_file(runs, "workers")
    main_file = float(np.polyfit([run.files for run in runs], [run.main for run in runs], 1)[0])
    transaction = sum(run.holds for run in runs) / sum(run.transactions for run in runs)
    costs = Costs(worker_file, worker_audio, max(main_file, 1e-4), transaction)
    few = runs[0]
    modelled = simulate([few.audio / few.files] * few.files, costs, Machine(os.cpu_count() or 1, 1)).seconds
    return Costs(worker_file, worker_audio, costs.main_file, transaction, few.seconds - modelled)


def per_file(runs: Sequence[Run], what: str) -> tuple[float, float]:
    """Give how much of something a file has, and a second of audio more, beside what every import has."""
    known = [[1, run.files, run.audio] for run in runs]
    _, file, audio = np.linalg.solve(known, [float(getattr(run, what)) for run in runs])
    return max(float(file), 0.0), max(float(audio), 0.0)


def check(music: Path, shape: tuple[int, float], costs: Costs, rounds: int) -> tuple[float, Run]:
    """Give the predicted seconds of an import that was not calibrated with, and the import: of several the median.

    The model has the cores that other programs left to the import.
    """
    files, seconds = shape
    pairs = []
    for _ in range(rounds):
        run = import_once(music, shape, workers=2)
        left = max(0.5, (os.cpu_count() or 1) - run.others)
        pairs.append((simulate([seconds] * files, costs, Machine(left, 2)).seconds, run))
    return sorted(pairs, key=lambda pair: pair[0] / pair[1].seconds)[(rounds - 1) // 2]


def scale(costs: Costs, runs: Sequence[Run]) -> tuple[list[list[str]], dict[str, float]]:
    """Make the table, and the hours that a file takes, by what limits it."""
    rows_file, _ = per_file(runs, "rows")
    bytes_file, bytes_audio = per_file(runs, "bytes")
    cpu = costs.worker_file + costs.worker_audio * TRACK_SECONDS + costs.main_file

    def seconds(workers: int, under_way: int) -> float:
        machine = Machine(workers + 1, workers, credits=under_way)
        return (simulate([TRACK_SECONDS] * SAMPLE, costs, machine).seconds - costs.start) / SAMPLE

    each = {workers: seconds(workers, max(Machine.credits, CREDITS * workers)) for workers in WORKERS}
    asked = identify([TRACKS] * ALBUMS, PUBLIC)
    requests = (len(asked.acoustid) + len(asked.musicbrainz)) / (ALBUMS * TRACKS)
    lines = [
        [
            f"{files:,}",
            f"{cpu * files / 3600:,.1f}",
            *(readable((costs.start + each[workers] * files) / 3600) for workers in WORKERS),
            f"{rows_file * files:,.0f}",
            f"{(bytes_file + bytes_audio * TRACK_SECONDS) * files / 1e9:,.2f}",
            f"{requests * files:,.0f}",
            *(f"{identification_hours(services) * files / 24:,.2f}" for services in (PUBLIC, MIRROR)),
        ]
        for files in SIZES
    ]
    most = WORKERS[-1]
    ceiling = sum(run.written for run in runs) / sum(run.holds for run in runs)
    slower = seconds(most, Machine.credits) / each[most]
    bytes_read = TRACK_SECONDS * CD_FLAC / 8 / each[most]
    print(f"\nCPU-seconds per hour of audio in tracks of {TRACK_SECONDS:.0f} s: {cpu * 3600 / TRACK_SECONDS:.1f}")
    print(f"rows of a file: {rows_file:.1f}; the writer alone: {ceiling:,.0f} rows/s while a transaction is open")
    print(f"the importing process alone: {1 / costs.main_file:,.0f} files/s, {rows_file / costs.main_file:,.0f} rows/s")
    print(f"{most} workers with the default of {Machine.credits} credits need {slower:.2f} times as long")
    for workers in WORKERS:
        print(f"  {workers:3} workers need {rows_file / each[workers]:10,.0f} rows/s")
    print(f"  and the last read {bytes_read / 1e9:.1f} GB/s, if it is FLAC of CD quality")
    print(f"the importing process is the limit from about {math.ceil(cpu / costs.main_file)} workers on\n")
    hours = {f"{workers} workers": each[workers] / 3600 for workers in WORKERS}
    hours["importing process alone"] = costs.main_file / 3600
    hours["identification, public"] = identification_hours(PUBLIC)
    hours["identification, mirror"] = identification_hours(MIRROR)
    return lines, hours


@cache
def identification_hours(services: Services) -> float:
    """Give the hours for a file."""
    return identify([TRACKS] * ALBUMS, services).seconds / (ALBUMS * TRACKS) / 3600


def head() -> list[str]:
    """Name the columns of the table."""
    workers = [f"{workers} workers" for workers in WORKERS]
    return ["files", "CPU-hours", *workers, "rows", "GB", "requests", "days, public", "days, mirror"]


def readable(hours: float) -> str:
    """Give a time in the unit that a person would use."""
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:,.0f} d"


def draw(hours: dict[str, float]) -> str:
    """Draw hours against files for each number of workers, and those of identification; both axes are in decades."""
    box, low, high = (70, 30, 420, 330), -2.0, 5.0

    def up(value: float) -> float:
        return (min(max(math.log10(value), low), high) - low) / (high - low)

    chart = Chart("Hours against files", (680, 410), box, lambda files: (math.log10(files) - 3) / 5, up)
    right = box[0] + box[2]
    sizes = [10**power for power in range(3, 9)]
    for size in sizes:
        chart.below(size, f"{size:,}")
    for value, name in ((1 / 60, "1 min"), (1, "1 h"), (24, "1 day"), (24 * 30, "1 month"), (24 * 365, "1 year")):
        chart.path([(box[0], chart.y(value)), (right, chart.y(value))], "#dddddd")
        chart.beside(value, name)
    colours = ("#9ecae1", "#6baed6", "#3182bd", "#08519c", "#333333", "#d95f0e", "#7a5195")
    labelled: list[float] = []
    for colour, (name, each) in zip(colours, hours.items(), strict=True):
        points = [(chart.x(size), chart.y(each * size)) for size in sizes]
        dashed = "" if name.endswith("workers") else 'stroke-dasharray="6 4"'
        chart.path(points, colour, f'stroke-width="2" {dashed}')
        place = points[-1][1]
        while any(abs(place - other) < 14 for other in labelled):
            place += 2
        labelled.append(place)
        chart.text(right + 6, place + 4, name, f'fill="{colour}"')
    chart.centred(box[0] + box[2] / 2, box[1] + box[3] + 38, "files of four minutes")
    return chart.svg()


def main() -> int:
    parser = arguments(__doc__, rounds=3, picture=None)
    parser.add_argument("--only-check", action="store_true", help="no tables")
    wanted = parsed(parser, rounds=1, only_check=True)
    shapes = QUICK_SHAPES if wanted.quick else SHAPES
    with tempfile.TemporaryDirectory(prefix="simulation-") as scratch:
        music = {name: make_folder(Path(scratch, name), *shape) for name, shape in shapes.items()}
        checked = shapes.pop("checked")
        imports = {name: lambda name=name: import_once(music[name], shapes[name], 1) for name in shapes}
        runs = list(in_turn(imports, wanted.rounds, lambda run: run.seconds).values())
        costs = calibrated(runs)
        predicted, found = check(music["checked"], checked, costs, wanted.rounds)
    print(
        f"CPU-seconds: {costs.worker_file:.4f} a file and {costs.worker_audio:.5f} a second of audio in a worker, "
        f"{costs.main_file:.4f} a file in the importing process; a transaction {1000 * costs.transaction:.1f} ms; "
        f"start {costs.start:.2f} s"
    )
    off = predicted / found.seconds - 1
    print(
        f"check, {checked[0]} files of {checked[1]:g} s with 2 workers: predicted {predicted:.2f} s, "
        f"measured {found.seconds:.2f} s: {off:+.1%}, at most {TOLERANCE:.0%} wanted "
        f"(other programs used {found.others:.2f} cores)"
    )
    if not wanted.only_check:
        lines, hours = scale(costs, runs)
        table(head(), lines)
        if wanted.picture:
            wanted.picture.write_text(draw(hours), "utf-8")
    return 0 if abs(off) <= TOLERANCE or wanted.quick else 1


if __name__ == "__main__":
    sys.exit(main())
