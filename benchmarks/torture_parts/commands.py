"""The commands of the product, each run in a forked child with a library, settings and a deadline of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from seams.command_line import main

from torture_parts.child import Child, Ended, fork

DEADLINE = 60.0
OK, NEW_FAILURES, USAGE, UNAVAILABLE, NOTHING_FOUND, WAITING = range(6)
MAY_END_WITH = (OK, NEW_FAILURES, UNAVAILABLE, NOTHING_FOUND, WAITING)
UNDO_MAY_END_WITH = (*MAY_END_WITH, USAGE)
"""Undo is refused as a wrong use where there is nothing to undo, or something else first."""


def settings(*values: str) -> tuple[str, ...]:
    """Give the options for settings, each ``key=value``."""
    return tuple(word for value in values for word in ("--set", value))


INLINE = settings("analysis.executor=inline")
ONE_WORKER = settings("analysis.workers=1")
NO_SERVICE = settings("acoustid.enabled=false", "musicbrainz.enabled=false")


def start(
    words: Sequence[str | Path],
    library: Path,
    output: Path,
    environment: dict[str, str] | None = None,
    *,
    first: Callable[[], object] = lambda: None,
    last: Callable[[], object] = lambda: None,
) -> Child:
    """Start a command; its words come first, options that all commands have behind them.

    ``first`` and ``last`` are called in its process, before it and behind it.
    """
    arguments = ["passagework", *map(str, words), "--library", str(library)]

    def run() -> None:
        sys.argv = arguments
        first()
        try:
            main()
        finally:
            last()

    for name in [name for name in os.environ if name.startswith("PASSAGEWORK_")]:
        del os.environ[name]
    return fork(run, output, {**_private(output), **(environment or {})})


def run(
    words: Sequence[str | Path],
    library: Path,
    output: Path,
    environment: dict[str, str] | None = None,
    deadline: float = DEADLINE,
) -> Ended:
    """Run a command to its end."""
    return start(words, library, output, environment).wait(deadline)


def run_afresh(words: Sequence[str | Path], library: Path, output: Path, deadline: float = DEADLINE) -> Ended:
    """Run a command in a process of its own that is not forked, so that its memory is its own."""
    output.mkdir(parents=True, exist_ok=True)
    code = "from passagework.cli.main import main; main()"
    command = [sys.executable, "-c", code, *map(str, words), "--library", str(library)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PASSAGEWORK_")}
    environment |= _private(output)
    with open(output / "stdout", "wb") as printed, open(output / "stderr", "wb") as errors:
        process = subprocess.Popen(command, stdout=printed, stderr=errors, env=environment, process_group=0)
    child = Child(process.pid, output, time.monotonic())
    ended = child.wait(deadline)
    process.returncode = 0 if ended.code is None else ended.code
    return ended


def _private(folder: Path) -> dict[str, str]:
    """Keep a command away from what the user has."""
    return dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), str(folder))


def import_words(folder: Path, *more: str) -> list[str | Path]:
    """Give the words of an import without services in this process."""
    return ["import", "--quiet", *INLINE, *NO_SERVICE, *more, folder]
