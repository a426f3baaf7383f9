"""Which passages run on in the next one follows from the files that are there: ``passage.gapless_with_next``.

There are two cases. A passage ends where the next one of its file begins, and neither may be overlapped there. Or a
file ends inside sound, and what the next file of its folder begins with continues it (domain/edge_sound.py). The files
of a folder are in the order of disc and track, by their tags, or where these say nothing by their paths; among those
without a number by path. Of numbered tracks only one that follows by its number is the next.

So a library has the same pairs in whatever order files come, change and go. After each batch they are looked for where
it may have changed them: in the folders of its files. Only files that cut through sound, or were cut as something else
said, can have pairs; most folders have none, which is found in two small indexes.
"""

import sqlite3
from collections.abc import Iterable
from os.path import dirname
from typing import Final

from passagework.domain.edge_sound import continues
from passagework.persistence.write.conflict_free_groups import paths_of
from passagework.persistence.write.writes import (
    BeginAttempt,
    DeferIdentification,
    JoinMoved,
    MoveFiles,
    SeeFolders,
    StampFiles,
    StoreAnswers,
    StoreLinks,
    StorePlaces,
    Write,
)

_TABLES: Final = (
    "temp.changed_path (path)",
    "temp.changed_folder_path (path)",
    "temp.changed_file (id INTEGER PRIMARY KEY)",
    "temp.changed_folder (id INTEGER PRIMARY KEY)",
    "temp.in_sound (file_id INTEGER PRIMARY KEY)",
    "temp.gapless (passage_id INTEGER PRIMARY KEY)",
)
MAKE_TABLES: Final = tuple(f"CREATE TABLE {table}" for table in _TABLES)
TEMPORARY: Final = tuple(table.partition(" ")[0] for table in _TABLES)

_CHANGES_NOTHING: Final = (BeginAttempt, StoreLinks, DeferIdentification, StoreAnswers, SeeFolders, StampFiles)

_CHANGED_PATH: Final = "INSERT INTO temp.changed_path (path) VALUES (?)"
_CHANGED_FOLDER: Final = "INSERT INTO temp.changed_folder_path (path) VALUES (?)"

_AROUND: Final = (
    """
INSERT OR IGNORE INTO temp.changed_file (id)
SELECT f.id FROM temp.changed_path AS c CROSS JOIN file AS f ON f.path = c.path
""",
    """
INSERT OR IGNORE INTO temp.changed_folder (id)
SELECT f.folder_id FROM temp.changed_file AS c CROSS JOIN file AS f ON f.id = c.id
UNION SELECT d.id FROM temp.changed_folder_path AS c CROSS JOIN folder AS d ON d.path = c.path
""",
)

_EVERYWHERE: Final = (
    """
INSERT INTO temp.changed_folder (id)
SELECT folder_id FROM file WHERE ends_with IS NOT NULL UNION SELECT folder_id FROM file WHERE cut_by IS NOT NULL
""",
    "INSERT INTO temp.changed_file (id) SELECT DISTINCT file_id FROM passage WHERE gapless_with_next = 1",
)

# Also files that had a pair and can have none any more.
_IN_SOUND: Final = """
INSERT INTO temp.in_sound (file_id)
SELECT f.id FROM temp.changed_folder AS c CROSS JOIN file AS f ON f.folder_id = c.id AND f.ends_with IS NOT NULL
UNION SELECT f.id FROM temp.changed_folder AS c CROSS JOIN file AS f ON f.folder_id = c.id AND f.cut_by IS NOT NULL
UNION SELECT p.file_id FROM temp.changed_file AS c
    CROSS JOIN passage AS p ON p.file_id = c.id AND p.gapless_with_next = 1
"""

_DISC: Final = "coalesce(t.medium, t.path_medium, 1)"
_TRACK: Final = "coalesce(t.track, t.path_track)"

