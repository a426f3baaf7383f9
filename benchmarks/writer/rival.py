"""The contenders that write row by row, as steps of one file: what the earlier work counted, with the same content.

The earlier work's counts for a file of N passages come out of this division, and it is the only one that gives both
numbers of both:

- *one statement, one transaction*, 9N+1 locks and 6N+1 write transactions: the file with its passages (1); then for
  each passage is its song there? its artists? its album? (3 reads), write each of them (3), link each of them (3).
- *its batch pattern*, 3N+5 and 3N+2: the three questions for the whole file (3), the entities (1), the file with its
  passages (1), and then each link of each passage (3N).

This schema has more tables than the earlier one. What belongs together goes into one step and one transaction, in
favour of these contenders: works with songs, evidence with the link to the song, artists of the album with the link to
the album, what a passage states of artists and works with its links, the words of the search index with what they name.
What one statement, one transaction means to the letter here is the third of them, ``every statement``: the steps of the
first, with no transaction around the statements of a step.

They do less than Passagework does: no comparison with what an earlier import has left, no fingerprints to forget, no
passages to pair, no ids to find, no decision about links.
"""

import json
import queue
import random
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from pathlib import Path

from recorded_messages import Analysis
from seams.persistence import INDEX, INDEXED, KINDS, encode, new_library

from writer.rows import ENTITIES, FileRows, Finished, Row, Rows
from writer.watch import Counter

PRAGMAS = (
    *("journal_mode", "synchronous", "foreign_keys", "temp_store", "wal_autocheckpoint", "journal_size_limit"),
    *("cache_size", "trusted_schema"),
)
CACHED_STATEMENTS = 256
FIRST_WAIT_SECONDS = 0.0002
LONGEST_WAIT_SECONDS = 0.02
BUSY_TIMEOUT_MS = 600_000
BUSY_TIMEOUT, BACK_OFF = "busy_timeout", "back-off"

_KNOWN = "SELECT mbid FROM {} WHERE mbid IN (SELECT value FROM json_each(?1))"
# The three questions. One statement asks for the songs and their works.
_QUESTIONS = {
    ("song", "work"): f"{_KNOWN.format('song')} UNION ALL {_KNOWN.format('work')}",
    ("artist",): _KNOWN.format("artist"),
    ("album",): _KNOWN.format("album"),
}
# The three links of a passage, with what belongs to each.
_LINKS = (
    ("song_artist", "song_work", "artist_statement"),
    ("passage_song", "work_statement", "passage_evidence"),
    ("passage_album", "album_artist"),
)

Execute = Callable[..., sqlite3.Cursor]
"""Executes a statement, for as long as it takes until the library is free."""


