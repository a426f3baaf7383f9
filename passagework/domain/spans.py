"""Where something is in a file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of samples of one file, end exclusive."""

    start: int
    end: int
