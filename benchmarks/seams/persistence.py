"""Libraries that are written without actors: for what batches cost by themselves, and for rivals on the same schema."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from passagework.persistence.file.checkpoint import checkpoint, checkpoint_if_long
from passagework.persistence.file.search_index import ALBUM, ARTIST, FILE, INDEX, KINDS, SONG, add_words, entries
from passagework.persistence.read.dispatch import run_query
from passagework.persistence.read.queries import WaitingFiles
from passagework.persistence.rows.encoded import encode_analysis
from passagework.persistence.write.batch import BatchOutcome, write_batch
from passagework.persistence.write.journal import follow_run
from passagework.persistence.write.opening import open_writer
from passagework.persistence.write.runs import open_run
from passagework.persistence.write.writes import BeginAttempt, StoreAnalysis, StoreLinks, Write

__all__ = [
    "INDEX",
    "INDEXED",
    "KINDS",
    "DirectLibrary",
    "checkpoint_if_long",
    "encode",
    "new_library",
    "search_entries",
]

INDEXED = {"file": FILE, "artist": ARTIST, "song": SONG, "album": ALBUM}
"""Tables whose rows have entries in the search index: the number of the row, times KINDS, plus this."""

_TRIGGERS = "SELECT name FROM sqlite_temp_schema WHERE type = 'trigger'"


class DirectLibrary:
    """A library that is open for writing, with its first run open, or the next one. Without a journal if so wanted.

    ``bare``: without what follows each write, so that its connection does nothing but what it is told.
    """

    def __init__(self, path: Path, *, journal: bool = True, bare: bool = False) -> None:
        self.connection = open_writer(path)
        self._run = open_run(self.connection, config_hash="", config_text="{}", roots=[b"/music"], now_ns=1)
        if not journal or bare:
            follow_run(self.connection, None)
        if bare:
            self.connection.before_commit = None
            for (trigger,) in self.connection.execute(_TRIGGERS).fetchall():
                self.connection.execute(f"DROP TRIGGER temp.{trigger}")

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


def search_entries(connection: sqlite3.Connection) -> dict[tuple[str, int], tuple[int, str]]:
    """Give what a library has in its search index, by table and number of row."""
    add_words(connection)
    return {
        (table, entry // KINDS): (entry, words)
        for table, kind in INDEXED.items()
        for entry, words in connection.execute(entries(kind))
    }


def encode(analysis: Any) -> None:
    """Encode an analysis as a worker of the product does, and drop it."""
    encode_analysis(analysis)