_FIND: Final = f"""
INSERT INTO temp.gapless (passage_id)
SELECT p.id FROM temp.in_sound AS s
CROSS JOIN passage AS p ON p.file_id = s.file_id AND p.retired_ns IS NULL AND p.lead_out_ticks = 0
CROSS JOIN passage AS n ON n.file_id = s.file_id AND n.retired_ns IS NULL AND n.lead_in_ticks = 0
    AND n.start_ticks = p.end_ticks
UNION
SELECT (
    SELECT p.id FROM passage AS p WHERE p.file_id = f.id AND p.retired_ns IS NULL ORDER BY p.start_ticks DESC LIMIT 1
)
FROM (
    SELECT f.id, f.ends_with, {_DISC} AS disc, {_TRACK} AS track,
        lead(f.begins_with) OVER by_number AS next_begins_with,
        lead({_DISC}) OVER by_number AS next_disc, lead({_TRACK}) OVER by_number AS next_track
    FROM (
        SELECT DISTINCT f.folder_id FROM temp.in_sound AS s CROSS JOIN file AS f ON f.id = s.file_id
        WHERE f.ends_with IS NOT NULL
    ) AS d
    CROSS JOIN file AS f ON f.folder_id = d.folder_id AND f.missing_run IS NULL AND f.excluded_run IS NULL
    LEFT JOIN file_tags AS t ON t.file_id = f.id
    WHERE EXISTS (SELECT 1 FROM passage AS p WHERE p.file_id = f.id AND p.retired_ns IS NULL)
    WINDOW by_number AS (PARTITION BY f.folder_id ORDER BY {_DISC}, {_TRACK} NULLS LAST, f.path)
) AS f
WHERE f.ends_with IS NOT NULL AND f.next_begins_with IS NOT NULL
    AND coalesce((f.next_disc, f.next_track) IN ((f.disc, f.track + 1), (f.disc + 1, 1)), true)
    AND continues(f.ends_with, f.next_begins_with)
"""

_SET: Final = """
UPDATE passage SET gapless_with_next = iif(id IN (SELECT passage_id FROM temp.gapless), 1, NULL)
WHERE file_id IN (SELECT file_id FROM temp.in_sound)
    AND gapless_with_next IS NOT iif(id IN (SELECT passage_id FROM temp.gapless), 1, NULL)
"""


def add_continues(connection: sqlite3.Connection) -> None:
    """Let SQL call ``continues``."""
    connection.create_function("continues", 2, continues, deterministic=True)


def pair_after(
    connection: sqlite3.Connection, writes: Iterable[Write], new_files: Iterable[bytes] = ()
) -> tuple[int, int]:
    """Find the pairs that these messages may have made or parted; return the number of statements, and of rows.

    ``new_files``: paths of files that the library knew nothing of, so that they are in no pair yet.
    """
    changing = [write for write in writes if not isinstance(write, _CHANGES_NOTHING)]
    folders = set(map(dirname, new_files))
    if not changing and not folders:
        return 0, 0
    if any(isinstance(write, JoinMoved | StorePlaces) for write in changing):
        return pair_everywhere(connection)
    _clear(connection)
    connection.executemany(_CHANGED_PATH, [(path,) for write in changing for path in paths_of(write)])
    folders |= {dirname(move.source) for write in changing if isinstance(write, MoveFiles) for move in write.moves}
    connection.executemany(_CHANGED_FOLDER, [(folder,) for folder in folders])
    return _pair(connection, _AROUND)


def pair_everywhere(connection: sqlite3.Connection) -> tuple[int, int]:
    """Find all pairs of the library; return the number of statements, and of rows that they changed."""
    _clear(connection)
    return _pair(connection, _EVERYWHERE)


def _pair(connection: sqlite3.Connection, where: tuple[str, ...]) -> tuple[int, int]:
    for statement in where:
        connection.execute(statement)
    if not connection.execute(_IN_SOUND).rowcount:
        return len(where) + 1, 0
    connection.execute(_FIND)
    return len(where) + 3, connection.execute(_SET).rowcount


def _clear(connection: sqlite3.Connection) -> None:
    for table in TEMPORARY:
        connection.execute(f"DELETE FROM {table}")
