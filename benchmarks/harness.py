"""What all benchmarks share: they run contenders in turn, take the quickest round, and print a table and the targets.

Every benchmark has ``--quick``: a few seconds, to see that it still runs. Its figures then mean little.
"""

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def arguments(doc: str, **named: object) -> argparse.ArgumentParser:
    """Begin a parser. ``named`` are options with their defaults: ``files=200`` gives ``--files``, None a path."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in named.items():
        kind = Path if default is None else type(default)
        parser.add_argument("--" + name.replace("_", "-"), type=kind, default=default, help=f"default: {default}")
    return parser


def parsed(parser: argparse.ArgumentParser, **quick: object) -> argparse.Namespace:
    """Parse; with ``--quick`` the defaults are these."""
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it runs")
    if "--quick" in sys.argv[1:]:
        parser.set_defaults(**quick)
    return parser.parse_args()


def in_turn(
    contenders: Mapping[str, Callable[[], T]], rounds: int, seconds: Callable[[T], float] = float
) -> dict[str, T]:
    """Run each contender once a round; give the quickest round of each, which other programs disturbed least."""
    best: dict[str, T] = {}
    for number in range(1, rounds + 1):
        for name, run in contenders.items():
            outcome = run()
            print(f"round {number}: {name}: {seconds(outcome):.3f} s", file=sys.stderr)
            if name not in best or seconds(outcome) < seconds(best[name]):
                best[name] = outcome
    return best


def line(cells: Sequence[object], widths: Sequence[int]) -> str:
    """Write one line of a table, the first column to the left, the others to the right."""
    first, *others = (str(cell).rjust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join((first.strip().ljust(widths[0]), *others))} |"


def head(names: Sequence[str], widths: Sequence[int] | None = None) -> list[int]:
    """Print the head of a table; give the widths of its columns."""
    widths = list(widths or map(len, names))
    marks = ["-" * (width + 1) for width in widths]
    print(f"{line(names, widths)}\n|{marks[0]}-|{'|'.join(f'{mark}:' for mark in marks[1:])}|", flush=True)
    return widths


def table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table in Markdown."""
    widths = head(names, [max(len(str(cell)) for cell in column) for column in zip(names, *rows, strict=True)])
    for row in rows:
        print(line(row, widths))


class Targets:
    """Figures beside what was wanted of them, printed together."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self.met = True

    def at_most(self, what: str, figure: float, most: float, form: str = ".2f") -> None:
        self._add(what, figure, f"at most {most:g} wanted", form, met=figure <= most)

    def at_least(self, what: str, figure: float, least: float, form: str = ".2f") -> None:
        self._add(what, figure, f"at least {least:g} wanted", form, met=figure >= least)

    def _add(self, what: str, figure: float, wanted: str, form: str, *, met: bool) -> None:
        self._lines.append(f"{'met   ' if met else 'MISSED'} {what}: {figure:{form}}, {wanted}")
        self.met &= met

    def show(self) -> None:
        print("\n" + "\n".join(self._lines))


@dataclass(frozen=True)
class Usage:
    """Wall-clock seconds, CPU seconds of the process and its descendants, and what it printed."""

    wall: float = 0.0
    cpu: float = 0.0
    printed: str = ""

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.wall + other.wall, self.cpu + other.cpu, self.printed + other.printed)


def usage_of(command: Sequence[str | Path], stdin: str = "", environment: Mapping[str, str] | None = None) -> Usage:
    """Run a program to its end. Its start and its end count; it must succeed."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as said:
        given.write(stdin.encode())
        given.seek(0)
        began = time.monotonic()
        child = subprocess.Popen(
            command, stdin=given, stdout=printed, stderr=said, env={**os.environ, **(environment or {})}
        )
        _, status, resources = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        for file in (printed, said):
            file.seek(0)
        text = printed.read().decode(errors="replace")
        if child.returncode:
            words = (text + said.read().decode(errors="replace"))[-2000:]
            sys.exit(f"{' '.join(map(str, command))} ended with {child.returncode}:\n{words}")
    return Usage(wall, resources.ru_utime + resources.ru_stime, text)


def script(name: str, *arguments: str) -> list[str]:
    """Give the command for a program beside this one."""
    return [sys.executable, str(Path(__file__).with_name(name)), *arguments]


def busy_seconds() -> float:
    """Give the seconds that all cores together have worked so far, for whomever."""
    user, nice, system, _idle, _waiting, interrupts, soft, stolen = (
        int(ticks) for ticks in Path("/proc/stat").read_text("ascii").split()[1:9]
    )
    return (user + nice + system + interrupts + soft + stolen) / os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
