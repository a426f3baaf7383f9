"""The findings of a run about files, written in the same transaction as the change itself.

Temporary triggers on the table file write it, so the statements that change a file need not, and a new one cannot
forget it. Only a run that is open finds something; undoing a run leaves nothing.

The findings are the sum of a run: a file that is missing and comes back in the same run is neither, and one that is
moved twice came from its first place. noted_places.py has what is found of the other places of files.

What a run found of the content of files is in run_file.what (files.py): a new file costs no row more.
"""

import sqlite3
from typing import Final

from passagework.domain.changes import FileChange, Found
from passagework.domain.ids import Guid
from passagework.persistence.write.noted_places import place_triggers, store_places_found

_STAGING: Final = "CREATE TABLE temp.noted_change (seq INTEGER PRIMARY KEY, file_id INTEGER, what TEXT, from_path BLOB)"

_OPEN_RUN: Final = "FROM run WHERE id = (SELECT max(id) FROM run) AND state = 'running'"

_OPPOSITES: Final = {
    "missing_run": (Found.MISSING, Found.BACK),
    "excluded_run": (Found.EXCLUDED, Found.INCLUDED),
}
"""By the column of the table file that says so: the change when it is set, and the one when it is removed."""

_MOVES: Final = f"""
CREATE TEMP TRIGGER note_path AFTER UPDATE OF path ON main.file WHEN old.path <> new.path BEGIN
    INSERT INTO run_change (run_id, file_id, what, from_path, from_path_text)
    SELECT id, new.id, '{Found.MOVED}', old.path, old.path_text {_OPEN_RUN}
    ON CONFLICT DO NOTHING;
    INSERT INTO noted_change (file_id, what, from_path) VALUES (new.id, '{Found.MOVED}', old.path);
END
"""

_COLUMNS: Final = "SELECT name FROM pragma_table_info('file')"

_HAS_PLACES: Final = "SELECT 1 FROM sqlite_schema WHERE name = 'file_place'"

FORGET_NOTED: Final = "DELETE FROM temp.noted_change"

_NOTED: Final = """
SELECT n.file_id, n.what, file.guid, file.path, n.from_path
FROM temp.noted_change AS n CROSS JOIN file ON file.id = n.file_id ORDER BY n.seq
"""


def note_changes(connection: sqlite3.Connection) -> None:
    """Keep the findings of whatever run is open, from now on."""
    connection.execute(_STAGING)
    columns = {name for (name,) in connection.execute(_COLUMNS)}
    for column, (is_set, is_removed) in _OPPOSITES.items():
        if column in columns:
            connection.execute(_trigger(column, is_set, is_removed))
    connection.execute(_MOVES)
    if connection.execute(_HAS_PLACES).fetchone() is not None:
        for trigger in place_triggers(_OPEN_RUN):
            connection.execute(trigger)


def take_noted(connection: sqlite3.Connection) -> tuple[FileChange, ...]:
    """Return what was noted since the last call, in order, within the transaction that changed it."""
    if not (noted := connection.execute(_NOTED).fetchall()):
        return ()
    connection.execute(FORGET_NOTED)
    of_places = {Found.PLACED, Found.UNPLACED}
    store_places_found(
        connection, ((file, path, Found(what), place) for file, what, _, path, place in noted if what in of_places)
    )
    changes: dict[tuple[int, Found], FileChange] = {}
    for file, what, guid, path, from_path in noted:
        if what in of_places:
            continue
        # A file that is moved by way of another name is noted several times: it came from the first.
        changes.setdefault((file, Found(what)), FileChange(Found(what), Guid(guid), path, from_path))
    return tuple(one for one in changes.values() if one.from_path != one.path)


def _trigger(column: str, is_set: Found, is_removed: Found) -> str:
    """Note that a mark of a file was set or removed. Of two opposites nothing remains."""
    change = f"iif(new.{column} IS NULL, '{is_removed}', '{is_set}')"
    opposite = f"iif(new.{column} IS NULL, '{is_set}', '{is_removed}')"
    return f"""
CREATE TEMP TRIGGER note_{column} AFTER UPDATE OF {column} ON main.file
WHEN (old.{column} IS NULL) <> (new.{column} IS NULL) BEGIN
    DELETE FROM run_change WHERE run_id = (SELECT id {_OPEN_RUN}) AND file_id = new.id AND what = {opposite};
    INSERT INTO run_change (run_id, file_id, what) SELECT id, new.id, {change} {_OPEN_RUN} AND changes() = 0;
    INSERT INTO noted_change (file_id, what) VALUES (new.id, {change});
END
"""
