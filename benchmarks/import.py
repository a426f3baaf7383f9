"""Measure a whole import beside the bare kernels it is made of, and beside beets doing the nearest thing.

    python benchmarks/import.py FOLDER [--beets PATH_TO_BEET] [--rounds N] [--workers N]

FOLDER holds music of at least 3 hours, e.g. the part ``mixed`` of what real_music.py builds. It is only read. In every
round each contender runs once, as a process of its own with as many workers as cores; start and end of the processes
count for everybody. Figures are those of a contender's quickest round, which others on the machine disturbed least.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from child_usage import Usage, python, usage_of
from import_beets import Beets

from passagework import Library
from passagework.domain.errors import NotFoundError
from passagework.domain.units import seconds

KERNELS = {
    "decode only": (),
    "+ envelope": ("envelope",),
    "+ fingerprint": ("envelope", "fingerprint"),
    "+ ebur128 = (a) bare kernels": ("envelope", "fingerprint", "loudness"),
    "(a) + waveform": ("envelope", "fingerprint", "loudness", "waveform"),
    "(a) + hashing": ("envelope", "fingerprint", "loudness", "hashing"),
}
BARE = "+ ebur128 = (a) bare kernels"
PLAIN, TRUE_PEAK = "Passagework, no true peak", "Passagework, true peak"
BEETS, BEETS_SAMPLE_PEAK = "(b) beets as it comes", "beets, sample peak only"

Contenders = dict[str, Callable[[], Usage]]
Best = dict[str, Usage]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--beets", type=Path, metavar="PATH_TO_BEET", help="with fpcalc and ffmpeg in PATH")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="default: one per core")
    wanted = parser.parse_args()
    folder: Path = wanted.folder.resolve()

    before = snapshot(folder)
    with TemporaryDirectory(prefix="import-benchmark-") as scratch:
        library = Path(scratch, "first.passages")
        import_folder(folder, library, wanted.workers, true_peak=True)
        hours, spans = read_spans(folder, library)
        contenders = own_contenders(folder, Path(scratch), wanted.workers, json.dumps(spans))
        beets, reason = find_beets(wanted.beets, wanted.workers)
        if beets:
            contenders[BEETS] = lambda: beets.usage(folder, true_peak=True)
            contenders[BEETS_SAMPLE_PEAK] = lambda: beets.usage(folder, true_peak=False)
        loads = [os.getloadavg()[0]]
        rounds = [run_round(number, contenders) for number in range(1, wanted.rounds + 1)]
        loads.append(os.getloadavg()[0])

    passages = sum(len(cut) for _, cut in spans)
    print(f"{len(spans)} files with {passages} passages, {hours:.2f} h of audio, {wanted.workers} workers")
    print(f"{wanted.rounds} rounds, load average {loads[0]:.1f} before and {loads[1]:.1f} after them\n")
    best = {label: min((usages[label] for usages in rounds), key=lambda usage: usage.wall) for label in contenders}
    print_table(best, hours, wanted.workers)
    print_verdicts(best, hours, wanted.workers)
    print(f"\nbeets: {beets.result}" if beets else f"\nwithout beets: {reason}")
    if snapshot(folder) != before:
        print("THE MUSIC HAS CHANGED", file=sys.stderr)
        return 1
    return 0


def files_in(folder: Path) -> list[str]:
    return [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names]


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {path: (os.stat(path).st_size, os.stat(path).st_mtime_ns) for path in files_in(folder)}


def import_folder(folder: Path, library: Path, workers: int, *, true_peak: bool) -> Usage:
    peak = "yes" if true_peak else "no"
    return usage_of(python("import_once.py", str(folder), str(library), str(workers), peak))


def read_spans(folder: Path, library: Path) -> tuple[float, list[tuple[str, list[tuple[int, int]]]]]:
    """Give the hours of audio in a library, and the passages of each file in samples."""
    spans = []
    with Library.open(library) as opened:
        for path in files_in(folder):
            try:
                file = opened.file(os.fsencode(path))
            except NotFoundError:
                continue
            if file.format is not None:
                rate = file.format.sample_rate
                cuts = [(passage.start, passage.end) for passage in file.passages]
                samples = [(round(seconds(start) * rate), round(seconds(end) * rate)) for start, end in cuts]
                spans.append((path, samples))
        return seconds(opened.status().audio) / 3600, spans


def own_contenders(folder: Path, scratch: Path, workers: int, spans: str) -> Contenders:
    def kernels(names: Sequence[str]) -> Usage:
        return usage_of(
            python("kernels.py", str(workers), *names), stdin=spans, environment={"OPENBLAS_NUM_THREADS": "1"}
        )

    def whole(*, true_peak: bool) -> Usage:
        with TemporaryDirectory(dir=scratch) as fresh:
            return import_folder(folder, Path(fresh, "library.passages"), workers, true_peak=true_peak)

    contenders: Contenders = {label: lambda names=names: kernels(names) for label, names in KERNELS.items()}
    contenders[PLAIN] = lambda: whole(true_peak=False)
    contenders[TRUE_PEAK] = lambda: whole(true_peak=True)
    return contenders


def find_beets(program: Path | None, workers: int) -> tuple[Beets | None, str]:
    """Give beets, or the reason why it is left out."""
    if program is None:
        return None, "--beets was not given"
    beets = Beets(program, workers)
    reason = beets.missing()
    return (None, reason) if reason else (beets, "")


def run_round(number: int, contenders: Contenders) -> dict[str, Usage]:
    usages = {}
    for label, run in contenders.items():
        usages[label] = run()
        usage = usages[label]
        print(f"round {number}: {label}: {usage.wall:.1f} s, {usage.cpu:.1f} CPU-s", file=sys.stderr)
    return usages


def busy(usage: Usage, workers: int) -> float:
    return usage.cpu / (workers * usage.wall)


def print_table(best: Best, hours: float, workers: int) -> None:
    print(
        f"| {'contender':28} | wall s | x real time | CPU-s per hour | CPU/(cores x wall) | CPU / (a) | speed / (b) |"
    )
    print(f"|{'-' * 30}|{'-' * 7}:|{'-' * 12}:|{'-' * 15}:|{'-' * 19}:|{'-' * 10}:|{'-' * 12}:|")
    for label, usage in best.items():
        cells = (
            f"{label:28}",
            f"{usage.wall:6.1f}",
            f"{3600 * hours / usage.wall:11.0f}",
            f"{usage.cpu / hours:14.2f}",
            f"{busy(usage, workers):18.2f}",
            f"{usage.cpu / best[BARE].cpu:9.2f}",
            f"{best[BEETS].wall / usage.wall:11.2f}" if BEETS in best else f"{'-':>11}",
        )
        print(f"| {' | '.join(cells)} |")


def print_verdicts(best: Best, hours: float, workers: int) -> None:
    bare, plain = best[BARE], best[PLAIN]
    extra = plain.cpu / bare.cpu
    idle = busy(bare, workers) - busy(plain, workers)
    cost = plain.cpu / hours
    verdict(f"CPU of an import without true peak / CPU of (a): {extra:.2f}, at most 1.15 wanted", met=extra <= 1.15)
    if BEETS in best:
        faster = best[BEETS].wall / plain.wall
        verdict(f"speed / speed of (b): {faster:.2f}, at least 5 wanted", met=faster >= 5)
    verdict(f"CPU/(cores x wall) below that of (a) by {idle:.2f}, at most 0.1 wanted", met=idle <= 0.1)
    verdict(f"CPU-seconds per hour of audio: {cost:.2f}, at most 12 wanted", met=cost <= 12)
    print(f"price of true peak: {(best[TRUE_PEAK].cpu - plain.cpu) / hours:.2f} CPU-seconds per hour of audio")


def verdict(text: str, *, met: bool) -> None:
    print(f"{'met   ' if met else 'MISSED'} {text}")


if __name__ == "__main__":
    sys.exit(main())
