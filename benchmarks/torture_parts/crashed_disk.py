"""What a disk may hold after its power is lost, from the recorded calls of a program.

A write or truncation is certain when its file was synced behind it, a name when its folder was. Of what is not certain
anything may be there: writes in any order, a write torn between two sectors; names in the order in which they were
made, as file systems with a journal keep them.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from torture_parts.calls import Call

SECTOR = 512
LEFT_OUT = b"-shm"
"""Files that are shared memory: whoever opens them first makes them anew."""

T = TypeVar("T")


class Loss(StrEnum):
    """How what was not synced is lost."""

    NOTHING = "nothing"
    ALL = "all"
    SOME = "some"
    TAIL = "the last"
    TORN = "torn"


@dataclass(eq=False)
class _File:
    """A file: its content for certain, and what was done to it since its last sync."""

    certain: bytearray = field(default_factory=bytearray)
    pending: list[Call] = field(default_factory=list)


@dataclass(frozen=True)
class _Naming:
    """A name that comes or goes: of ``file``, from ``old`` to ``new``; None is no name."""

    file: _File
    old: bytes | None
    new: bytes | None


@dataclass
class Disk:
    """A disk under recorded calls. ``names`` are certain, ``seen`` what programs see."""

    names: dict[bytes, _File] = field(default_factory=dict)
    seen: dict[bytes, _File] = field(default_factory=dict)
    pending: list[_Naming] = field(default_factory=list)
    acknowledged: int | None = None

    @classmethod
    def with_files(cls, files: dict[bytes, bytes]) -> "Disk":
        """Make a disk with files that are there for certain."""
        names = {path: _File(bytearray(content)) for path, content in files.items()}
        return cls(dict(names), names)

    def apply(self, call: Call) -> None:
        """Let a call happen."""
        file = self.seen.get(call.path)
        match call.operation:
            case "A":
                self.acknowledged = call.length
            case "C":
                file = self.seen[call.path] = _File()
                self.pending.append(_Naming(file, None, call.path))
            case "U" if file is not None:
                del self.seen[call.path]
                self.pending.append(_Naming(file, call.path, None))
            case "N" if file is not None:
                del self.seen[call.path]
                self.seen[call.data] = file
                self.pending.append(_Naming(file, call.path, call.data))
            case "W" | "T" if file is not None:
                file.pending.append(call)
            case "S" if file is not None:
                for done in file.pending:
                    _do(file.certain, done, len(done.data))
                file.pending.clear()
            case "S" if any(path.rpartition(b"/")[0] == call.path for path in (*self.seen, *self.names)):
                self.names = dict(self.seen)
                self.pending.clear()

    def survivors(self, rng: random.Random, data: Loss, names: Loss) -> dict[bytes, bytes]:
        """Give the files that may be there after the power was lost now."""
        named = dict(self.names)
        for one in _kept(self.pending, rng, names):
            if one.old is not None:
                named.pop(one.old, None)
            if one.new is not None:
                named[one.new] = one.file
        return {path: bytes(_content(file, rng, data)) for path, file in named.items() if not path.endswith(LEFT_OUT)}


def _content(file: _File, rng: random.Random, loss: Loss) -> bytearray:
    content = bytearray(file.certain)
    for call in _kept(file.pending, rng, loss):
        whole = len(call.data)
        torn = loss is Loss.TORN and whole > SECTOR and rng.random() < 0.5
        _do(content, call, SECTOR * rng.randrange(whole // SECTOR + 1) if torn else whole)
    return content


def _kept(done: Sequence[T], rng: random.Random, loss: Loss) -> Sequence[T]:
    match loss:
        case Loss.NOTHING:
            return done
        case Loss.ALL:
            return ()
        case Loss.TAIL:
            return done[: rng.randrange(len(done) + 1)]
        case Loss.SOME | Loss.TORN:
            part = rng.random()
            return [one for one in done if rng.random() < part]


def _do(content: bytearray, call: Call, size: int) -> None:
    """Write the first ``size`` bytes of a write, or truncate."""
    if call.operation == "T":
        grown = call.length - len(content)
        content.extend(bytes(max(0, grown)))
        del content[call.length :]
        return
    if len(content) < call.offset:
        content.extend(bytes(call.offset - len(content)))
    content[call.offset : call.offset + size] = call.data[:size]
