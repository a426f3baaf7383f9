"""What would be forgotten."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from passagework.domain.edits import Subject
from passagework.domain.errors import NotFoundError
from passagework.domain.files import display_path
from passagework.domain.forgetting import Forget, Forgettable, OwnPassage
from passagework.domain.ids import Guid
from passagework.domain.json_text import write_json
from passagework.persistence.read.queries import WouldForget
from passagework.persistence.read.user_values import user_values

AT_ONCE: Final = 500
"""Files for which passages are counted, and deleted, at once."""

_CONDITION: Final = """
(NOT :by_state OR (:excluded AND f.excluded_run IS NOT NULL) OR (f.missing_run IS NOT NULL AND (
    SELECT coalesce(r.ended_ns, r.started_ns) FROM run AS r WHERE r.id = f.missing_run
) < :missing_before))
"""

_AT: Final = f"SELECT f.id, f.path FROM file AS f WHERE f.path = :path AND {_CONDITION}"

_BELOW: Final = f"SELECT f.id, f.path FROM file AS f WHERE f.path >= :first AND f.path < :behind AND {_CONDITION}"

_ANYWHERE: Final = f"SELECT f.id, f.path FROM file AS f WHERE {_CONDITION}"

_KNOWS: Final = "SELECT 1 FROM file WHERE path = :path OR (path >= :first AND path < :behind) LIMIT 1"

_PRESENT: Final = """
SELECT count(*) FROM file
WHERE id IN (SELECT value FROM json_each(:files)) AND missing_run IS NULL AND excluded_run IS NULL
"""

_PASSAGES: Final = """
SELECT p.id, coalesce(p.user_title, p.approval, p.user_recording, p.probability) IS NOT NULL
FROM passage AS p WHERE p.file_id IN (SELECT value FROM json_each(:files))
"""

_NAMES: Final = """
SELECT p.id, p.guid, f.path, n.title, n.artists
FROM passage_name AS n JOIN passage AS p ON p.id = n.passage_id JOIN file AS f ON f.id = p.file_id
WHERE n.passage_id IN (SELECT value FROM json_each(:ids)) ORDER BY f.path, p.start_ticks, p.id
"""


def files_to_forget(connection: sqlite3.Connection, forget: Forget) -> list[tuple[int, bytes]]:
    """Find the files, by path.

    Raises NotFoundError for a path under which the library knows no file, whatever its state.
    """
    values: dict[str, int | bytes | None] = {
        "by_state": forget.excluded or forget.missing_before_ns is not None,
        "excluded": forget.excluded,
        "missing_before": forget.missing_before_ns,
    }
    if not forget.paths:
        found = set(connection.execute(_ANYWHERE, values)) if values["by_state"] else set()
        return sorted(found, key=lambda file: file[1])
    found = set()
    for path in forget.paths:
        plain = path.rstrip(b"/")
        values |= {"path": path, "first": plain + b"/", "behind": plain + b"0"}
        if connection.execute(_KNOWS, values).fetchone() is None:
            raise NotFoundError(f"the library has no file {display_path(path)}, and none below it; nothing was changed")
        found.update(connection.execute(_AT, values), connection.execute(_BELOW, values))
    return sorted(found, key=lambda file: file[1])


def would_forget(connection: sqlite3.Connection, query: WouldForget) -> Forgettable:
    """Return what would be forgotten, and change nothing."""
    files = files_to_forget(connection, query.forget)
    present = passages = 0
    own: list[OwnPassage] = []
    for first in range(0, len(files), AT_ONCE):
        ids = {"files": write_json([number for number, _ in files[first : first + AT_ONCE]])}
        present += connection.execute(_PRESENT, ids).fetchone()[0]
        found = connection.execute(_PASSAGES, ids).fetchall()
        passages += len(found)
        own += _own(connection, [number for number, has_values in found if has_values])
    return Forgettable(tuple(path for _, path in files), present, passages, tuple(own))


def _own(connection: sqlite3.Connection, passages: list[int]) -> Iterator[OwnPassage]:
    if not passages:
        return
    ids = {"ids": write_json(passages)}
    values = user_values(connection, ids)
    for number, guid, path, title, artists in connection.execute(_NAMES, ids):
        of_passage = tuple(value for value in values[number] if value.subject is Subject.PASSAGE)
        yield OwnPassage(Guid(guid), path, title, artists, of_passage)
