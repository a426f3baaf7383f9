"""A full disk and a failing one: the n-th call of the writer fails once, some times, or for ever."""

import errno
from pathlib import Path
from typing import ClassVar

from seams.store import LibraryDamagedError, LibraryError, LibraryStore, LibraryUnavailableError

from torture_parts import calls, commands, history
from torture_parts.attack import Attack, Case, Verdict
from torture_parts.calls import CHANGES, FOR_EVER, Kinds, Strike
from torture_parts.history import History

COMPLETED = 0.5
ERRORS = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EINTR, errno.EFBIG)
TIMES = (1, 1, 1, 2, 5, 25, FOR_EVER)
MOST_TRIES, TRIES_IN_VAIN = 60, 4
"""How often a step is tried again: longer than any strike that ends lasts, and where it does not end."""


class FailingCalls(Attack):
    """A history is lived in this process; steps that are refused are repeated, as the writer repeats its batch."""

    name: ClassVar[str] = "failing-calls"
    aim: ClassVar[str] = "EIO, ENOSPC, EDQUOT, EINTR or half a write at the n-th call of the writer"
    share: ClassVar[float] = 3.0

    def prepare(self) -> None:
        calls.needed()
        self._histories = history.histories(self.bench.shared)
        self._calls = {}
        for name, one in self._histories.items():
            below = self.folder / f"counted {name}"
            below.mkdir()
            library = one.begin(below)
            for kinds in (CHANGES, Kinds.READS):
                calls.arm(below, kinds)
                one.live(library, lambda _: None) if kinds is CHANGES else one.open(library).close()
                self._calls[name, kinds] = calls.counted()
                calls.disarm()

    def attempt(self, case: Case, scratch: Path) -> Verdict:
        rng = case.generator()
        name = rng.choice(list(self._histories))
        kinds = rng.choice((CHANGES, CHANGES, CHANGES, Kinds.READS))
        times = rng.choice(TIMES)
        # A call that is interrupted is tried again by SQLite itself, and none is interrupted for ever.
        errors = ERRORS if times != FOR_EVER else tuple(error for error in ERRORS if error != errno.EINTR)
        strike = Strike(
            rng.randrange(1, self._calls[name, kinds] + 1),
            how=rng.choice("eees") if kinds is CHANGES else "e",
            error=rng.choice(errors) if kinds is CHANGES else errno.EIO,
            times=times,
        )
        lived = self._histories[name]
        below = scratch / "life"
        below.mkdir()
        library = lived.begin(below)
        what = f"{'read' if kinds is Kinds.READS else 'change'}: {strike}"
        calls.arm(below, kinds, strike)
        try:
            tries = TRIES_IN_VAIN if strike.times == FOR_EVER else MOST_TRIES
            acknowledged, complaint = _live(lived, library, tries)
        finally:
            calls.disarm()
        found = []
        if kinds is Kinds.READS:
            # SQLite itself calls it damage if it cannot read the schema: a mark may be left, which a check removes.
            found += _unmarked(library, scratch)
        elif complaint is not None:
            found.append(complaint)
        found += lived.complaints(library, acknowledged, complete=rng.random() < COMPLETED)
        return Verdict(name, tuple(f"{what}: {one}" for one in found))


def _unmarked(library: Path, scratch: Path) -> list[str]:
    """Let a check remove the mark of damage, if there is one."""
    if not Path(f"{library}.damaged").exists():
        return []
    return [f"check: {one}" for one in commands.run(["check"], library, scratch / "check").complaints(commands.OK)]


def _live(lived: History, library: Path, tries: int) -> tuple[int | None, str | None]:
    """Live as long as the disk permits; give the last step that succeeded, and what was said wrongly."""
    store: LibraryStore | None = None
    done: int | None = None
    try:
        for _ in range(tries):
            try:
                if store is None:
                    store = lived.open(library)
                    done = done or 0
                while done is not None and done < len(lived.steps):
                    lived.steps[done](store)
                    done += 1
                store.checkpoint()
                break
            except LibraryDamagedError as error:
                return done, f"a disk that reports errors is called damage: {error}"
            except LibraryUnavailableError:
                # The batch may be tried again; what was refused may have taken effect.
                pass
            except LibraryError:
                if store is not None:
                    store.close()
                    store = None
    finally:
        if store is not None:
            store.close()
    return done, None
