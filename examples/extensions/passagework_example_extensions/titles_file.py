"""A source of evidence: ``titles.txt`` beside the music has a line for each file: its name, a tab, its title."""

import os
from collections.abc import Iterable
from pathlib import Path

from passagework.extensions import SeenFile, Stated

_MOST_BYTES = 1_000_000


class TitlesFile:
    """States the title that ``titles.txt`` has for a file."""

    def __call__(self, file: SeenFile) -> Iterable[Stated]:
        """Return the title of a file, if there is one."""
        folder, _, name = file.path.rpartition(b"/")
        try:
            with Path(os.fsdecode(folder), "titles.txt").open("rb") as titles:
                lines = titles.read(_MOST_BYTES).splitlines()
        except OSError:
            return []
        found = dict(line.split(b"\t", 1) for line in lines if b"\t" in line)
        return [Stated("title", found[name].decode("utf-8", "replace"))] if name in found else []
