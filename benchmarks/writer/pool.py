"""The rivals' connections: several of them, with the product's pragmas, and what to do when another one writes.

A producer takes a connection for one file. BEGIN IMMEDIATE takes the write lock at once, so a transaction that has
begun comes to its end; only its beginning is tried again. Both ways to wait are offered: SQLite's own (busy_timeout)
and an exponential back-off with jitter from 0.2 to 20 ms.
"""

import queue
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from time import perf_counter

from passagework.domain.analysis import FileAnalysis
from passagework.persistence.file.connection import CACHED_STATEMENTS, open_library
from passagework.persistence.write.runs import open_run
from writer.counting import Counter
from writer.product import PRODUCERS, Outcome
from writer.rival import Execute, Rival
from writer.rival_rows import FileRows, rows_of

PRAGMAS = (
    *("journal_mode", "synchronous", "foreign_keys", "temp_store", "wal_autocheckpoint", "journal_size_limit"),
    *("cache_size", "trusted_schema"),
)
FIRST_WAIT_SECONDS = 0.0002
LONGEST_WAIT_SECONDS = 0.02
BUSY_TIMEOUT_MS = 600_000
BUSY_TIMEOUT, BACK_OFF = "busy_timeout", "back-off"
Store = Callable[[Rival, FileRows], None]
STORE: dict[str, Store] = {
    "every statement": Rival.store_by_statement,
    "single": Rival.store_singly,
    "batched": Rival.store_batched,
}


class Pool:
    """Connections to one library, and the count of how often one of them found it busy."""

    def __init__(self, library: Path, size: int, wait: str, counter: Counter | None) -> None:
        self._free: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        self._all: list[sqlite3.Connection] = []
        self.retries = 0
        with closing(open_library(library)) as made:
            open_run(made, config_hash="", config_text="", roots=[b"/music"], now_ns=1)
            pragmas = {name: made.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS}
        pragmas["busy_timeout"] = BUSY_TIMEOUT_MS if wait == BUSY_TIMEOUT else 0
        for _ in range(size):
            connection = sqlite3.connect(
                library, isolation_level=None, cached_statements=CACHED_STATEMENTS, check_same_thread=False
            )
            for name, value in pragmas.items():
                connection.execute(f"PRAGMA {name} = {value}").fetchall()
                assert connection.execute(f"PRAGMA {name}").fetchone()[0] == value, name
            if counter is not None:
                counter.watch(connection)
            self._all.append(connection)
            self._free.put(connection)

    def store(self, how: Store, analysis: FileAnalysis) -> None:
        """Store a file; its rows are encoded before a connection is taken."""
        rows = rows_of(analysis)
        connection = self._free.get()
        try:
            how(Rival(self._patient(connection)), rows)
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


def run_rival(pool: Pool, messages: Sequence[FileAnalysis], how: Store, counter: Counter) -> Outcome:
    """Have 16 producers store the messages, and give what it cost."""
    waits: list[float] = [0.0] * PRODUCERS

    def produce(producer: int) -> None:
        for number in range(producer, len(messages), PRODUCERS):
            came = perf_counter()
            pool.store(how, messages[number])
            waits[producer] = max(waits[producer], perf_counter() - came)

    producers = [threading.Thread(target=produce, args=(number,)) for number in range(PRODUCERS)]
    before = counter.read()
    began = perf_counter()
    for thread in producers:
        thread.start()
    for thread in producers:
        thread.join()
    seconds = perf_counter() - began
    counts = counter.read().since(before)
    pool.close()
    longest = max(waits)
    return Outcome(seconds, longest_wait=longest, longest_ack=longest, longest_link=longest, counts=counts)
