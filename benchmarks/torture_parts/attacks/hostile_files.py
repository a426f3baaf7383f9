"""Hostile files through the analysis: mutants of every container and tag, bombs, nonsense headers, strange samples.

The analysis runs in the process that tries, under the memory limit of a worker; what the process opens is watched.
"""

import math
import os
import random
import resource
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import ClassVar

from seams.analysis import TICKS_PER_SECOND, AnalysisResult, FailureCode, FileAnalysis, analyse

from torture_parts import calls, music
from torture_parts.attack import Attack, Case, Verdict
from torture_parts.calls import Kinds
from torture_parts.contents import PROJECT
from torture_parts.mutants.changes import mutant
from torture_parts.mutants.made import MADE

MOST_MEMORY = 1 << 30
"""Bytes that a worker may take (analysis.memory_mb)."""

SECONDS = 45.0
"""What an analysis of one small file may take here; a worker has 60 (analysis.deadline_seconds)."""

BY_HAND = 0.25
TAGS_ALONE = {"frames of tag", "bomb in tag", "huge text", "ape items"}
"""Files whose audio is good: it must be analysed, whatever their tags are."""

SUFFIXES = (".mp3", ".flac", ".ogg", ".wav", ".m4a", ".wma", ".wv", ".aiff", ".opus", ".mka", ".bin")
OWN_PLACES = ("/proc/", "/sys/", "/dev/", "/usr/", "/lib", "/etc/ld.so", "/etc/localtime", "/tmp/", "/var/tmp/")
"""What Python, the C library and the spool of the fingerprint open; there is no music but below the scratch folder."""


class HostileFiles(Attack):
    """A case makes one file and analyses it."""

    name: ClassVar[str] = "hostile-files"
    aim: ClassVar[str] = "mutants of every container and tag, bombs and nonsense headers, through the analysis"
    share: ClassVar[float] = 5.0
    deadline: ClassVar[float] = 75.0

    def prepare(self) -> None:
        self._seeds = music.seeds(self.bench.shared / "seeds")
        self._good = [path.read_bytes() for path in self._seeds]
        analyse(self._seeds[0])

    def attempt(self, case: Case, scratch: Path) -> Verdict:
        rng = case.generator()
        kind, path = self.make(rng, scratch)
        before = music.state_of(scratch)
        opened_before = set(os.listdir("/proc/self/fd"))
        size = path.stat().st_size
        limit = resource.getrlimit(resource.RLIMIT_AS)
        log = scratch.parent / f"{scratch.name}.calls"
        peak = _forget_peak()
        resource.setrlimit(resource.RLIMIT_AS, (_address_space() + MOST_MEMORY, limit[1]))
        clock = _Clock()
        try:
            with _watched(log), clock:
                result, traceback = analyse(path)
        except MemoryError:
            return Verdict(
                kind, tuple(["tags alone cost the audio: worker-out-of-memory"] if kind in TAGS_ALONE else ())
            )
        finally:
            resource.setrlimit(resource.RLIMIT_AS, limit)
        if clock.rang:
            return Verdict(kind, tuple(["tags alone cost the audio: worker-timeout"] if kind in TAGS_ALONE else ()))
        found = [] if traceback is None else [f"internal error: {traceback.strip().splitlines()[-1]}"]
        found += wrong_in(result)
        if (taken := _peak() - peak) > MOST_MEMORY:
            found.append(f"took {taken >> 20} MB for a file of {size} bytes")
        found += [f"opened another file or the network: {name}" for name in _foreign(log, scratch)]
        found += music.changes(before, music.state_of(scratch))
        if set(os.listdir("/proc/self/fd")) - opened_before:
            found.append("left a file open")
        return Verdict(kind, tuple(found))

    def make(self, rng: random.Random, folder: Path) -> tuple[str, Path]:
        """Make a hostile file; give what it is."""
        if rng.random() < BY_HAND:
            make = rng.choice(MADE)
            path = folder / f"hostile{rng.choice(SUFFIXES)}"
            path.write_bytes(make(rng))
            return make.__name__.replace("_", " "), path
        number = rng.randrange(len(self._good))
        kind, content = mutant(self._good[number], self._good, rng)
        path = folder / f"hostile{self._seeds[number].suffix}"
        path.write_bytes(content)
        return f"{self._seeds[number].stem}, {kind}", path


class _Clock:
    """Interrupts an analysis that takes as long as a worker has; a worker would be killed."""

    def __init__(self) -> None:
        self.rang = False

    def __enter__(self) -> None:
        signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, *_: object) -> None:
        self.rang = True
        raise TimeoutError


def wrong_in(result: AnalysisResult) -> Iterator[str]:
    """Say what no result may have: numbers that are not finite, passages outside of the file, an error of ours."""
    if not isinstance(result, FileAnalysis):
        if result.failure.code is FailureCode.INTERNAL_ERROR:
            yield f"internal error: {result.failure.detail}"
        return
    yield from (f"{name} is {value}" for name, value in _numbers(result) if not math.isfinite(value))
    end = result.duration
    for before, passage in zip((None, *result.passages), result.passages, strict=False):
        if not 0 <= passage.start < passage.end <= end + TICKS_PER_SECOND:
            yield f"passage from {passage.start} to {passage.end} in a file of {end}"
        if before is not None and before.end > passage.start:
            yield f"passages overlap: until {before.end}, from {passage.start}"
        if not 0 <= passage.lead_in + passage.lead_out <= passage.end - passage.start:
            yield f"leads of {passage.lead_in} and {passage.lead_out} in {passage.end - passage.start}"


def _numbers(value: object, name: str = "") -> Iterator[tuple[str, float]]:
    if is_dataclass(value):
        for one in fields(value):
            yield from _numbers(getattr(value, one.name), one.name)
    elif isinstance(value, tuple):
        for part in value:
            yield from _numbers(part, name)
    elif isinstance(value, float):
        yield name, value


def _watched(log: Path) -> AbstractContextManager[None]:
    return calls.recorded(Path("/"), Kinds.OPENS | Kinds.SOCKETS, log) if calls.there() else nullcontext()


def _foreign(log: Path, own: Path) -> list[str]:
    """Give what was opened that is neither the file nor the system's."""
    if not log.exists():
        return []
    opened = {call.path.decode(errors="replace") for call in calls.read_record(log) if call.operation == "O"}
    log.unlink()
    mine = (
        str(own),
        str(PROJECT),
        *OWN_PLACES,
        os.path.dirname(os.__file__),
        os.path.realpath(os.path.dirname(os.__file__)),
    )
    return sorted(name for name in opened if not name.startswith(mine) and "site-packages" not in name)


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _forget_peak() -> int:
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
    return _peak()


def _peak() -> int:
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
