"""Check a whole library, and mark it or remove its mark accordingly.

What is damaged is marked: to write it may destroy more. A rule that does not hold is no reason to mark, since an import
may be what mends it; but it is a reason to keep a mark.
"""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from passagework.domain.checkup import BrokenRule, LibraryCheckup
from passagework.domain.errors import LibraryError
from passagework.persistence.file.before_opening import Before, judge
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.damage_mark import is_marked, leave_mark, remove_mark
from passagework.persistence.file.derived_check import wrong_parts
from passagework.persistence.file.gate import Gate, damage_error
from passagework.persistence.file.lock import LibraryLock, was_locked_for
from passagework.persistence.file.migrations import load_migrations
from passagework.persistence.file.opening import opened_to_look
from passagework.persistence.file.opening_to_read import open_readonly, refuse_another_program, was_library
from passagework.persistence.file.own_rules import broken_rules
from passagework.persistence.file.place import resolved
from passagework.persistence.file.schema_version import refuse_newer, schema_version
from passagework.persistence.file.search_index import WRONG
from passagework.persistence.file.sqlite_errors import SQLITE_ERRORS, is_damage
from passagework.persistence.file.transaction import snapshot


def check_library(path: Path, *, synced: bool = True) -> LibraryCheckup:
    """Look at everything in a library; nothing in it is changed. A writer, if there is one, is not blocked.

    If it is damaged, it is marked. If it is whole, every rule holds and nothing writes it, its mark is removed.

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
            found = _look(connection, path, gate, before)
        removed = False
        if found.damage:
            leave_mark(path, str(damage_error(path, found.damage)))
        elif lock is not None:
            removed = not found.broken and remove_mark(path)
            if found.wrong:
                lock.keep(WRONG, value=True)
            gate.note_what_is_left(path)
        return LibraryCheckup(found.damage, is_marked(path), removed, found.wrong, found.broken)
    finally:
        if lock is not None:
            lock.release()


def refuse_damaged(path: Path) -> None:
    """Look for damage for a second at most, as before the first write of a process; nothing is marked or kept.

    Raises LibraryDamagedError if there is any, LibraryError if the library cannot be opened.
    """
    path = resolved(path)
    with closing(open_readonly(path, older=True)) as connection:
        try:
            damage = Gate(None, "quick").look(connection, path, load_migrations(), None)
        except SQLITE_ERRORS as error:
            if not is_damage(error):
                raise
            damage = (str(error),)
    if damage:
        raise damage_error(path, damage)


@dataclass(frozen=True, slots=True)
class _Found:
    damage: tuple[str, ...]
    wrong: tuple[str, ...] = ()
    broken: tuple[BrokenRule, ...] = ()


def _look(connection: LibraryConnection, path: Path, gate: Gate, before: Before | None) -> _Found:
    """Return what is damaged; and if nothing is, what was derived wrongly, and the rules that do not hold."""
    steps = load_migrations()
    try:
        refuse_newer(connection, path, len(steps), to_read=True)
        damage = gate.look(connection, path, steps, before.free if before is not None else None)
        if damage or schema_version(connection) != len(steps):
            return _Found(damage)
        with snapshot(connection):
            return _Found((), wrong_parts(connection), broken_rules(connection))
    except SQLITE_ERRORS as error:
        if not is_damage(error):
            raise
        return _Found((str(error),))
