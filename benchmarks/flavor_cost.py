"""Measure what flavor costs: whole imports with each level by turns, beside essentia's MusicExtractor if it is there.

    python benchmarks/flavor_cost.py FOLDER [--essentia PYTHON] [--rounds 3] [--workers N]

FOLDER holds an hour of music or more. It is only read. "CPU-s per hour" is that of all processes of an import, in an
hour of audio, with fingerprints and true peaks; of each the quickest round counts. PYTHON is an interpreter that has
essentia, which reads each file and writes nothing. "full" is only measured where the nets are installed.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import Targets, Usage, arguments, in_turn, parsed, script, table, usage_of
from seams.flavor import has_nets

LEVELS = ("off", "basic", "full")
SUFFIXES = frozenset({".flac", ".mp3", ".ogg", ".opus", ".wav"})
ESSENTIA = """
import sys
import essentia
import essentia.standard
essentia.log.infoActive = essentia.log.warningActive = False
for path in sys.argv[1:]:
    essentia.standard.MusicExtractor()(path)
"""


def main() -> None:
    parser = arguments(__doc__, rounds=3, workers=len(os.sched_getaffinity(0)))
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--essentia", type=Path, metavar="PYTHON")
    wanted = parsed(parser, rounds=1)
    levels = LEVELS if has_nets() else LEVELS[:-1]
    with TemporaryDirectory(prefix="flavor-cost-") as scratch:
        imports = {
            level: lambda level=level: whole(wanted.folder, Path(scratch), wanted.workers, level) for level in levels
        }
        best = in_turn(imports, wanted.rounds, lambda usage: usage.cpu)
    rows = list(best.items())
    if wanted.essentia is not None:
        rows.append(("essentia alone", essentia(wanted.essentia, wanted.folder)))
    hours = json.loads(best["off"].printed)["hours"]
    print(f"{hours:.2f} h of audio, {wanted.workers} workers, {wanted.rounds} rounds\n")
    show(rows, hours, best)


def whole(folder: Path, scratch: Path, workers: int, level: str) -> Usage:
    """Import into a fresh library."""
    with TemporaryDirectory(dir=scratch) as fresh:
        library = Path(fresh, "library.passages")
        return usage_of(script("import_once.py", str(folder), str(library), str(workers), "yes", level))


def essentia(python: Path, folder: Path) -> Usage:
    """Have essentia extract all that it knows of each file; it is one process with one thread."""
    return usage_of((python, "-c", ESSENTIA, *sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES)))


def show(rows: Sequence[tuple[str, Usage]], hours: float, best: Mapping[str, Usage]) -> None:
    off, basic, full = (best.get(level) for level in LEVELS)

    def cells(name: str, usage: Usage) -> tuple[str, ...]:
        above = f"{(usage.cpu - off.cpu) / hours:.2f}" if name in LEVELS else "-"
        return name, f"{usage.wall:.1f}", f"{usage.cpu / hours:.2f}", above, f"{usage.cpu / off.cpu:.2f}"

    table(("level", "wall s", "CPU-s per hour", "above off", "CPU / off"), [cells(*row) for row in rows])
    targets = Targets()
    targets.at_most("CPU of an import with basic / with off", basic.cpu / off.cpu, 1.35)
    targets.at_most("wall clock of an import with basic / with off", basic.wall / off.wall, 1.35)
    targets.at_most("CPU-seconds per hour of basic above off", (basic.cpu - off.cpu) / hours, 3)
    if full is not None:
        targets.at_most("CPU-seconds per hour of full above basic", (full.cpu - basic.cpu) / hours, 11)
    targets.show()


if __name__ == "__main__":
    main()
