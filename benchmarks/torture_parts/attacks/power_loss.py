"""Power loss: a history is recorded call by call, and states are derived in which its disk may be left."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from torture_parts import calls, history, music
from torture_parts.attack import Attack, Case, Verdict
from torture_parts.calls import CHANGES, Call
from torture_parts.crashed_disk import Disk, Loss
from torture_parts.history import History

COMPLETED = 0.1


@dataclass(frozen=True)
class _Recording:
    lived: History
    below: Path
    calls: Sequence[Call]


class PowerLoss(Attack):
    """Every case takes a call of a recording, loses what was not synced before it, and looks at the library."""

    name: ClassVar[str] = "power-loss"
    aim: ClassVar[str] = "writes and names lost, torn or reordered between syncs"
    share: ClassVar[float] = 8.0

    def prepare(self) -> None:
        calls.needed()
        lived = dict(history.histories(self.bench.shared))
        if not self.bench.quick:
            seeds = music.seeds(self.bench.shared / "seeds")
            lived["synchronous = normal"] = history.whole_life(seeds, self.folder / "normal", "normal")
        self._recordings = {name: self._record(name, one) for name, one in lived.items()}

    def _record(self, name: str, lived: History) -> _Recording:
        below = self.folder / f"recorded {name}"
        below.mkdir()
        library = lived.begin(below)
        with calls.recorded(below, CHANGES, self.folder / f"{name}.calls"):
            lived.live(library, calls.acknowledge)
        return _Recording(lived, below, calls.read_record(self.folder / f"{name}.calls"))

    def attempt(self, case: Case, scratch: Path) -> Verdict:
        rng = case.generator()
        name = rng.choice(list(self._recordings))
        recording = self._recordings[name]
        data, names = rng.choice(list(Loss)), rng.choice((Loss.NOTHING, Loss.TAIL, Loss.ALL))
        at = rng.randrange(len(recording.calls) + 1)
        disk = Disk.with_files({_path(recording.below, file): old for file, old in recording.lived.before.items()})
        for call in recording.calls[:at]:
            disk.apply(call)
        for path, content in disk.survivors(rng, data, names).items():
            (scratch / Path(path.decode()).name).write_bytes(content)
        found = recording.lived.complaints(
            scratch / history.NAME,
            disk.acknowledged,
            may_lose=recording.lived.synchronous == "normal",
            complete=rng.random() < COMPLETED,
        )
        return Verdict(name, tuple(f"at call {at}, lost: data {data}, names {names}: {one}" for one in found))


def _path(folder: Path, name: str) -> bytes:
    return str(folder / name).encode()
