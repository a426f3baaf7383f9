"""The library as a person changes it: queries, user values, undo. Imports nothing of what only an import needs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from passagework.domain.edits import Edit, Edited
from passagework.domain.forgetting import Forget, Forgotten
from passagework.domain.ids import RunId
from passagework.persistence.file.checkpoint import checkpoint
from passagework.persistence.file.gate import LibraryCheck
from passagework.persistence.file.opening import Synchronous
from passagework.persistence.read.dispatch import run_query
from passagework.persistence.read.queries import Query
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.write.journal import follow_active_run
from passagework.persistence.write.opening import open_writer

if TYPE_CHECKING:
    from passagework.domain.flavor.acousticbrainz import FlavorDocument
    from passagework.domain.plays import Play, PlayReport
    from passagework.domain.undo import Undone

R = TypeVar("R")


class LibraryEditor:
    """Owns the connection that writes. All methods are called in the thread that made it.

    Every method raises LibraryUnavailableError, with nothing written, while the library takes no writes.
    """

    def __init__(
        self,
        path: Path,
        *,
        synchronous: Synchronous = "full",
        replicated: bool = False,
        check: LibraryCheck = "quick",
    ) -> None:
        """Open the library; see :func:`passagework.persistence.file.opening.open_library` for the errors."""
        self._connection = open_writer(path, synchronous=synchronous, replicated=replicated, check=check)
        try:
            with self._connection.translated():
                follow_active_run(self._connection)
        except BaseException:
            self._connection.close()
            raise

    def query(self, query: Query[R]) -> R:
        """Run a query, between transactions."""
        return run_query(self._connection, query)

    def edit(self, edits: Sequence[Edit], now_ns: int) -> tuple[Edited, ...]:
        """Store what a person set, in one transaction."""
        return apply_edits(self._connection, edits, now_ns)

    def report_plays(self, report: "PlayReport") -> "tuple[Play, ...]":
        """Store or take back what a host has played, in one transaction."""
        from passagework.persistence.user.plays import report_plays  # noqa: PLC0415 - most editors report nothing

        return report_plays(self._connection, report)

    def undo(self, run: RunId, now_ns: int) -> "Undone":
        """Undo a run, in one transaction."""
        from passagework.persistence.user.undo import undo_run  # noqa: PLC0415 - most editors undo nothing

        return undo_run(self._connection, run, now_ns)

    def forget(self, forget: Forget) -> Forgotten:
        """Forget files, some in each transaction. No run may be active."""
        from passagework.persistence.user.forget import forget_files  # noqa: PLC0415 - most editors forget nothing

        return forget_files(self._connection, forget)

    def add_flavor_documents(self, documents: "Sequence[FlavorDocument]", now_ns: int) -> int:
        """Store documents about recordings, in one transaction; return how many are new."""
        from passagework.persistence.user.flavor_documents import add_flavor_documents  # noqa: PLC0415 - as above

        return add_flavor_documents(self._connection, documents, now_ns)

    def clear_flavor_documents(self) -> int:
        """Delete all documents about recordings; return how many there were."""
        from passagework.persistence.user.flavor_documents import clear_flavor_documents  # noqa: PLC0415 - as above

        return clear_flavor_documents(self._connection)

    def checkpoint(self) -> None:
        """Copy the whole WAL into the library, and empty it."""
        checkpoint(self._connection)

    def close(self) -> None:
        """Close the connection and give up the lock. Idempotent."""
        self._connection.close()
