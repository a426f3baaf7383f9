"""SIGKILL at the n-th call of the writer that changes a file: before it, behind it, or when half is written."""

import os
from pathlib import Path
from typing import ClassVar

from torture_parts import calls, history
from torture_parts.attack import Attack, Case, Verdict
from torture_parts.calls import CHANGES, Strike
from torture_parts.child import fork
from torture_parts.history import History

DEADLINE = 30.0
COMPLETED = 0.3
"""Part of the cases that go on to the end of the history; in the others only what the kill left is looked at."""

HOW = "kKt"


class KillsOfWriter(Attack):
    """A forked child lives a history and is killed; it acknowledges each step through a pipe."""

    name: ClassVar[str] = "kills-of-writer"
    aim: ClassVar[str] = "SIGKILL at the n-th write, sync, rename or unlink of the writer"
    share: ClassVar[float] = 2.5

    def prepare(self) -> None:
        calls.needed()
        self._histories = history.histories(self.bench.shared)
        self._calls = [_count(one, self.folder / f"counted-{name}") for name, one in self._histories.items()]

    def attempt(self, case: Case, scratch: Path) -> Verdict:
        rng = case.generator()
        number = rng.randrange(len(self._histories))
        name, lived = list(self._histories.items())[number]
        strike = Strike(rng.randrange(1, self._calls[number] + 1), how=rng.choice(HOW))
        below = scratch / "life"
        below.mkdir()
        library = lived.begin(below)
        reading, writing = os.pipe()

        def run() -> None:
            os.close(reading)
            calls.arm(below, CHANGES, strike)
            lived.live(library, lambda step: os.write(writing, bytes([step])))

        child = fork(run, scratch / "output")
        os.close(writing)
        ended = child.wait(DEADLINE)
        with open(reading, "rb") as pipe:
            heard = pipe.read()
        kind = f"{name}, {strike.how}"
        if ended.code not in {-9, 0}:
            return Verdict(kind, tuple(ended.complaints(-9, 0)))
        complete = rng.random() < COMPLETED
        found = lived.complaints(library, heard[-1] if heard else None, complete=complete)
        return Verdict(kind, tuple(f"{strike}: {one}" for one in found))


def _count(lived: History, below: Path) -> int:
    """Give the number of calls that a whole history makes."""
    below.mkdir()
    library = lived.begin(below)
    calls.arm(below, CHANGES)
    lived.live(library, lambda _: None)
    counted = calls.counted()
    calls.disarm()
    return counted
