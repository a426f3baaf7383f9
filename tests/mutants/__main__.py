"""Mutation testing: how many small faults do the quick tests notice?

    .ci/mutants --seed 1                               1,000 mutants, drawn evenly over the three areas
    .ci/mutants --only passagework/domain/cues.py      those of some files

The project itself is never changed. What is interrupted goes on where it was when the same command is given again; a
change of code or tests begins anew.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from copies import ROOT, copy_of_project, digest, environment
from making import AREAS, Mutant, files_of
from pool import HERE, Pool
from seeing import Sight
from trying import BROKEN, SURVIVED

WANTED = 0.9


def main() -> int:
    """Draw, try, and say what survived."""
    asked = _arguments()
    drawn = _draw(asked)
    place = asked.work / "-".join([digest(), *(tests.replace("/", ".") for tests in asked.tests)])
    place.mkdir(parents=True, exist_ok=True)
    kept = place / ("without-faults.jsonl" if asked.without_faults else "outcomes.jsonl")
    outcomes = Pool(place, _look(place, asked.tests), kept, asked.budget).try_all(drawn, asked.processes)
    survivors = [mutant for mutant in drawn if outcomes[mutant.name]["outcome"] in {SURVIVED, BROKEN}]
    for area in AREAS:
        if names := [mutant.name for mutant in drawn if mutant.area == area]:
            _say(area, len(names), sum(mutant.area == area for mutant in survivors))
            print("   ", dict(Counter(outcomes[name]["outcome"] for name in names)))
    _say("all", len(drawn), len(survivors))
    path = kept.with_name(f"survivors-{asked.seed}-of-{kept.stem}.diff")
    path.write_text(
        "\n".join(f"# {outcomes[m.name]['outcome']}: {outcomes[m.name]['by']}\n{m.diff}" for m in survivors)
    )
    print(f"seed {asked.seed}, survivors in {path}")
    return 0 if len(survivors) <= (1 - WANTED) * len(drawn) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=".ci/mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1, help="which mutants are drawn")
    parser.add_argument("--count", type=int, default=1_000, help="how many, over all areas")
    parser.add_argument("--area", choices=AREAS, action="append", help="of these areas only")
    parser.add_argument("--only", action="append", default=[], metavar="PATH", help="of files that begin like this")
    parser.add_argument("--tests", action="append", default=[], metavar="PATH", help="with these quick tests only")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--budget", type=float, default=12.0, help="at most so many seconds of tests for a mutant")
    parser.add_argument(
        "--without-faults",
        action="store_true",
        help="run the same tests without the faults: what is killed then is a mistake of this program",
    )
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "passagework-mutants")
    return parser.parse_args()


def _draw(asked: argparse.Namespace) -> list[Mutant]:
    """Draw evenly over the areas; what an area lacks is not made up by others."""
    areas = asked.area or list(AREAS)
    dice = random.Random(asked.seed)
    drawn: list[Mutant] = []
    for number, area in enumerate(areas):
        files = [file for file in files_of(str(ROOT), area) if file.path.startswith(tuple(asked.only or [""]))]
        there = [(file, index) for file in files for index in range(len(file))]
        share = asked.count // len(areas) + (number < asked.count % len(areas))
        chosen = dice.sample(there, min(share, len(there)))
        drawn += [file.make(index, fault=not asked.without_faults) for file, index in chosen]
        print(f"{area}: {min(share, len(there))} drawn of {len(there)} mutants of {len(files)} files", flush=True)
    return drawn


def _look(place: Path, chosen: list[str]) -> Sight:
    """Run the quick tests, or those that were chosen, once under coverage, unless that was done already."""
    copy, data, tests = place / "seen", place / "coverage", place / "tests.json"
    if not tests.exists():
        began = time.monotonic()
        command = [sys.executable, str(HERE / "seeing.py"), str(data), str(tests), *chosen]
        with (place / "seeing.log").open("w") as log:
            subprocess.run(
                command, cwd=copy_of_project(copy), env=environment(copy), check=True, stdout=log, stderr=log
            )
        print(f"the quick tests took {time.monotonic() - began:.0f} s under coverage", flush=True)
    return Sight(str(copy), str(data), str(tests))


def _say(what: str, drawn: int, survived: int) -> None:
    print(f"{what}: {drawn - survived} of {drawn} killed, {1 - survived / max(1, drawn):.1%}")


if __name__ == "__main__":
    sys.exit(main())
