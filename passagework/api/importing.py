"""Import into a library that another process may have: that one does it then."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from passagework.api.door.client import Holder, RemoteRun, holder_of
from passagework.api.door.messages import StartImport
from passagework.api.editing import EditedLibrary, OnForwarded, unforwarded
from passagework.api.importer import Importer
from passagework.api.listeners import Listener
from passagework.config.effective_hash import deciding_differences, deciding_text
from passagework.config.settings import Settings
from passagework.domain.errors import LibraryBusyError
from passagework.domain.library_update import OnUpdate, unheard
from passagework.persistence.read.reader import LibraryReader

BEGIN_SECONDS: Final = 30.0

Say = Callable[[str], object]


class ForwardedImporter:
    """What an importer does for a command, done by the process that has the library. For one thread."""

    def __init__(self, holder: Holder, reader: LibraryReader, settings: Settings, say: Say) -> None:
        self.library = EditedLibrary(holder, reader)
        self._holder = holder
        self._settings = settings
        self._say = say
        self._run: RemoteRun | None = None

    def start(
        self,
        roots: str | bytes | Sequence[str | bytes] | None = None,
        *,
        retry_failed: bool = False,
        reanalyze: bool = False,
        subfolders: bool = True,
    ) -> RemoteRun:
        """Have a run started, as ``Importer.start`` does, and say how it differs from one of this process."""
        if isinstance(roots, str | bytes):
            roots = (roots,)
        chosen = [os.path.abspath(os.fsencode(root)) for root in roots or self._settings.scan.roots]
        pid = self._holder.pid
        self._say(f"process {pid} has the library, and does this import with its own settings")
        self._run = run = self._holder.start(
            StartImport(tuple(chosen), retry_failed=retry_failed, reanalyze=reanalyze, subfolders=subfolders)
        )
        run.begun_within(BEGIN_SECONDS)
        if run.queued:
            self._say(f"process {pid} is importing; this import follows when that has ended")
        run.on_begun(self._compare)
        return run

    def close(self) -> None:
        """Follow the run no longer; it goes on."""
        if self._run is not None:
            self._run.close()

    def _compare(self, theirs: str) -> None:
        with suppress(ValueError, AttributeError):
            if different := deciding_differences(deciding_text(self._settings), theirs):
                self._say(
                    f"warning: process {self._holder.pid} has other settings, which count for this import: "
                    f"{', '.join(different)}"
                )


@contextmanager
def open_to_import(
    settings: Settings,
    *,
    on_update: OnUpdate = unheard,
    listeners: Sequence[Listener] = (),
    instead_of: Path | None = None,
    say: Say = lambda _line: None,
    on_forwarded: OnForwarded = unforwarded,
) -> Iterator[Importer | ForwardedImporter]:
    """Open an importer; if another process has the library, and takes commands, one that forwards to it.

    ``say`` is then called with a line about it, and ``on_forwarded`` with its number when all is done. ``listeners``
    hear of a run of this process alone.

    Raises LibraryBusyError if that process takes no commands, and what an importer raises.
    """
    try:
        importer = Importer(settings, on_update=on_update, listeners=listeners, instead_of=instead_of)
    except LibraryBusyError as error:
        busy = error
    else:
        with importer:
            yield importer
        return
    holder = holder_of(settings.library.path, busy)
    with (
        closing(LibraryReader(settings.library.path)) as reader,
        closing(ForwardedImporter(holder, reader, settings, say)) as forwarded,
    ):
        yield forwarded
    on_forwarded(holder.pid)
