"""Store user values, and record the previous ones.

User values are in separate columns, so imports continue to maintain their own beside them.
"""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from passagework.domain.edits import Edit, Edited, EditError, Subject, Value
from passagework.domain.errors import NotFoundError
from passagework.domain.units import TICKS_PER_SECOND
from passagework.domain.user_fields import FIELDS, fitting, require
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.transaction import snapshot, transaction
from passagework.persistence.user.edit_flavor import FLAVOR, plan_flavor
from passagework.persistence.user.edit_weights import WEIGHT, plan_weights
from passagework.persistence.user.planned_edits import Change, Planned, Target
from passagework.persistence.write.waiting import LOOK_AGAIN

_KEY: Final = re.compile(rf"(?:({'|'.join(Subject)}):)?([0-9a-f-]{{6,36}})")
"""A guid or a prefix of at least 6 characters; an MBID; either may have its kind before it."""

_FIND: Final = """
SELECT * FROM (
    SELECT 'passage', p.id, p.guid FROM passage AS p
    WHERE p.guid >= :key AND p.guid < :key || 'g' AND p.retired_ns IS NULL ORDER BY p.guid LIMIT 3
)
UNION ALL SELECT 'song', id, mbid FROM song WHERE mbid = :key
UNION ALL SELECT 'artist', id, mbid FROM artist WHERE mbid = :key
UNION ALL SELECT 'work', id, mbid FROM work WHERE mbid = :key
UNION ALL SELECT 'album', id, mbid FROM album WHERE mbid = :key
UNION ALL SELECT 'file', id, guid FROM file WHERE guid = :key
"""

_RECORDING: Final = "recording"
_CUTS: Final = "cuts"
_LENGTHS: Final = frozenset({"lead_in", "lead_out"})

_OF_PASSAGE: Final = MappingProxyType(
    {
        "title": "(SELECT imported_title FROM passage_name WHERE passage_id = passage.id)",
        _RECORDING: "(SELECT recording_mbid FROM passage_name WHERE passage_id = passage.id)",
    }
)
"""The value of a passage without a user value; for entities it is in another column."""

# The linker follows a person's decision about a recording; a decision that it is making at the same time is dropped.
_CARRY_OUT: Final = (
    f"UPDATE passage SET {LOOK_AGAIN}, link_asked_ns = ? WHERE id = ?",
    "UPDATE file SET link_revision = link_revision + 1 WHERE id = (SELECT file_id FROM passage WHERE id = ?)",
)


# Of another version a file is analysed again by the next import that comes through its folder.
_CUT_AGAIN: Final = """
UPDATE file SET user_cuts = ?, analysis_version = iif(analysis_version IS NULL, NULL, 0) WHERE id = ?
"""


@dataclass(frozen=True, slots=True)
class _Column:
    """The SQL of a field: ``read`` selects the user value and the imported value, ``write`` sets the user value."""

    read: str
    write: str


def _column(subject: Subject, field: str) -> _Column:
    """Build the SQL; names come from constant tables of the domain, never from a message."""
    if field in _LENGTHS:
        own, found = (f"{name}_ticks / {TICKS_PER_SECOND}e0" for name in (f"user_{field}", field))
        ticks = f"CAST(round(? * {TICKS_PER_SECOND}) AS INTEGER)"
        return _Column(
            f"SELECT {own}, {found} FROM {subject} WHERE id = ?",
            f"UPDATE {subject} SET user_{field}_ticks = {ticks} WHERE id = ?",
        )
    if field == _CUTS:
        return _Column("SELECT user_cuts, NULL FROM file WHERE id = ?", _CUT_AGAIN)
    has_import = field in {"title", "name", "date", _RECORDING}
    column = f"user_{field}" if has_import else field
    imported = field if has_import else "NULL"
    if subject is Subject.PASSAGE and has_import:
        imported = _OF_PASSAGE[field]
    return _Column(
        f"SELECT {column}, {imported} FROM {subject} WHERE id = ?",
        f"UPDATE {subject} SET {column} = ? WHERE id = ?",
    )


_COLUMNS: Final = MappingProxyType(
    {
        (subject, field): _column(subject, field)
        for subject in Subject
        for field in FIELDS[subject]
        if field not in {WEIGHT, FLAVOR}
    }
)

