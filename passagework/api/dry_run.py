"""Try an import: the same import, on a copy of the library in a temporary folder."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from passagework.config.settings import Settings
from passagework.persistence.file.scratch_copy import copy_to_try

_PREFIX: Final = "passagework-dry-run-"
_IN_USE: Final = "in-use"
_COPY: Final = "library.passages"


@contextmanager
def settings_to_try(settings: Settings, *, online: bool = False) -> Iterator[Settings]:
    """Yield the settings of an import that is only tried: into a copy of the library, which is deleted afterwards.

    The library is not touched, and not created if there is none. Without ``online`` no service is asked. What a process
    that was killed has left is deleted by the next one.

    Raises:
        LibraryNeedsSpaceError: the folder for temporary files (TMPDIR) has no room.
        LibraryError: the library is damaged, or cannot be read.

    """
    parent = Path(tempfile.gettempdir())
    _delete_what_was_left(parent)
    # Only its owner may enter it.
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    held = os.open(folder / _IN_USE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        copy = folder / _COPY
        copy_to_try(settings.library.path, copy)
        library = settings.library.model_copy(update={"path": copy, "synchronous": "normal", "replicated": False})
        changes: dict[str, object] = {"library": library}
        if not online:
            for service in ("acoustid", "musicbrainz"):
                changes[service] = getattr(settings, service).model_copy(update={"enabled": False})
        yield settings.model_copy(update=changes)
    finally:
        os.close(held)
        shutil.rmtree(folder, ignore_errors=True)


def _delete_what_was_left(parent: Path) -> None:
    """Delete folders of processes that were killed: their locks are free."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            status = folder.lstat()
            if status.st_uid != os.geteuid() or folder.is_symlink():
                continue
            held = os.open(folder / _IN_USE, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(held)
