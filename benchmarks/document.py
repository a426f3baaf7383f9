"""Run the benchmarks whose output stands in docs/benchmarks.md, and put it there.

    python benchmarks/document.py [--only PROGRAM]... [--music FOLDER] [--recording FILE] [--beets PATH_TO_BEET]
        [--many FOLDER]

A block of the page begins with a comment that has the command, and ends with the next comment:

    <!-- python benchmarks/fingerprint.py -->
    ...
    <!-- end -->

What is between them is replaced by what the command prints, with the machine and the day above it. MUSIC, RECORDING,
BEETS and MANY in a command stand for what the options name; a block for which one is missing stays as it is, and this
says so. Run it on a machine that does nothing else: it does not judge what it prints.
"""

import os
import platform
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from harness import arguments

PROJECT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(<!-- python (?P<command>benchmarks/[^\n]+?) -->\n).*?(<!-- end -->)", re.DOTALL)
STANDS_FOR = ("MUSIC", "RECORDING", "BEETS", "MANY")


def main() -> int:
    parser = arguments(__doc__, music=None, recording=None, beets=None, many=None)
    parser.add_argument("--page", type=Path, default=PROJECT / "docs" / "benchmarks.md", help="default: %(default)s")
    parser.add_argument("--only", action="append", metavar="PROGRAM", help="for example lock_table.py; may be repeated")
    wanted = parser.parse_args()
    given = {name: str(path.resolve()) for name in STANDS_FOR if (path := getattr(wanted, name.lower())) is not None}
    page: Path = wanted.page
    only = set(wanted.only or ())
    commands = [match["command"] for match in BLOCK.finditer(page.read_text("utf-8"))]
    unknown = only - {program_of(command) for command in commands}
    if unknown:
        sys.exit(f"no block of {page.name} runs {', '.join(sorted(unknown))}")
    for command in commands:
        if only and program_of(command) not in only:
            continue
        lacking = [name for name in STANDS_FOR if name in command.split() and name not in given]
        if lacking:
            print(f"left as it is, without {', '.join(lacking)}: {command}", file=sys.stderr)
            continue
        print(f"running {command}", file=sys.stderr)
        # Written at once: a later command may fail, and each takes minutes.
        page.write_text(with_output(page.read_text("utf-8"), command, output_of(command, given)), "utf-8")
    return 0


def program_of(command: str) -> str:
    return Path(command.split(maxsplit=1)[0]).name


def output_of(command: str, given: Mapping[str, str]) -> str:
    """Run a command of the page; it must succeed."""
    words = [given.get(word, word) for word in shlex.split(command)]
    done = subprocess.run([sys.executable, *words], cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command} ended with {done.returncode}")
    return done.stdout


def with_output(page: str, command: str, output: str) -> str:
    """Put the output of a command into its block, without trailing spaces."""
    lines = [line.rstrip() for line in f"{machine()}\n\n{output}".strip().splitlines()]
    text = "\n".join(("```", *lines, "```", ""))

    def replaced(match: re.Match[str]) -> str:
        return f"{match[1]}{text}{match[3]}" if match["command"] == command else match[0]

    return BLOCK.sub(replaced, page)


def machine() -> str:
    """Say in one line what the figures were taken on."""
    cores = len(os.sched_getaffinity(0))
    parts = (
        f"{datetime.now(UTC):%d %B %Y}".lstrip("0"),
        f"{cores} cores, {platform.machine()}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"load {os.getloadavg()[0]:.1f} at the end",
    )
    return " · ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