class Rival:
    """Stores files through one connection. ``execute`` waits out SQLITE_BUSY."""

    def __init__(self, finished: Finished, execute: Execute) -> None:
        self._finished, self._execute = finished, execute
        self._step: Callable[[], AbstractContextManager[None]] = self._transaction

    def store_batched(self, file: FileRows) -> None:
        """Ask first, then write: entities at once, file and passages at once, links one by one."""
        known = self._ask(file.passages)
        with self._transaction():
            self._write_entities(file.passages, chain(*_QUESTIONS), known)
        self._write_file(file)
        for passage in file.passages:
            self._write_links(passage)

    def store_singly(self, file: FileRows) -> None:
        """Check and write each thing by itself."""
        self._write_file(file)
        for passage in file.passages:
            known = self._ask([passage])
            for kinds in _QUESTIONS:
                with self._step():
                    self._write_entities([passage], kinds, known)
            self._write_links(passage)

    def store_by_statement(self, file: FileRows) -> None:
        """Check and write each row by itself."""
        self._step = nullcontext
        self.store_singly(file)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._execute("BEGIN IMMEDIATE")
        yield
        self._execute("COMMIT")

    def _ask(self, passages: Sequence[Rows]) -> set[object]:
        """Give the MBIDs that the library knows."""
        known: set[object] = set()
        for kinds, question in _QUESTIONS.items():
            mbids = json.dumps([self._finished.mbid[kind](row) for kind in kinds for row in _once(passages, kind)])
            known.update(mbid for (mbid,) in self._execute(question, (mbids,)).fetchall())
        return known

    def _write_entities(self, passages: Sequence[Rows], kinds: Iterable[str], known: set[object]) -> None:
        """Insert what was not known when it was asked for, with its words; another connection may have been quicker."""
        entries = {row[0]: row for passage in passages for row in passage[INDEX]}
        words = []
        for kind in kinds:
            for row in _once(passages, kind):
                if (
                    self._finished.mbid[kind](row) in known
                    or not self._execute(self._finished.insert[kind], row).rowcount
                ):
                    continue
                if kind in INDEXED and (entry := entries.get(row[0] * KINDS + INDEXED[kind])) is not None:
                    words.append(entry)
        # FTS5 begins a new segment whenever a number is below the one before.
        self._insert(INDEX, sorted(words))

    def _write_file(self, file: FileRows) -> None:
        """Write the file with its passages in one step."""
        with self._step():
            for table, rows in file.of_file.items():
                self._insert(table, rows)
            for passage in file.passages:
                self._insert("passage", passage["passage"])
                self._insert("passage_fingerprint", passage["passage_fingerprint"])
                self._insert("passage_flavor", passage["passage_flavor"])

    def _write_links(self, passage: Rows) -> None:
        """Write the links of one passage in three steps."""
        for tables in _LINKS:
            with self._step():
                for table in tables:
                    self._insert(table, passage[table])

    def _insert(self, table: str, rows: Iterable[Row]) -> None:
        for row in rows:
            self._execute(self._finished.insert[table], row)


STORE: dict[str, Callable[[Rival, FileRows], None]] = {
    "every statement": Rival.store_by_statement,
    "single": Rival.store_singly,
    "batched": Rival.store_batched,
}


def connections(
    library: Path, size: int, wait: str = BUSY_TIMEOUT, counter: Counter | None = None
) -> list[sqlite3.Connection]:
    """Make a library, and open connections to it with the product's pragmas."""
    pragmas = new_library(library, PRAGMAS)
    pragmas["busy_timeout"] = BUSY_TIMEOUT_MS if wait == BUSY_TIMEOUT else 0
    opened = []
    for _ in range(size):
        connection = sqlite3.connect(
            library, isolation_level=None, cached_statements=CACHED_STATEMENTS, check_same_thread=False
        )
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name} = {value}").fetchall()
            assert connection.execute(f"PRAGMA {name}").fetchone()[0] == value, name
        if counter is not None:
            counter.watch(connection)
        opened.append(connection)
    return opened


class Pool:
    """Several connections with the product's pragmas, and what to do when another one writes.

    A producer takes a connection for one file. BEGIN IMMEDIATE takes the write lock at once, so a transaction that has
    begun comes to its end; only its beginning is tried again. Both ways to wait are offered: SQLite's own
    (busy_timeout) and an exponential back-off with jitter from 0.2 to 20 ms.
    """

    def __init__(self, library: Path, finished: Finished, size: int, wait: str, counter: Counter | None) -> None:
        self._finished = finished
        self._free: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        self._all: list[sqlite3.Connection] = []
        self.retries = 0
        for connection in connections(library, size, wait, counter):
            self._all.append(connection)
            self._free.put(connection)

    def store(self, how: str, analysis: Analysis) -> None:
        """Store a file. Its rows are encoded before a connection is taken, as Passagework encodes them."""
        encode(analysis)
        connection = self._free.get()
        try:
            STORE[how](Rival(self._finished, self._patient(connection)), self._finished.files[analysis.path])
        finally:
            self._free.put(connection)

    def close(self) -> None:
        for connection in self._all:
            connection.close()

    def _patient(self, connection: sqlite3.Connection) -> Execute:
        def execute(statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
            wait = FIRST_WAIT_SECONDS
            while True:
                try:
                    return connection.execute(statement, values)
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                        raise
                self.retries += 1
                time.sleep(wait * random.uniform(0.5, 1.5))
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)

        return execute


def _once(passages: Sequence[Rows], kind: str) -> Iterable[Row]:
    assert kind in ENTITIES
    return dict.fromkeys(row for passage in passages for row in passage[kind])
