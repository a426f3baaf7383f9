"""What would be forgotten."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from passagework.domain.edits import Subject
from passagework.domain.forgetting import Forgettable, OwnPassage
from passagework.domain.ids import Guid
from passagework.domain.json_text import write_json
from passagework.persistence.read.queries import WouldForget
from passagework.persistence.read.user_values import user_values
from passagework.persistence.rows.columns import has_values
from passagework.persistence.rows.to_forget import AT_ONCE, files_to_forget

_PRESENT: Final = """
SELECT count(*) FROM file
WHERE id IN (SELECT value FROM json_each(:files)) AND missing_run IS NULL AND excluded_run IS NULL
"""

_PASSAGES: Final = f"""
SELECT p.id, {has_values("p")}
FROM passage AS p WHERE p.file_id IN (SELECT value FROM json_each(:files))
"""

_NAMES: Final = """
SELECT p.id, p.guid, f.path, n.title, n.artists
FROM passage_name AS n JOIN passage AS p ON p.id = n.passage_id JOIN file AS f ON f.id = p.file_id
WHERE n.passage_id IN (SELECT value FROM json_each(:ids)) ORDER BY f.path, p.start_ticks, p.id
"""


def would_forget(connection: sqlite3.Connection, query: WouldForget) -> Forgettable:
    """Return what would be forgotten, and change nothing."""
    found = files_to_forget(connection, query.forget)
    files = found.files
    present = passages = 0
    own: list[OwnPassage] = []
    for first in range(0, len(files), AT_ONCE):
        ids = {"files": write_json([number for number, _ in files[first : first + AT_ONCE]])}
        present += connection.execute(_PRESENT, ids).fetchone()[0]
        of_files = connection.execute(_PASSAGES, ids).fetchall()
        passages += len(of_files)
        own += _own(connection, [number for number, has_values in of_files if has_values])
    elsewhere = tuple((path, place) for _, path, place in found.elsewhere)
    return Forgettable(tuple(path for _, path in files), present, passages, tuple(own), elsewhere)


def _own(connection: sqlite3.Connection, passages: list[int]) -> Iterator[OwnPassage]:
    if not passages:
        return
    ids = {"ids": write_json(passages)}
    values = user_values(connection, ids)
    for number, guid, path, title, artists in connection.execute(_NAMES, ids):
        of_passage = tuple(value for value in values[number] if value.subject is Subject.PASSAGE)
        yield OwnPassage(Guid(guid), path, title, artists, of_passage)
