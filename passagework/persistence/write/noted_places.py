"""What a run found of the other places of files, written with the change itself, as in changes.py.

One row of run_change for each of the two, since a file may have many places: the paths are in it, one after another.

The findings are the difference between the beginning of a run and its end. What becomes the path of a file, or was it,
is told by its move.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from passagework.domain.changes import Found
from passagework.domain.files import display_path
from passagework.persistence.rows.findings import join_paths, split_paths

_SEEN: Final = """
CREATE TEMP TRIGGER note_{event} AFTER {event} ON main.file_place BEGIN
    INSERT INTO noted_change (file_id, what, from_path) SELECT {row}.file_id, '{what}', {row}.path {run};
END
"""

_MOVED: Final = """
CREATE TEMP TRIGGER note_other_file AFTER UPDATE OF file_id ON main.file_place WHEN old.file_id <> new.file_id BEGIN
    INSERT INTO noted_change (file_id, what, from_path) SELECT old.file_id, '{gone}', old.path {run};
    INSERT INTO noted_change (file_id, what, from_path) SELECT new.file_id, '{found}', new.path {run};
END
"""

_KNOWN: Final = f"""
SELECT c.file_id, c.what, c.from_path FROM run_change AS c JOIN run AS r ON r.id = c.run_id
WHERE r.id = (SELECT max(id) FROM run) AND r.state = 'running' AND c.file_id = ?
    AND c.what IN ('{Found.PLACED}', '{Found.UNPLACED}', '{Found.MOVED}')
"""

_FORGET: Final = f"""
DELETE FROM run_change WHERE run_id = (SELECT max(id) FROM run) AND file_id = ?
    AND what IN ('{Found.PLACED}', '{Found.UNPLACED}')
"""

_STORE: Final = """
INSERT INTO run_change (run_id, file_id, what, from_path, from_path_text)
SELECT id, ?, ?, ?, ? FROM run WHERE id = (SELECT max(id) FROM run) AND state = 'running'
"""


def place_triggers(of_open_run: str) -> Iterable[str]:
    """Return the triggers that note changes of places while a run is open."""
    yield _SEEN.format(event="INSERT", row="new", what=Found.PLACED, run=of_open_run)
    yield _SEEN.format(event="DELETE", row="old", what=Found.UNPLACED, run=of_open_run)
    yield _MOVED.format(found=Found.PLACED, gone=Found.UNPLACED, run=of_open_run)


def store_places_found(connection: sqlite3.Connection, noted: Iterable[tuple[int, bytes, Found, bytes]]) -> None:
    """Add what was noted of files (number, path, PLACED or UNPLACED, place), in order, to what the run has found."""
    of_files: defaultdict[tuple[int, bytes], list[tuple[Found, bytes]]] = defaultdict(list)
    for file, path, what, place in noted:
        of_files[file, path].append((what, place))
    for (file, path), changes in of_files.items():
        known = {what: from_path for _, what, from_path in connection.execute(_KNOWN, (file,))}
        found = {what: set(split_paths(known.get(what))) for what in (Found.PLACED, Found.UNPLACED)}
        for what, place in changes:
            opposite = found[Found.UNPLACED if what is Found.PLACED else Found.PLACED]
            if place in opposite:
                opposite.remove(place)
            else:
                found[what].add(place)
        connection.execute(_FORGET, (file,))
        for what, places in found.items():
            if told := sorted(places - {path, known.get(Found.MOVED)}):
                text = "\n".join(map(display_path, told))
                connection.execute(_STORE, (file, what, join_paths(told), text))
