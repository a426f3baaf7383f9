"""What an attack is: it tries one case after another, each made from a seed, and says whether the product held."""

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Self


@dataclass(frozen=True, slots=True)
class Case:
    """One try of an attack. The same attack, seed and number make the same case."""

    attack: str
    seed: int
    number: int

    @classmethod
    def parsed(cls, text: str) -> Self:
        """Read what ``str`` gives."""
        attack, seed, number = text.rsplit(":", 2)
        return cls(attack, int(seed), int(number))

    def __str__(self) -> str:
        return f"{self.attack}:{self.seed}:{self.number}"

    def generator(self) -> random.Random:
        """Give the generator that decides everything about the case."""
        return random.Random(str(self))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a case: lost where ``reasons`` says how. ``kind`` is what was tried, for people."""

    kind: str
    reasons: tuple[str, ...] = ()
    tries: int = 1

    @property
    def held(self) -> bool:
        return not self.reasons


class SkippedError(Exception):
    """This machine lacks what an attack needs; the message says what."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where an attack works: ``shared`` is kept for the whole campaign, and only read by cases."""

    shared: Path
    seed: int
    quick: bool = False


@dataclass
class Attack:
    """Tries cases. ``prepare`` runs once, before the processes that try are forked; ``attempt`` in one of them.

    ``share`` is its part of the time, compared with other attacks. A case that takes longer than ``deadline`` seconds
    is lost. ``aim`` says in a few words what is attacked.
    """

    name: ClassVar[str]
    aim: ClassVar[str]
    share: ClassVar[float] = 1.0
    deadline: ClassVar[float] = 60.0

    bench: Bench
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder = self.bench.shared / self.name
        self.folder.mkdir()

    def prepare(self) -> None:
        """Make what all cases share. Raises SkippedError."""

    def attempt(self, case: Case, scratch: Path) -> Verdict:
        """Try a case in an empty folder."""
        raise NotImplementedError
