"""Change a library without an importer: commands that set values or undo a run need no actors."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from passagework.api.library import WritableLibrary
from passagework.domain.edits import Edit, Edited
from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.domain.forgetting import Forget, Forgotten
from passagework.domain.ids import run_id
from passagework.domain.library_update import OnUpdate, unheard
from passagework.domain.writer_statistics import Writer
from passagework.persistence.editor import LibraryEditor
from passagework.persistence.file.lock import find_writer
from passagework.persistence.file.opening import update_library
from passagework.persistence.read.queries import Query

if TYPE_CHECKING:
    from passagework.config.sections import LibrarySettings
    from passagework.domain.undo import Undone

R = TypeVar("R")


class EditedLibrary(WritableLibrary):
    """A library of which this thread is the writer; see :func:`open_to_edit`."""

    def __init__(self, store: LibraryEditor, source: "_Store") -> None:
        super().__init__(source, self._store_edits)
        self._store = store

    def undo(self, run: int) -> "Undone":
        """Undo a run, as an importer does."""
        return self._store.undo(run_id(run), time.time_ns())

    def forget(self, forget: Forget) -> Forgotten:
        """Forget files with all that is known of them. It cannot be undone; ``forgettable`` tells what it would be.

        Raises:
            NotFoundError: the library knows no file under a path; nothing was changed.
            LibraryUnavailableError: the library takes no writes; what was forgotten before stays forgotten.

        """
        return self._store.forget(forget)

    def _store_edits(self, edits: tuple[Edit, ...]) -> tuple[Edited, ...]:
        return self._store.edit(edits, time.time_ns())


class _Store:
    def __init__(self, store: LibraryEditor, settings: "LibrarySettings") -> None:
        self._store, self._path = store, settings.path

    def query(self, query: Query[R]) -> R:
        return self._store.query(query)

    def writer(self) -> Writer | None:
        return find_writer(self._path)


@contextmanager
def open_to_edit(settings: "LibrarySettings", on_update: OnUpdate = unheard) -> Iterator[EditedLibrary]:
    """Open a library as its only writer, for use in this thread; an import that runs is not waited for.

    Raises LibraryBusyError if another process writes it, and what an importer raises for a library that it cannot open.
    """
    update_library(
        settings.path,
        synchronous=settings.synchronous,
        replicated=settings.replicated,
        check=settings.check,
        on_update=on_update,
    )
    store = LibraryEditor(
        settings.path, synchronous=settings.synchronous, replicated=settings.replicated, check=settings.check
    )
    try:
        yield EditedLibrary(store, _Store(store, settings))
        _empty_log(store)
    finally:
        store.close()


def _empty_log(store: LibraryEditor) -> None:
    try:
        store.checkpoint()
    except LibraryUnavailableError as error:
        # Everything is durable, and the next opening empties the WAL.
        if error.kind is not UnavailableKind.LOG_IN_USE:
            raise
