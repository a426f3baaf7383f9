"""A listener: writes the path of each file that is finished to the file that ``FINISHED_LOG`` names."""

import os
from pathlib import Path

from passagework import FileFinished


class FinishedLog:
    """Keeps the file open for the life of the importer."""

    def __init__(self) -> None:
        self._file = Path(os.environ.get("FINISHED_LOG", os.devnull)).open("a", encoding="utf-8")  # noqa: SIM115 - closed below

    def __call__(self, event: object) -> None:
        """Write a line."""
        if isinstance(event, FileFinished):
            self._file.write(os.fsdecode(event.path).encode("utf-8", "replace").decode() + "\n")

    def close(self) -> None:
        """Close the file, after the last event."""
        self._file.close()
