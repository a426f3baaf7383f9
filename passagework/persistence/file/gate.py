"""The integrity gate: a look at the library before a process writes to it for the first time."""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Final, Literal

from passagework.domain.errors import LibraryDamagedError
from passagework.persistence.file.damage_mark import WHAT_TO_DO
from passagework.persistence.file.integrity import Place, full_look, quick_look
from passagework.persistence.file.lock import LibraryLock
from passagework.persistence.file.migrations import Migration
from passagework.persistence.file.schema_shape import missing_in_schema, schema_digest

LibraryCheck = Literal["quick", "full", "off"]

QUICK_SECONDS: Final = 1.0
UNTOUCHED_SECONDS: Final = 0.3
"""For a library that nothing has written since we closed it: only its disk can have damaged it."""

SUSPICION_SECONDS: Final = 1.0
_SHOWN: Final = 3
_ONE_PAGE: Final = 65_536
"""The largest page of SQLite. A library whose making stopped has one page, or the rest of it in its log."""

_STATE: Final = "check"


@dataclass(frozen=True, slots=True)
class Checked:
    """What the gate did: ``unseen`` are the tables that it did not look at closely, and the next one will."""

    how: LibraryCheck
    seconds: float
    unseen: tuple[str, ...]


class Gate:
    """Looks at a library before the first write, and keeps in the lock file where the next look begins.

    Without the lock nothing is kept.
    """

    def __init__(self, lock: LibraryLock | None, how: LibraryCheck) -> None:
        self._lock = lock
        self._how = how
        kept = lock.kept(_STATE) if lock is not None else None
        self._state: dict[str, Any] = kept if isinstance(kept, dict) else {}
        self.checked = Checked(how, 0.0, ())
        self.is_new = False

    def look(
        self, connection: sqlite3.Connection, library: Path, steps: Sequence[Migration], free: frozenset[int] | None
    ) -> tuple[str, ...]:
        """Look at a library that has the schema of some of these steps, or a newer one; return what is damaged."""
        if self._how == "off":
            return ()
        began = monotonic()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        digest = schema_digest(connection)
        steps = steps[:version] if version <= len(steps) else ()
        if self._state.get("schema") != digest and (damage := _wrong_schema(connection, steps)):
            return damage
        unseen: tuple[str, ...] = ()
        begin = None
        if self._how == "full":
            damage = full_look(connection, free or frozenset())
        else:
            budget = UNTOUCHED_SECONDS if self._state.get("left") == _stamp(library) else QUICK_SECONDS
            look = quick_look(connection, _place(self._state), budget, free or frozenset())
            damage, unseen, begin = look.damage, look.unseen, look.next
        self.checked = Checked(self._how, monotonic() - began, unseen)
        self._keep(schema=digest, begin=begin and [begin.table, begin.row, begin.counting])
        return damage

    def note_schema(self, connection: sqlite3.Connection) -> None:
        """Remember the schema after all migrations, if the one before them was made or looked at by us."""
        if self._how != "off" or self.is_new:
            self._keep(schema=schema_digest(connection))

    def note_what_is_left(self, library: Path, guid: str | None = None) -> None:
        """Remember the file as it is after it was closed, and which library it is once it is more than its log."""
        self._keep(left=_stamp(library))
        with suppress(OSError):
            if guid is not None and self._lock is not None and library.stat().st_size > _ONE_PAGE:
                self._lock.keep("library", guid)

    def _keep(self, **values: object) -> None:
        self._state = {**self._state, **values}
        if self._lock is not None:
            self._lock.keep(_STATE, self._state)


def damage_in(connection: sqlite3.Connection, steps: Sequence[Migration], seconds: float) -> tuple[str, ...]:
    """Look for damage for some seconds, after an error that may be its consequence."""
    return _wrong_schema(connection, steps) or quick_look(connection, None, seconds).damage


def damage_error(library: Path, damage: Sequence[str]) -> LibraryDamagedError:
    """Create the error for a library in which damage was found."""
    more = f" and {len(damage) - _SHOWN} more" if len(damage) > _SHOWN else ""
    found = "; ".join(" ".join(line.split()) for line in damage[:_SHOWN])
    return LibraryDamagedError(
        f"the library {library} is damaged; it was left as it is. Found: {found}{more}. To repair it, {WHAT_TO_DO}"
    )


def _wrong_schema(connection: sqlite3.Connection, steps: Sequence[Migration]) -> tuple[str, ...]:
    missing = missing_in_schema(connection, steps)
    return (f"the schema lacks {', '.join(missing[:_SHOWN])}, or has it otherwise",) if missing else ()


def _place(state: dict[str, Any]) -> Place | None:
    with suppress(KeyError, TypeError, ValueError):
        table, row, counting = state["begin"]
        return Place(str(table), int(row), counting if isinstance(counting, str) else None)
    return None


def _stamp(library: Path) -> list[int] | None:
    with suppress(OSError):
        status = library.stat()
        return [status.st_size, status.st_mtime_ns, status.st_ino]
    return None
