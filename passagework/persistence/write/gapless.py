"""Which passages run on in the next one follows from the files that are there: ``passage.gapless_with_next``.

There are two cases (rows/pairs.py): the next passage of the file touches, or the next file of the folder continues what
the file ends with. The files of a folder are in the order of disc and track, by their tags, or where these say nothing
by their paths; among those without a number by path. Of numbered tracks only the one with the next number is the next.

So a library has the same pairs in whatever order files come, change and go. After each batch they are looked for where
it may have changed them: in the folders of its files. Only files that cut through sound, or were cut as something else
said, can have pairs; most folders have none, which is found in two small indexes.
"""

import sqlite3
from collections.abc import Iterable
from os.path import dirname
from typing import Final

from passagework.persistence.rows.pairs import pairs
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
    StoreTrackList,
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

_CHANGES_NOTHING: Final = (
    *(BeginAttempt, StoreLinks, StoreTrackList, DeferIdentification, StoreAnswers, SeeFolders, StampFiles),
)

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

_FIND: Final = f"INSERT INTO temp.gapless (passage_id) {pairs('temp.in_sound')}"

_SET: Final = """
UPDATE passage SET gapless_with_next = iif(id IN (SELECT passage_id FROM temp.gapless), 1, NULL)
WHERE file_id IN (SELECT file_id FROM temp.in_sound)
    AND gapless_with_next IS NOT iif(id IN (SELECT passage_id FROM temp.gapless), 1, NULL)
"""


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
