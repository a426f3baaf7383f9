"""The library as an importer writes it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from passagework.domain.analysis import FileAnalysis
from passagework.domain.ids import RunId
from passagework.domain.views import RunState
from passagework.domain.writer_statistics import Writer, WriterStatistics
from passagework.persistence.editor import LibraryEditor
from passagework.persistence.file.checkpoint import WalState, checkpoint_passive, log_in_use, wal_bytes
from passagework.persistence.file.gate import Checked, LibraryCheck
from passagework.persistence.file.opening import Synchronous
from passagework.persistence.write.batch import BatchOutcome, write_batch
from passagework.persistence.write.old_runs import KEEP_RUNS
from passagework.persistence.write.runs import close_run, new_run_guid, open_run
from passagework.persistence.write.writes import StoreAnalysis, StoreAnswers, Write

MESSAGE_BYTES: Final = 1_000
PASSAGE_BYTES: Final = 3_000
"""Approximate sizes, for the limit of a batch; most of a passage is its fingerprint."""


class LibraryStore(LibraryEditor):
    """What an importer does with the library as its one writer."""

    def __init__(
        self,
        path: Path,
        *,
        synchronous: Synchronous = "full",
        replicated: bool = False,
        check: LibraryCheck = "quick",
        keep_runs: int = KEEP_RUNS,
    ) -> None:
        """Open the library; see :func:`passagework.persistence.file.opening.open_library` for the errors."""
        super().__init__(path, synchronous=synchronous, replicated=replicated, check=check)
        self._next_run = new_run_guid()
        self._keep_runs = keep_runs

    @property
    def checked(self) -> Checked:
        """What the integrity gate did when the library was opened."""
        assert self._connection.gate is not None
        return self._connection.gate.checked

    def size_of(self, write: Write) -> int:
        """Estimate the size of a message in bytes."""
        if isinstance(write, StoreAnswers):
            return MESSAGE_BYTES + sum(len(answer.body) for answer in write.answers)
        if not isinstance(write, StoreAnalysis):
            return MESSAGE_BYTES
        analysis = write.analysis
        if isinstance(analysis, FileAnalysis):
            size = len(analysis.envelope.levels) + len(analysis.weighted) + len(analysis.waveform.extrema)
        else:
            size = sum(len(curve) for curve in analysis.curves if isinstance(curve, bytes))
        return MESSAGE_BYTES + size + PASSAGE_BYTES * len(analysis.passages)

    def write(self, writes: Sequence[Write], now_ns: int) -> BatchOutcome:
        """Write a batch in one transaction; what is returned is durable."""
        return write_batch(self._connection, writes, now_ns)

    def open_run(
        self, config_hash: str, config_text: str, roots: Sequence[bytes], now_ns: int, services: Sequence[str] = ()
    ) -> RunId:
        """Open a run. After an error, the next call opens that same run, which may be in the library already."""
        run = open_run(
            self._connection,
            config_hash=config_hash,
            config_text=config_text,
            roots=roots,
            now_ns=now_ns,
            services=services,
            guid=self._next_run,
        )
        self._next_run = new_run_guid()
        return run

    def close_run(
        self,
        run: RunId,
        state: RunState,
        files_seen: int,
        files_unchanged: int,
        now_ns: int,
        accounts: WriterStatistics,
    ) -> None:
        """Close a run."""
        close_run(
            self._connection,
            run,
            state,
            files_seen=files_seen,
            files_unchanged=files_unchanged,
            now_ns=now_ns,
            accounts=accounts,
            keep_runs=self._keep_runs,
        )

    def take_holds(self) -> list[float]:
        """Return the seconds from BEGIN to COMMIT of every transaction since the last call."""
        return self._connection.take_holds()

    def announce(self, accounts: WriterStatistics) -> Writer:
        """Publish the statistics for other processes, and return them."""
        lock = self._connection.lock
        assert lock is not None
        lock.tell(accounts)
        return Writer(lock.holder, accounts)

    def checkpoint_passive(self) -> WalState:
        """Copy the WAL into the library as far as readers permit."""
        return checkpoint_passive(self._connection)

    @property
    def wal_bytes(self) -> int:
        """The size of the WAL."""
        return wal_bytes(self._connection)

    @property
    def log_in_use(self) -> int:
        """The bytes of the WAL that a checkpoint would have to copy, or has copied; the rest of the file is unused."""
        return log_in_use(self._connection)
