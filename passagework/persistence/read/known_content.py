"""Queries of what is known of the content of files: for the scanner, to find what has changed, and what was moved."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from passagework.domain.ids import Guid
from passagework.domain.json_text import read_json, write_json
from passagework.domain.known_content import KnownContent
from passagework.domain.views import KnownPlace
from passagework.persistence.read.queries import AmbiguousMoves, FilesLike, KnownContents, MayJoin
from passagework.persistence.rows.analysis import STAMP, stamp_from
from passagework.persistence.rows.columns import listed, named_rows
from passagework.persistence.write.joins import AMBIGUOUS

_AT_ONCE: Final = 500
"""Paths in one statement, which has room for 32,766 values."""

_CONTENT: Final = f"""
f.guid AS guid, f.path AS path, {listed(STAMP, "f")}, f.content_hash AS content_hash, f.audio_hash AS audio_hash,
f.warnings AS warnings,
f.state = 'analysed' AND f.analysis_version >= ? AND f.content_hash IS NOT NULL AND f.audio_hash IS NOT NULL AS good,
(SELECT count(*) FROM passage AS p WHERE p.file_id = f.id AND p.retired_ns IS NULL) AS passages
"""

_BY_PATH: Final = f"SELECT {_CONTENT} FROM file AS f WHERE f.path IN ({{marks}})"

# From the stamps to the files, never from all files of the library.
_BY_STAMP: Final = f"""
SELECT {_CONTENT}
FROM json_each(?) AS s CROSS JOIN file AS f
    ON f.size = json_extract(s.value, '$[0]') AND f.mtime_ns = json_extract(s.value, '$[1]')
WHERE f.state <> 'pending'
ORDER BY f.path
"""


_MAY_JOIN: Final = "SELECT EXISTS (SELECT 1 FROM file WHERE missing_run IS NOT NULL AND audio_hash IS NOT NULL)"


def known_contents(connection: sqlite3.Connection, query: KnownContents) -> Mapping[bytes, KnownContent]:
    """Return the content of files by path."""
    found: dict[bytes, KnownContent] = {}
    for first in range(0, len(query.paths), _AT_ONCE):
        paths = query.paths[first : first + _AT_ONCE]
        sql = _BY_PATH.format(marks=listed("?" * len(paths)))
        for row in named_rows(connection, sql, (query.analysis_version, *paths)):
            if (content := _content(row)) is not None:
                found[content.path] = content
    return found


def files_like(connection: sqlite3.Connection, query: FilesLike) -> tuple[KnownPlace, ...]:
    """Return the files that have one of the stamps, in order of path."""
    stamps: Sequence[Sequence[int]] = [list(stamp) for stamp in dict.fromkeys(query.stamps)]
    rows = named_rows(connection, _BY_STAMP, (query.analysis_version, write_json(stamps)))
    return tuple(KnownPlace(Guid(row["guid"]), row["path"], stamp_from(row), _content(row)) for row in rows)


def may_join(connection: sqlite3.Connection, _query: MayJoin) -> bool:
    """Tell whether a new file may be one that is missing."""
    return bool(connection.execute(_MAY_JOIN).fetchone()[0])


def ambiguous_moves(connection: sqlite3.Connection, query: AmbiguousMoves) -> tuple[tuple[bytes, bytes], ...]:
    """Return pairs of paths: of a new file, and of a missing one."""
    return tuple(connection.execute(AMBIGUOUS, {"run": query.run}))


def _content(row: Mapping[str, Any]) -> KnownContent | None:
    if not row["good"]:
        return None
    return KnownContent(
        guid=Guid(row["guid"]),
        path=row["path"],
        size=row["size"],
        content_hash=row["content_hash"],
        audio_hash=row["audio_hash"],
        warnings=tuple(read_json(row["warnings"] or "[]")),
        passages=row["passages"],
    )
