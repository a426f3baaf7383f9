"""Measure a whole import beside the bare kernels it is made of, and beside beets doing the nearest thing.

    python benchmarks/import.py FOLDER [--beets PATH_TO_BEET] [--rounds N] [--workers N]

FOLDER holds music of at least 3 hours, e.g. the part ``mixed`` of what real_music.py builds. It is only read. In every
round each contender runs once, as a process of its own with as many workers as cores; start and end of the processes
count for everybody. Figures are those of a contender's quickest round, which others on the machine disturbed least.
"""

import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import Targets, Usage, arguments, in_turn, parsed, script, table, usage_of
from import_beets import Beets

BARE = "+ ebur128 = (a) bare kernels"
KERNELS = {
    "decode only": (),
    "+ envelope": ("envelope",),
    "+ fingerprint": ("envelope", "fingerprint"),
    BARE: ("envelope", "fingerprint", "loudness"),
    "(a) + waveform": ("envelope", "fingerprint", "loudness", "waveform"),
    "(a) + hashing": ("envelope", "fingerprint", "loudness", "hashing"),
}
PLAIN, TRUE_PEAK = "Passagework, no true peak", "Passagework, true peak"
BEETS, BEETS_SAMPLE_PEAK = "(b) beets as it comes", "beets, sample peak only"
TICKS_PER_SECOND = 28_224_000

SPANS = """
SELECT f.path, f.sample_rate, p.start_ticks, p.end_ticks FROM file AS f LEFT JOIN passage AS p ON p.file_id = f.id
WHERE f.sample_rate IS NOT NULL AND p.retired_ns IS NULL ORDER BY f.id, p.start_ticks
"""


def main() -> int:
    cores = len(os.sched_getaffinity(0))
    parser = arguments(__doc__, rounds=3, workers=cores)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--beets", type=Path, metavar="PATH_TO_BEET", help="with fpcalc and ffmpeg in PATH")
    parser.add_argument("--kernels", default=",".join(KERNELS), help="which sets of kernels; one of them is (a)")
    wanted = parsed(parser, rounds=1, kernels=BARE)
    folder, workers = wanted.folder.resolve(), wanted.workers
    before = snapshot(folder)
    with TemporaryDirectory(prefix="import-benchmark-") as scratch:
        library = Path(scratch, "first.passages")
        import_folder(folder, library, workers, true_peak=True)
        hours, spans = read_spans(library)
        contenders = {label: lambda label=label: kernels(label, workers, spans) for label in wanted.kernels.split(",")}
        for label, true_peak in ((PLAIN, False), (TRUE_PEAK, True)):
            contenders[label] = lambda true_peak=true_peak: whole(folder, Path(scratch), workers, true_peak=true_peak)
        beets = Beets(wanted.beets, workers) if wanted.beets else None
        reason = beets.missing() if beets else "--beets was not given"
        if beets and not reason:
            contenders[BEETS] = lambda: beets.usage(folder, true_peak=True)
            contenders[BEETS_SAMPLE_PEAK] = lambda: beets.usage(folder, true_peak=False)
        loads = [os.getloadavg()[0]]
        best = in_turn(contenders, wanted.rounds, lambda usage: usage.wall)
        loads.append(os.getloadavg()[0])
    passages = sum(len(cuts) for _, cuts in spans)
    print(f"{len(spans)} files with {passages} passages, {hours:.2f} h of audio, {workers} workers")
    print(f"{wanted.rounds} rounds, load average {loads[0]:.1f} before and {loads[1]:.1f} after them\n")
    show(best, hours, workers)
    print(f"\nwithout beets: {reason}" if reason else f"\nbeets: {beets.result}")
    if snapshot(folder) != before:
        print("THE MUSIC HAS CHANGED", file=sys.stderr)
        return 1
    return 0


def snapshot(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def import_folder(folder: Path, library: Path, workers: int, *, true_peak: bool) -> Usage:
    return usage_of(script("import_once.py", str(folder), str(library), str(workers), "yes" if true_peak else "no"))


def whole(folder: Path, scratch: Path, workers: int, *, true_peak: bool) -> Usage:
    with TemporaryDirectory(dir=scratch) as fresh:
        return import_folder(folder, Path(fresh, "library.passages"), workers, true_peak=true_peak)


def kernels(label: str, workers: int, spans: list[object]) -> Usage:
    command = script("kernels.py", str(workers), *KERNELS[label])
    return usage_of(command, json.dumps(spans), {"OPENBLAS_NUM_THREADS": "1"})


def read_spans(library: Path) -> tuple[float, list[tuple[str, list[tuple[int, int]]]]]:
    """Give the hours of audio in a library, and the passages of each file in samples."""
    spans: dict[str, list[tuple[int, int]]] = {}
    with closing(sqlite3.connect(library)) as connection:
        (ticks,) = connection.execute("SELECT sum(duration_ticks) FROM file").fetchone()
        for path, rate, *cut in connection.execute(SPANS):
            samples = [round(moment / TICKS_PER_SECOND * rate) for moment in cut if moment is not None]
            spans.setdefault(os.fsdecode(path), []).extend([tuple(samples)] if samples else [])
    return ticks / TICKS_PER_SECOND / 3600, list(spans.items())


def show(best: dict[str, Usage], hours: float, workers: int) -> None:
    def busy(usage: Usage) -> float:
        return usage.cpu / (workers * usage.wall)

    bare, plain, beets = best[BARE], best[PLAIN], best.get(BEETS)
    rows = [
        (
            label,
            f"{usage.wall:.1f}",
            f"{3600 * hours / usage.wall:.0f}",
            f"{usage.cpu / hours:.2f}",
            f"{busy(usage):.2f}",
            f"{usage.cpu / bare.cpu:.2f}",
            f"{beets.wall / usage.wall:.2f}" if beets else "-",
        )
        for label, usage in best.items()
    ]
    names = ("contender", "wall s", "x real time", "CPU-s per hour", "CPU/(cores x wall)", "CPU / (a)", "speed / (b)")
    table(names, rows)
    targets = Targets()
    peak = best[TRUE_PEAK]
    targets.at_most("CPU of an import without true peak / CPU of (a)", plain.cpu / bare.cpu, 1.0)
    targets.at_most("CPU of an import with true peak / CPU of (a)", peak.cpu / bare.cpu, 1.15)
    if beets:
        targets.at_least("speed with true peak / speed of (b)", beets.wall / peak.wall, 6)
    targets.at_most("CPU/(cores x wall) below that of (a) by", busy(bare) - busy(plain), 0.1)
    targets.at_most("CPU-seconds per hour of audio, with true peak", peak.cpu / hours, 7)
    targets.show()
    print(f"price of true peak: {(best[TRUE_PEAK].cpu - plain.cpu) / hours:.2f} CPU-seconds per hour of audio")


if __name__ == "__main__":
    sys.exit(main())
