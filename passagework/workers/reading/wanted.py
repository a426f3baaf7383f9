"""What a host sends to its reader process."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from passagework.persistence.read.queries import Query


@dataclass(frozen=True, slots=True)
class Opening:
    """The first message: the library, and the process of the host."""

    library: Path
    host: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, and how many seconds it may take."""

    query: Query[object]
    seconds: float


def untaken(_some: Sequence[object], _by_nets: bool) -> None:  # noqa: FBT001 - as it is called
    """Stand in, on the way to the reader, for what takes the parts of a long result."""
