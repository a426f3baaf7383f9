"""How to make one file of the demo folder, with the truth about it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from passagework.demo.truth import DemoFile


@dataclass(frozen=True, slots=True)
class Recipe:
    """``write`` creates the file at a new path with the right suffix; always the same bytes."""

    truth: DemoFile
    write: Callable[[Path], None]
