"""How one file of the demo folder is made, beside the truth about it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from passagework.demo.truth import DemoFile


@dataclass(frozen=True, slots=True)
class Recipe:
    """``write`` makes the file at a path of the right suffix where nothing is yet; equal bytes every time."""

    truth: DemoFile
    write: Callable[[Path], None]
