"""The mark beside a damaged library, which keeps every process from writing it until it is found whole.

The mark is the file ``<library>.damaged``. It exists or not; its text is for people. ``passagework check`` removes it
when the library is whole, and a person may.
"""

import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from passagework.domain.errors import LibraryMarkedError, SideFileError
from passagework.persistence.file.side_files import MARK, beside, foreign, open_side_file, sync_folder

WHAT_TO_DO: Final = (
    'restore a backup, or save what can be read with the sqlite3 shell (".recover"); then run "passagework check"'
)

_FIRST_LINE: Final = "This passage library is damaged, or was found to be: Passagework writes nothing to it."
_MOST_BYTES: Final = 16_384
_ADVICE: Final = re.compile(
    rf"(; it was left as it is)?(\. To repair it,|:) {re.escape(WHAT_TO_DO)}|; it was left as it is"
)
_WHICH: Final = re.compile(r"(the library )?(?P<path>.*?) is damaged(\. Found:|[:;,.])? ?")


def is_marked(library: Path) -> bool:
    """Return whether anything has the name of the mark; one system call, so that every transaction can ask."""
    try:
        os.lstat(beside(library, MARK))
    except OSError:
        return False
    return True


def leave_mark(library: Path, reason: str) -> None:
    """Mark the library at this resolved path. An existing file of that name, ours or not, is left as it is."""
    text = (
        f"{_FIRST_LINE}\n\nlibrary   {os.fsencode(library.name).decode('utf-8', 'replace')}\n"
        f"noticed   {datetime.now(tz=UTC).astimezone().isoformat(timespec='seconds')}\n"
        f"reason    {_reason_alone(reason, library)}\n\n"
        f"What to do: {WHAT_TO_DO}.\nThe check removes this file if the library is whole. You may delete it.\n"
    )
    path = beside(library, MARK)
    # Nothing is left to do where this fails: the error that is raised says what is wrong, with a mark or without.
    with suppress(OSError, SideFileError):
        descriptor = open_side_file(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, library)
        try:
            os.write(descriptor, text.encode("utf-8", "replace")[:_MOST_BYTES])
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(path.parent)


def refuse_marked(library: Path) -> None:
    """Raise LibraryMarkedError if the library is marked, SideFileError if something else has the name of the mark."""
    if is_marked(library):
        # Earlier versions kept what to do in the reason.
        reason = _reason_alone(_read(library), library)
        raise LibraryMarkedError(
            f"the library {library} is marked as damaged ({reason or 'no reason is given'}), so nothing is written; "
            f"{WHAT_TO_DO}. To write anyway, delete {beside(library, MARK)}"
        )


def remove_mark(library: Path) -> bool:
    """Remove the mark; return whether there was one. Raises SideFileError if the file is not ours, OSError."""
    if not is_marked(library):
        return False
    _read(library)
    beside(library, MARK).unlink()
    sync_folder(library.parent)
    return True


def _reason_alone(said: str, library: Path) -> str:
    """Return why a library is called damaged, without which it is and what to do, which are said beside it."""
    alone = _ADVICE.sub("", said)
    which = _WHICH.match(alone)
    return alone[which.end() :] if which is not None and which["path"] == str(library) else alone


def _read(library: Path) -> str:
    """Return the reason; an empty mark was made on a full disk, one of NUL bytes before a power failure."""
    path = beside(library, MARK)
    try:
        descriptor = open_side_file(path, os.O_RDONLY, library)
    except OSError:
        return ""
    try:
        content = os.read(descriptor, _MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    text = content.decode("utf-8", "replace")
    if text.strip("\0") and not text.startswith(_FIRST_LINE):
        raise foreign(path, "a mark of Passagework")
    lines = (line for line in text.split("\n") if line.startswith("reason    "))
    return next(lines, "").removeprefix("reason    ")
