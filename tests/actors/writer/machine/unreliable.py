"""A real library whose next COMMIT goes wrong in a way that the test chose."""

import sqlite3
from enum import Enum

from passagework.persistence.store import LibraryStore
from passagework.persistence.write import journal

PATIENCE_MS = 1


class Fate(Enum):
    """What becomes of a COMMIT."""

    FAILS = "it fails, and nothing was committed"
    IN_DOUBT = "it fails, although it committed"
    CRASH_BEFORE = "the actor crashes before it"
    CRASH_AFTER = "the actor crashes after it"
    KILL_BEFORE = "the process is killed before it"
    KILL_AFTER = "the process is killed after it"


_HAPPENS = {Fate.IN_DOUBT, Fate.CRASH_AFTER, Fate.KILL_AFTER}


class CrashError(Exception):
    """A defect of the actor."""


class KilledError(BaseException):
    """Nothing of the process is left but its files."""


class UnreliableStore(LibraryStore):
    """Tells ``witness`` of each BEGIN and each COMMIT, and lets the next COMMIT have the fate that ``witness`` says."""

    def __init__(self, path, witness):
        super().__init__(path, synchronous="normal")
        self._witness = witness
        self._execute = self._connection.execute
        self._connection.execute = self._watch
        self.tire_soon()

    def tire_soon(self):
        """Do not wait for foreign locks: the test that holds them would wait for itself."""
        self._execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")

    def limit(self, pages):
        """Let the disk be full: the library may grow by ``pages`` pages, None: as far as it likes."""
        now = self._execute("PRAGMA page_count").fetchone()[0]
        self._execute(f"PRAGMA max_page_count = {2**30 if pages is None else now + pages}")

    def write(self, writes, now_ns):
        with self._witness.writing(writes) as letters:
            outcome = super().write(writes, now_ns)
        rejected = [index for index, letter in enumerate(letters) if letter.rejected]
        assert sorted(index for index, _ in outcome.rejected) == rejected
        assert [index for index in range(len(letters)) if index not in rejected] == list(outcome.committed)
        return outcome

    def open_run(self, *order):
        with self._witness.opening_run():
            return super().open_run(*order)

    def close_run(self, run, state, *more):
        with self._witness.closing_run(run, state):
            return super().close_run(run, state, *more)

    def edit(self, edits, now_ns):
        with self._witness.editing(edits):
            return super().edit(edits, now_ns)

    def checkpoint(self):
        try:
            super().checkpoint()
        finally:
            self.tire_soon()

    def _watch(self, sql, *values):
        if sql == "BEGIN IMMEDIATE":
            self._witness.begun()
        # Where forgetting begins: each of its transactions starts with this.
        if sql == journal._CANNOT_BE_UNDONE:
            self._witness.forgets()
        if sql == "COMMIT":
            return self._commit()
        return self._execute(sql, *values)

    def _commit(self):
        fate = self._witness.fate()
        if fate is None or fate in _HAPPENS:
            self._execute("COMMIT")
            self._witness.committed()
        match fate:
            case Fate.FAILS | Fate.IN_DOUBT:
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
                raise error
            case Fate.CRASH_BEFORE | Fate.CRASH_AFTER:
                raise CrashError(fate.value)
            case Fate.KILL_BEFORE | Fate.KILL_AFTER:
                self._witness.killed()
                raise KilledError
