"""A campaign: several processes try cases of all attacks in turn until the time is over.

Each process is forked when all attacks are prepared. One that dies, or takes longer over a case than its attack
permits, is lost with that case, and replaced.
"""

import multiprocessing as mp
import os
import re
import shutil
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from torture_parts.attack import Attack, Case, Verdict
from torture_parts.child import die_with_parent

LATEST_WAIT = 0.2
INTERIM_SECONDS = 600.0
"""How often a long campaign says how far it is."""
ALIKE = 60
"""Losses of an attack whose reasons begin with so many equal characters, numbers apart, are alike."""


@dataclass
class Score:
    """The tries of one attack, and the reasons of its losses with the cases that show them.

    ``tried`` counts cases; some cases are several tries.
    """

    tries: int = 0
    tried: int = 0
    lost: int = 0
    seconds: float = 0.0
    losses: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, case: Case, verdict: Verdict, seconds: float) -> list[str]:
        """Count a verdict, and give the reasons that are like none before."""
        self.tries += verdict.tries
        self.tried += 1
        self.seconds += seconds
        self.lost += not verdict.held
        new = []
        for reason in verdict.reasons:
            alike = re.sub(r"[0-9]+|/\S+", "0", reason)[:ALIKE]
            if alike not in self.losses:
                new.append(f"{verdict.kind}: {reason}")
            self.losses.setdefault(alike, []).append((f"{verdict.kind}: {reason}", str(case)))
        return new

    def alike(self) -> list[tuple[str, list[str]]]:
        """Give the losses that differ, the most frequent first: a reason, and the cases."""
        by_number = sorted(self.losses.values(), key=lambda cases: -len(cases))
        return [(cases[0][0], [case for _, case in cases]) for cases in by_number]


class Interim:
    """Says how far a long campaign is, now and then."""

    def __init__(self, scores: Mapping[str, Score], tell: Callable[[str], None]) -> None:
        self._scores, self._tell = scores, tell
        self._due = time.monotonic() + INTERIM_SECONDS

    def tell_if_due(self) -> None:
        """Say the tries of each attack, unless it was said lately."""
        if time.monotonic() > self._due:
            self._due += INTERIM_SECONDS
            self._tell("so far: " + ", ".join(f"{name} {score.tries:,}" for name, score in self._scores.items()))


