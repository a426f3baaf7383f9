"""Refuse what has become slower: ratios of CPU time to references of the same run, with a margin for each.

    python benchmarks/gate.py [--only NAME]... [--list]

Each check takes turns with its reference, which is other code doing the least that the same work needs. The quickest
round of each counts, since others on the machine can only make a round slower. A ratio over its limit is measured
again, up to {most} rounds, so that noise passes and a regression does not. The exit code is 1 if a check fails.
A limit is the ratio that was measured when it was set, and a third to a half more, since machines differ.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

# One thread, like a worker: read when numpy is loaded.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from harness import arguments, table

LEAST_ROUNDS, MOST_ROUNDS = 3, 15

Cost = Callable[[], float]
"""Does the work once; gives CPU seconds."""


@dataclass(frozen=True)
class Check:
    """Two ways to do the same: ours may cost ``limit`` times the reference. ``what`` says so in words."""

    name: str
    what: str
    limit: float
    ours: Cost
    reference: Cost


@dataclass(frozen=True)
class Finding:
    """The quickest seconds of both, after so many rounds."""

    check: Check
    ours: float
    reference: float
    rounds: int

    @property
    def ratio(self) -> float:
        return self.ours / self.reference

    @property
    def holds(self) -> bool:
        return self.ratio <= self.check.limit

    def row(self) -> tuple[str, ...]:
        return (
            self.check.name,
            f"{1e3 * self.ours:.2f}",
            f"{1e3 * self.reference:.2f}",
            f"{self.ratio:.2f}",
            f"{self.check.limit:g}",
            str(self.rounds),
            "holds" if self.holds else "TOO SLOW",
        )


def judged(check: Check) -> Finding:
    """Measure until the limit holds, or the rounds are used up."""
    ours = reference = float("inf")
    for number in range(1, MOST_ROUNDS + 1):
        ours, reference = min(ours, check.ours()), min(reference, check.reference())
        finding = Finding(check, ours, reference, number)
        if number >= LEAST_ROUNDS and finding.holds:
            break
    return finding


def judge(checks: Iterable[Check]) -> bool:
    """Print the ratio of each, and tell whether all hold."""
    findings = []
    for check in checks:
        finding = judged(check)
        print(f"{check.name}: {finding.ratio:.2f} of {check.limit:g}", file=sys.stderr, flush=True)
        findings.append(finding)
    names = ("check", "ours, ms", "reference, ms", "ratio", "limit", "rounds", "")
    table(names, [finding.row() for finding in findings])
    print()
    for finding in findings:
        print(f"{finding.check.name}: {finding.check.what}")
    return all(finding.holds for finding in findings)


def main() -> int:
    from gate_parts.checks import CHECKS  # noqa: PLC0415 - imports the product, which --help does not need

    parser = arguments((__doc__ or "").format(most=MOST_ROUNDS))
    parser.add_argument("--only", action="append", choices=sorted(CHECKS), metavar="NAME", help="may be repeated")
    parser.add_argument("--list", action="store_true", help="name the checks")
    wanted = parser.parse_args()
    if wanted.list:
        print("\n".join(CHECKS))
        return 0
    with tempfile.TemporaryDirectory(prefix="gate-") as scratch, ExitStack() as stack:
        made = (make(Path(scratch), stack) for name, make in CHECKS.items() if name in (wanted.only or CHECKS))
        return 0 if judge(made) else 1


if __name__ == "__main__":
    sys.exit(main())
