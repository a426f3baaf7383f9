"""How tests share the machine where pytest-xdist runs several at a time."""

import fcntl
import os
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

MOST_WORKERS = 4


def workers_for(config):
    """Say how many processes run the tests that a command line asks for; 0: this one alone.

    A file, a test or words chosen with ``-k`` run here, where breakpoints and prints work; folders and the whole suite
    are worth the start of some processes.
    """
    chosen = config.option.keyword or any("::" in name or name.endswith(".py") for name in config.args)
    return 0 if chosen or config.option.collectonly else min(os.cpu_count() or 1, MOST_WORKERS)


def leave_out_unless_asked_for(config, items):
    """Deselect what is marked ``once``, unless the marker or a test is named."""
    if "once" in config.option.markexpr or any("::" in name for name in config.args):
        return
    once = [item for item in items if item.get_closest_marker("once")]
    if once:
        config.hook.pytest_deselected(items=once)
        items[:] = [item for item in items if not item.get_closest_marker("once")]


def longest_first(items):
    """Sort files with many slow tests to the front, so that no process has a long one left at the end.

    Before them the files with tests that run alone, and those first in each: a wait for a test in another process is
    short then, because the long ones have not begun.
    """
    alone = {item.path for item in items if item.get_closest_marker("alone")}
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    # A stable sort: the tests of a file stay together, in its own order except for those that run alone.
    items.sort(key=lambda item: (item.path not in alone, -slow[item.path], str(item.path)))
    for path in alone:
        places = [place for place, item in enumerate(items) if item.path == path]
        of_file = sorted((items[place] for place in places), key=lambda item: not item.get_closest_marker("alone"))
        for place, item in zip(places, of_file, strict=True):
            items[place] = item


@contextmanager
def one_at_a_time(path):
    """Let one process at a time run the body."""
    with open(path, "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Room:
    """Lets a test that measures time run while no other test runs, in any process.

    A running test holds a lock on ``room``, shared or exclusive. Before that it takes the exclusive lock ``door``. A
    test that runs alone holds ``door`` while it waits for ``room``; otherwise new tests could keep it waiting for ever.
    """

    def __init__(self, folder: Path):
        self._door, self._room = (os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600) for name in ("door", "room"))

    @contextmanager
    def entered(self, *, alone):
        fcntl.flock(self._door, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        finally:
            fcntl.flock(self._door, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._room, fcntl.LOCK_UN)
