"""Change a library without an importer: commands that set values or undo a run need no actors."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from passagework.api.library import FilePath, WritableLibrary
from passagework.domain.edits import Edit, Edited
from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.domain.forgetting import Forget, Forgotten
from passagework.domain.ids import run_id
from passagework.domain.library_update import OnUpdate, unheard
from passagework.domain.writer_statistics import Writer
from passagework.persistence.editor import LibraryEditor
from passagework.persistence.file.lock import find_writer
from passagework.persistence.file.opening import update_library
from passagework.persistence.read.queries import KnownRecordings, Query

if TYPE_CHECKING:
    from passagework.api.flavor_documents import ImportedFlavors
    from passagework.config.sections import LibrarySettings
    from passagework.domain.undo import Undone

R = TypeVar("R")

_DOCUMENTS_AT_ONCE: Final = 500


class EditedLibrary(WritableLibrary):
    """A library of which this thread is the writer; see :func:`open_to_edit`."""

    def __init__(self, store: LibraryEditor, source: "_Store") -> None:
        super().__init__(source, self._store_edits, store.report_plays)
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

    def import_flavors(self, paths: Sequence[FilePath], *, all_recordings: bool = False) -> "ImportedFlavors":
        """Store documents of AcousticBrainz from files and folders, some in each transaction.

        What cannot be read is refused, and the others are stored. Documents about recordings that the library does not
        have are left out, unless ``all_recordings``.

        Raises LibraryUnavailableError: the library takes no writes; what was stored before stays.
        """
        from passagework.api.flavor_documents import (  # noqa: PLC0415 - most edits need none of it
            ImportedFlavors,
            RefusedDocument,
            documents_in,
        )

        added = known = elsewhere = 0
        refused: list[RefusedDocument] = []
        found = documents_in([os.path.abspath(os.fsencode(path)) for path in paths])
        while some := list(islice(found, _DOCUMENTS_AT_ONCE)):
            refused += [one for one in some if isinstance(one, RefusedDocument)]
            documents = [one for one in some if not isinstance(one, RefusedDocument)]
            if not all_recordings:
                here = self._store.query(KnownRecordings([one.recording for one in documents]))
                elsewhere += sum(one.recording not in here for one in documents)
                documents = [one for one in documents if one.recording in here]
            new = self._store.add_flavor_documents(documents, time.time_ns())
            added, known = added + new, known + len(documents) - new
        return ImportedFlavors(added=added, known=known, elsewhere=elsewhere, refused=tuple(refused))

    def clear_flavors(self) -> int:
        """Delete all documents of AcousticBrainz, and return how many there were."""
        return self._store.clear_flavor_documents()

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
