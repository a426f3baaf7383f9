"""Check a whole library, and mark it or remove its mark accordingly."""

from pathlib import Path

from passagework.domain.checkup import LibraryCheckup
from passagework.domain.errors import LibraryError
from passagework.persistence.file.before_opening import Before, judge
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.damage_mark import is_marked, leave_mark, remove_mark
from passagework.persistence.file.derived_check import wrong_parts
from passagework.persistence.file.gate import Gate, damage_error
from passagework.persistence.file.lock import LibraryLock, was_locked_for
from passagework.persistence.file.migrations import load_migrations
from passagework.persistence.file.opening import opened_to_look
from passagework.persistence.file.opening_to_read import refuse_another_program, was_library
from passagework.persistence.file.place import resolved
from passagework.persistence.file.schema_version import refuse_newer, schema_version
from passagework.persistence.file.search_index import WRONG
from passagework.persistence.file.sqlite_errors import SQLITE_ERRORS, is_damage


def check_library(path: Path, *, synced: bool = True) -> LibraryCheckup:
    """Look at everything in a library; nothing in it is changed. A writer, if there is one, is not blocked.

    If it is damaged, it is marked. If it is whole and nothing writes it, its mark is removed.

    Raises:
        LibraryDamagedError: it cannot be opened at all; the message says why.
        SideFileError: a file that is not ours has the name of the mark or of the lock file.
        LibraryError: there is no library, or it cannot be read.

    """
    path = resolved(path)
    if not path.exists():
        raise LibraryError(f"there is no library at {path}; name another path")
    lock = LibraryLock.acquire_if_possible(path)
    try:
        # Beside a writer, which has judged the log, this is one more reader.
        before = None
        if lock is not None:
            before = judge(path, synced=synced, was_library=lambda: was_library(path, was_locked_for(path)))
            if before.header is None:
                raise LibraryError(f"{path} is empty so far; the next import creates a library in it")
            refuse_another_program(path, before.header)
        gate = Gate(lock, "full")
        with opened_to_look(path, has_log=before is None or before.has_log) as connection:
            damage, wrong = _look(connection, path, gate, before)
        removed = False
        if damage:
            leave_mark(path, str(damage_error(path, damage)))
        elif lock is not None:
            removed = remove_mark(path)
            if wrong:
                lock.keep(WRONG, value=True)
            gate.note_what_is_left(path)
        return LibraryCheckup(damage, is_marked(path), removed, wrong)
    finally:
        if lock is not None:
            lock.release()


def _look(
    connection: LibraryConnection, path: Path, gate: Gate, before: Before | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what is damaged; and if nothing is, what was derived from the library and does not agree with it."""
    steps = load_migrations()
    try:
        refuse_newer(connection, path, len(steps), to_read=True)
        damage = gate.look(connection, path, steps, before.free if before is not None else None)
        is_current = schema_version(connection) == len(steps)
        return damage, wrong_parts(connection) if is_current and not damage else ()
    except SQLITE_ERRORS as error:
        if not is_damage(error):
            raise
        return (str(error),), ()
