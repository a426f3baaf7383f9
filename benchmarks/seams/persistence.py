"""Libraries that are written without actors: for what batches cost by themselves, and for rivals on the same schema."""

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from passagework.persistence.file.checkpoint import checkpoint
from passagework.persistence.read.dispatch import run_query
from passagework.persistence.read.queries import WaitingFiles
from passagework.persistence.write.batch import BatchOutcome, write_batch
from passagework.persistence.write.journal import follow_run
from passagework.persistence.write.opening import open_writer
from passagework.persistence.write.prepare import Preparation
from passagework.persistence.write.runs import open_run
from passagework.persistence.write.writes import BeginAttempt, StoreAnalysis, StoreLinks, Write

RUN = 1


class DirectLibrary:
    """A library that is open for writing, with its first run open, or the next one. Without a journal if so wanted."""

    def __init__(self, path: Path, *, journal: bool = True) -> None:
        self.connection = open_writer(path)
        self._run = open_run(self.connection, config_hash="", config_text="{}", roots=[b"/music"], now_ns=1)
        if not journal:
            follow_run(self.connection, None)

    def attempts(self, analyses: Sequence[Any]) -> list[Write]:
        """Make the messages that say which files are in work."""
        return [BeginAttempt(self._run, a.path, a.stamp, alone=False, number=1) for a in analyses]

    def analyses(self, analyses: Sequence[Any]) -> list[Write]:
        """Make the messages that store results."""
        return [StoreAnalysis(self._run, analysis) for analysis in analyses]

    def links(self, decide: Callable[[Any], Any], files: int) -> list[Write]:
        """Make the messages that link what waits."""
        return [StoreLinks(self._run, decide(waiting)) for waiting in run_query(self.connection, WaitingFiles(files))]

    def write(self, writes: Sequence[Write]) -> BatchOutcome:
        """Write a batch as the persistence actor does."""
        outcome = write_batch(self.connection, writes, 1)
        assert not outcome.replayed
        return outcome

    def close(self) -> None:
        """Move the log into the library and close it."""
        checkpoint(self.connection)
        self.connection.close()


def new_library(path: Path, pragmas: Sequence[str]) -> dict[str, object]:
    """Make a library with a run; give what its connection has set these pragmas to."""
    with closing(DirectLibrary(path)) as library:
        return {name: library.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas}


def encode(analysis: Any) -> None:
    """Make the rows of an analysis as the writer makes them, and drop them."""
    Preparation().prepare(StoreAnalysis(RUN, analysis))
