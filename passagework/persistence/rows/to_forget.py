"""Which files are to be forgotten, for those who tell of it and for those who do it."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from passagework.domain.errors import NotFoundError
from passagework.domain.files import display_path
from passagework.domain.forgetting import Forget
from passagework.domain.json_text import write_json

AT_ONCE: Final = 500
"""Files for which passages are counted, and deleted, at once."""

_CONDITION: Final = """
(NOT :by_state OR (:excluded AND f.excluded_run IS NOT NULL) OR (f.missing_run IS NOT NULL AND (
    SELECT coalesce(r.ended_ns, r.started_ns) FROM run AS r WHERE r.id = f.missing_run
) < :missing_before))
"""

_AT: Final = f"""
SELECT f.id, f.path FROM file AS f
WHERE (f.path = :path OR f.id = (SELECT l.file_id FROM file_place AS l WHERE l.path = :path)) AND {_CONDITION}
"""

_BELOW: Final = f"SELECT f.id, f.path FROM file AS f WHERE f.path >= :first AND f.path < :behind AND {_CONDITION}"

_ANYWHERE: Final = f"SELECT f.id, f.path FROM file AS f WHERE {_CONDITION}"

_KNOWS: Final = """
SELECT 1 FROM (SELECT path FROM file UNION ALL SELECT path FROM file_place)
WHERE path = :path OR (path >= :first AND path < :behind) LIMIT 1
"""


_OTHER_PLACES: Final = """
SELECT f.id, f.path, l.path FROM file_place AS l CROSS JOIN file AS f ON f.id = l.file_id
WHERE f.id IN (SELECT value FROM json_each(:ids)) AND coalesce(f.missing_run, f.excluded_run) IS NULL ORDER BY l.path
"""


@dataclass(frozen=True, slots=True)
class ToForget:
    """Row ids and paths: of what is to be forgotten, and of files that stay, at a place that nobody wants forgotten."""

    files: list[tuple[int, bytes]]
    elsewhere: list[tuple[int, bytes, bytes]]


def files_to_forget(connection: sqlite3.Connection, forget: Forget) -> ToForget:
    """Find the files, by path. One with a place outside of the folders stays, unless it is named itself.

    Raises NotFoundError for a path under which the library knows no file, whatever its state.
    """
    values: dict[str, int | bytes | None] = {
        "by_state": forget.excluded or forget.missing_before_ns is not None,
        "excluded": forget.excluded,
        "missing_before": forget.missing_before_ns,
    }
    if not forget.paths:
        found = set(connection.execute(_ANYWHERE, values)) if values["by_state"] else set()
        return ToForget(sorted(found, key=lambda file: file[1]), [])
    found = set()
    below: set[tuple[int, bytes]] = set()
    for path in forget.paths:
        plain = path.rstrip(b"/")
        values |= {"path": path, "first": plain + b"/", "behind": plain + b"0"}
        if connection.execute(_KNOWS, values).fetchone() is None:
            raise NotFoundError(f"the library has no file {display_path(path)}, and none below it; nothing was changed")
        found.update(connection.execute(_AT, values))
        below.update(connection.execute(_BELOW, values))
    elsewhere = [] if values["by_state"] else _elsewhere(connection, below - found, forget.paths)
    found |= below.difference((number, path) for number, path, _ in elsewhere)
    return ToForget(sorted(found, key=lambda file: file[1]), elsewhere)


def _elsewhere(
    connection: sqlite3.Connection, files: set[tuple[int, bytes]], folders: tuple[bytes, ...]
) -> list[tuple[int, bytes, bytes]]:
    """Return those of the files that have a place outside of the folders, with the smallest, by path."""
    above = tuple(folder.rstrip(b"/") + b"/" for folder in folders)
    ids = {"ids": write_json([number for number, _ in files])}
    places: dict[tuple[int, bytes], bytes] = {}
    for number, path, place in connection.execute(_OTHER_PLACES, ids):
        if not place.startswith(above) and place not in folders:
            places.setdefault((number, path), place)
    return sorted(((*file, place) for file, place in places.items()), key=lambda file: file[1])