_REMEMBER: Final = """
INSERT INTO edit (at_ns, subject, subject_key, field, part, old_value, new_value) VALUES (?, ?, ?, ?, ?, ?, ?)
"""


_PLANS: Final = MappingProxyType({WEIGHT: plan_weights, FLAVOR: plan_flavor})


def apply_edits(connection: LibraryConnection, edits: Sequence[Edit], now_ns: int) -> tuple[Edited, ...]:
    """Store all edits in one transaction, or none of them; return those that changed something.

    Everything is looked up and checked before the transaction begins; no other connection writes. If all values are
    already set, no transaction begins, so a repetition after a COMMIT with an unknown result changes nothing.

    Raises:
        EditError: a field or a value is invalid, or a key is ambiguous.
        NotFoundError: the library has nothing with that key.
        LibraryUnavailableError: the library cannot be written now; nothing was changed.

    """
    with connection.translated():
        with snapshot(connection):
            planned = _plan(connection, edits, now_ns)
        changes = [change for plan in planned for change in plan.changes]
        if not changes:
            return ()
        with transaction(connection, only_own=True):
            for plan in planned:
                for sql, rows in plan.updates:
                    connection.executemany(sql, rows)
            connection.executemany(_REMEMBER, [_row(change, now_ns) for change in changes if change.is_owned])
    return tuple(change.edited for change in changes)


def _row(change: Change, now_ns: int) -> tuple[Value, ...]:
    edited = change.edited
    return now_ns, edited.subject, edited.key, edited.field, edited.part, change.user_before, change.user_after


def _plan(connection: sqlite3.Connection, edits: Sequence[Edit], now_ns: int) -> list[Planned]:
    """Find out what the edits change; raise for everything that is invalid."""
    plain: dict[tuple[Target, str], Value] = {}
    in_parts: dict[tuple[Target, str], dict[str | None, Value]] = {}
    for edit in edits:
        value = fitting(edit.field, edit.value)
        target = _find(connection, edit.key)
        require(target.subject, edit.field)
        part = edit.part.lower() if edit.part is not None and edit.field == WEIGHT else edit.part
        if edit.field in {WEIGHT, FLAVOR}:
            parts = in_parts.setdefault((target, edit.field), {})
            if part in parts:
                raise EditError(f"{edit.field}.{part} is set twice; nothing was changed")
            parts[part] = value
        elif part is not None:
            raise EditError(f"only a weight belongs to an artist, {edit.field} does not; nothing was changed")
        elif (target, edit.field) in plain:
            raise EditError(f"{edit.field} is set twice; nothing was changed")
        else:
            plain[target, edit.field] = value
    return [
        *(_plan_field(connection, target, field, value, now_ns) for (target, field), value in plain.items()),
        *(_PLANS[field](connection, target, parts) for (target, field), parts in in_parts.items()),
    ]


def _plan_field(connection: sqlite3.Connection, target: Target, field: str, value: Value, now_ns: int) -> Planned:
    column = _COLUMNS[target.subject, field]
    own, imported = connection.execute(column.read, (target.row,)).fetchone()
    if own == value:
        return Planned((), ())
    before, after = (imported if each is None else each for each in (own, value))
    edited = Edited(target.subject, target.key, field, None, before, after)
    updates: list[tuple[str, tuple[tuple[Value, ...], ...]]] = [(column.write, ((value, target.row),))]
    if field == _RECORDING:
        look_again, revise = _CARRY_OUT
        updates += [(look_again, ((now_ns, target.row),)), (revise, ((target.row,),))]
    return Planned((Change(edited, own, value),), tuple(updates))


def _find(connection: sqlite3.Connection, key: str) -> Target:
    written = _KEY.fullmatch(key.lower())
    found = [
        Target(Subject(subject), row, name)
        for subject, row, name in (connection.execute(_FIND, {"key": written[2]}) if written else ())
        if written and written[1] in {None, subject}
    ]
    if not found:
        raise NotFoundError(
            f"no passage has a guid that begins with {key[:60]}, and no song, artist, work or album has that MBID"
        )
    if len(found) > 1:
        if len({target.subject for target in found}) > 1:
            several = " or ".join(f"{target.subject}:{target.key}" for target in found)
            raise EditError(f"{key} is the MBID of several things; write {several}; nothing was changed")
        several = ", ".join(target.key for target in found)
        raise EditError(f"the guids of several passages begin with {key} ({several}); give more characters")
    return found[0]
