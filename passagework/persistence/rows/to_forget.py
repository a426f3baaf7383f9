"""Which files are to be forgotten, for those who tell of it and for those who do it."""

import sqlite3
from typing import Final

from passagework.domain.errors import NotFoundError
from passagework.domain.files import display_path
from passagework.domain.forgetting import Forget

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