class Lane:
    """A process that tries cases, one at a time."""

    def __init__(self, attacks: dict[str, Attack], scratch: Path) -> None:
        self._attacks, self._scratch = attacks, scratch
        self.case: Case | None = None
        self._start()

    def _start(self) -> None:
        self.connection, theirs = mp.Pipe()
        self._pid = os.fork()
        if not self._pid:
            self.connection.close()
            _serve(theirs, self._attacks, self._scratch)
        theirs.close()

    def give(self, case: Case) -> None:
        """Give it a case to try."""
        self.case, self.since = case, time.monotonic()
        self.connection.send(case)

    @property
    def late(self) -> bool:
        return self.case is not None and time.monotonic() - self.since > self._attacks[self.case.attack].deadline

    def take(self) -> Verdict:
        """Take the verdict; the death of the process is one."""
        try:
            verdict = self.connection.recv()
        except (EOFError, ConnectionError):
            verdict = Verdict("died", (f"the process that tried it {self._end()}",))
            self._start()
        self.case = None
        assert isinstance(verdict, Verdict)
        return verdict

    def give_up(self) -> Verdict:
        """Kill the process, whose case takes too long."""
        assert self.case is not None
        verdict = Verdict("hang", (f"not done within {self._attacks[self.case.attack].deadline:.0f} s",))
        self._kill()
        self._end()
        self._start()
        self.case = None
        return verdict

    def stop(self) -> None:
        """End the process."""
        self._kill()
        self._end()

    def _kill(self) -> None:
        try:
            os.killpg(self._pid, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(self._pid, signal.SIGKILL)

    def _end(self) -> str:
        self.connection.close()
        _, status = os.waitpid(self._pid, 0)
        code = os.waitstatus_to_exitcode(status)
        return f"died by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"


def _serve(connection: Connection, attacks: dict[str, Attack], scratch: Path) -> None:
    """Try cases until the other side is gone. Never returns."""
    die_with_parent()
    os.setpgid(0, 0)
    try:
        while True:
            case = connection.recv()
            connection.send(_tried(attacks[case.attack], case, scratch))
    except (EOFError, ConnectionError):
        pass
    finally:
        os._exit(0)


def _tried(attack: Attack, case: Case, scratch: Path) -> Verdict:
    place = Path(tempfile.mkdtemp(prefix=f"{case.attack}-{case.number}-", dir=scratch))
    try:
        return attack.attempt(case, place)
    except Exception as error:  # noqa: BLE001 - whatever no attack expected is a loss, and stands in the report
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return Verdict("unexpected", (f"{text} ({Path(where.filename).name}:{where.lineno})",))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def run(
    attacks: Sequence[Attack], seconds: float, seed: int, lanes: int, tell: Callable[[str], None]
) -> dict[str, Score]:
    """Try cases for so many seconds; every attack at least one, and more of those that lag behind their share.

    ``tell`` hears of every loss that is like none before, at once.
    """
    named = {attack.name: attack for attack in attacks}
    scores = {attack.name: Score() for attack in attacks}
    handed = Counter[str]()
    spent = Counter[str]()
    with tempfile.TemporaryDirectory(prefix="torture-", dir=_fast_folder()) as scratch:
        working = [Lane(named, Path(scratch)) for _ in range(lanes)]
        end = time.monotonic() + seconds
        interim = Interim(scores, tell)

        def next_case() -> Case:
            # What is being tried counts as if it took as long as others of the attack did, so that not all lanes take
            # the same one. First every attack once.
            new = [name for name in named if not handed[name]]
            name = new[0] if new else min(named, key=lambda one: (spent[one] + trying(one)) / named[one].share)
            case = Case(name, seed, handed[name])
            handed[name] += 1
            return case

        def trying(name: str) -> float:
            under_way = sum(lane.case is not None and lane.case.attack == name for lane in working)
            return under_way * (scores[name].seconds / scores[name].tried if scores[name].tried else 1.0)

        try:
            for lane in working:
                lane.give(next_case())
            while any(lane.case for lane in working):
                ready = wait([lane.connection for lane in working if lane.case], LATEST_WAIT)
                interim.tell_if_due()
                for lane in working:
                    if lane.case is None or (lane.connection not in ready and not lane.late):
                        continue
                    case, took = lane.case, time.monotonic() - lane.since
                    verdict = lane.take() if lane.connection in ready else lane.give_up()
                    spent[case.attack] += took
                    for reason in scores[case.attack].add(case, verdict, took):
                        tell(f"lost: {case}: {reason}")
                    if time.monotonic() < end or any(not handed[name] for name in named):
                        lane.give(next_case())
        finally:
            for lane in working:
                lane.stop()
    return scores


def report(scores: Mapping[str, Score], skipped: Mapping[str, str], named: int) -> Iterator[str]:
    """Give the table, and what was lost with cases to replay."""
    yield f"{'attack':<20} {'tries':>9} {'held':>9} {'lost':>7} {'seconds':>8}"
    for name, score in scores.items():
        yield f"{name:<20} {score.tries:>9,} {score.tries - score.lost:>9,} {score.lost:>7,} {score.seconds:>8,.0f}"
    for name, reason in skipped.items():
        yield f"{name:<20} skipped: {reason}"
    for name, score in scores.items():
        for reason, cases in score.alike():
            yield f"\n{name}, lost {len(cases)} times like this: {reason}"
            yield from (f"    --replay {case}" for case in cases[:named])


def replay(attack: Attack, case: Case) -> Verdict:
    """Try one case in this process, where a debugger sees it."""
    with tempfile.TemporaryDirectory(prefix="torture-", dir=_fast_folder()) as scratch:
        return _tried(attack, case, Path(scratch))


def _fast_folder() -> str | None:
    """Files in memory, where there is such a place: the campaign changes them, no power is lost."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
