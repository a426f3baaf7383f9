"""Attack the product for a while, and count what held: kills, power loss, damage, hostile files and services, races.

    python benchmarks/torture.py --minutes 10 --seed 1 [--only NAME]... [--lanes 2]
    python benchmarks/torture.py --replay CASE

Prints its seed; each loss that is like none before, at once; then a table (attack, tries, held, lost), and for every
kind of loss cases that can be replayed. The exit code is 1 if something was lost. docs/torture.md says what is
attacked, and how.
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from torture_parts import calls

NAMED = 3
"""So many cases of each kind of loss are printed."""


def main() -> int:
    """Read the arguments, and run a campaign or one case."""
    chosen = _arguments()
    calls.preload()
    try:
        return _replay(chosen.replay) if chosen.replay else _campaign(chosen)
    finally:
        calls.unload()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long cases are tried; preparation comes before")
    parser.add_argument("--seed", type=int, help="what makes the cases; without one, a new one")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this attack; may be given again")
    parser.add_argument("--lanes", type=int, default=len(os.sched_getaffinity(0)), help="cases tried at a time")
    parser.add_argument("--quick", action="store_true", help="prepare less: for campaigns of seconds")
    parser.add_argument("--replay", metavar="CASE", help="try one case, as a loss names it")
    return parser.parse_args()


def _campaign(chosen: argparse.Namespace) -> int:
    from torture_parts import campaign  # noqa: PLC0415 - this and the product are loaded once, behind preload
    from torture_parts.attack import Bench, SkippedError  # noqa: PLC0415
    from torture_parts.attacks import ATTACKS  # noqa: PLC0415

    unknown = set(chosen.only or ()) - {attack.name for attack in ATTACKS}
    if unknown:
        sys.exit(f"no attack is called {', '.join(unknown)}; there are: {', '.join(a.name for a in ATTACKS)}")
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}, {chosen.minutes:g} minutes, {chosen.lanes} at a time", flush=True)
    with tempfile.TemporaryDirectory(prefix="torture-shared-") as shared:
        bench = Bench(Path(shared), seed, quick=chosen.quick)
        ready, skipped = [], {}
        for kind in ATTACKS:
            if chosen.only and kind.name not in chosen.only:
                continue
            attack = kind(bench)
            try:
                attack.prepare()
            except SkippedError as reason:
                skipped[attack.name] = str(reason)
            else:
                ready.append(attack)
        scores = campaign.run(ready, chosen.minutes * 60, seed, chosen.lanes, lambda line: print(line, flush=True))
    for line in campaign.report(scores, skipped, NAMED):
        print(line)
    return 1 if any(score.lost for score in scores.values()) else 0


def _replay(text: str) -> int:
    from torture_parts import campaign  # noqa: PLC0415
    from torture_parts.attack import Bench, Case  # noqa: PLC0415
    from torture_parts.attacks import ATTACKS  # noqa: PLC0415

    case = Case.parsed(text)
    kind = {attack.name: attack for attack in ATTACKS}[case.attack]
    with tempfile.TemporaryDirectory(prefix="torture-shared-") as shared:
        attack = kind(Bench(Path(shared), case.seed))
        attack.prepare()
        verdict = campaign.replay(attack, case)
    for line in _told(verdict.kind, verdict.reasons):
        print(line)
    return 0 if verdict.held else 1


def _told(kind: str, reasons: Sequence[str]) -> list[str]:
    return [f"held: {kind}"] if not reasons else [f"lost: {kind}: {reason}" for reason in reasons]


if __name__ == "__main__":
    sys.exit(main())
