"""Change a library without an importer: commands that set values or undo a run need no actors."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from passagework.api.library import FilePath
from passagework.api.writable_library import WritableLibrary
from passagework.domain.edits import Edit, Edited
from passagework.domain.errors import LibraryBusyError, LibraryUnavailableError, UnavailableKind
from passagework.domain.forgetting import Forget, Forgotten
from passagework.domain.ids import RunId, run_id
from passagework.domain.library_update import OnUpdate, unheard
from passagework.domain.writer_statistics import Writer
from passagework.persistence.editor import LibraryEditor
from passagework.persistence.file.lock import find_writer
from passagework.persistence.file.opening import update_library
from passagework.persistence.read.queries import KnownRecordings, Query
from passagework.persistence.read.reader import LibraryReader

if TYPE_CHECKING:
    from passagework.api.flavor_documents import ImportedFlavors
    from passagework.config.sections import LibrarySettings
    from passagework.domain.flavor.acousticbrainz import FlavorDocument
    from passagework.domain.plays import Play, PlayReport
    from passagework.domain.undo import Undone

R = TypeVar("R")

_DOCUMENTS_AT_ONCE: Final = 500

OnForwarded = Callable[[int], object]
"""Called with the number of the process that has done what was asked."""


def unforwarded(_pid: int) -> None:
    """Hear nothing of it."""


class _Edits(Protocol):
    """What changes a library: an own connection that writes, or the process that has it (api/door/client.py)."""

    def edit(self, edits: Sequence[Edit], now_ns: int, /) -> tuple[Edited, ...]:
        """Store what a person set."""

    def report_plays(self, report: "PlayReport", /) -> "tuple[Play, ...]":
        """Report what was played, or take reports back."""

    def undo(self, run: RunId, now_ns: int, /) -> "Undone":
        """Undo a run."""

    def forget(self, forget: Forget) -> Forgotten:
        """Forget files."""

    def add_flavor_documents(self, documents: "Sequence[FlavorDocument]", now_ns: int, /) -> int:
        """Store documents about recordings; return how many are new."""

    def clear_flavor_documents(self) -> int:
        """Delete all documents about recordings; return how many there were."""


class EditedLibrary(WritableLibrary):
    """A library that this thread changes; see :func:`open_to_edit`."""

    def __init__(self, store: _Edits, source: "_Store | LibraryReader") -> None:
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
                here = self._source.query(KnownRecordings([one.recording for one in documents]))
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
def open_to_edit(
    settings: "LibrarySettings", on_update: OnUpdate = unheard, on_forwarded: OnForwarded = unforwarded
) -> Iterator[EditedLibrary]:
    """Open a library to change it in this thread; an import that runs is not waited for.

    If another process has it, that one does what is asked here, through the socket beside the library, and
    ``on_forwarded`` is called with its number when all is done. It raises the same errors.

    Raises LibraryBusyError if another process writes it that takes no commands, and what an importer raises for a
    library that it cannot open.
    """
    try:
        store = _opened(settings, on_update)
    except LibraryBusyError as error:
        busy = error
    else:
        try:
            yield EditedLibrary(store, _Store(store, settings))
            _empty_log(store)
        finally:
            store.close()
        return
    from passagework.api.door.client import holder_of  # noqa: PLC0415 - most commands find the library free

    holder = holder_of(settings.path, busy)
    with closing(LibraryReader(settings.path)) as reader:
        yield EditedLibrary(holder, reader)
    on_forwarded(holder.pid)


def _opened(settings: "LibrarySettings", on_update: OnUpdate) -> LibraryEditor:
    update_library(
        settings.path,
        synchronous=settings.synchronous,
        replicated=settings.replicated,
        check=settings.check,
        on_update=on_update,
    )
    return LibraryEditor(
        settings.path, synchronous=settings.synchronous, replicated=settings.replicated, check=settings.check
    )


def _empty_log(store: LibraryEditor) -> None:
    try:
        store.checkpoint()
    except LibraryUnavailableError as error:
        # Everything is durable, and the next opening empties the WAL.
        if error.kind is not UnavailableKind.LOG_IN_USE:
            raise
