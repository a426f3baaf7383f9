"""Queries of what is known of the content of files: for the scanner, to find what has changed, and what was moved."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from passagework.domain.codes import open_code
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.ids import Guid
from passagework.domain.json_text import read_json, write_json
from passagework.domain.known_content import KnownContent
from passagework.domain.parts import PartName, Provenance, Wanted
from passagework.domain.views import FileState, KnownPlace
from passagework.persistence.read.queries import AmbiguousMoves, FilesAt, FilesLike, KnownContents, MayJoin
from passagework.persistence.read.stale import maker_key, makers
from passagework.persistence.rows.alike import AMBIGUOUS, COVERS
from passagework.persistence.rows.analysis import STAMP, stamp_from
from passagework.persistence.rows.columns import listed, named_rows

_AT_ONCE: Final = 500
"""Paths in one statement, which has room for 32,766 values."""

_CONTENT: Final = f"""
f.guid AS guid, f.path AS path, {listed(STAMP, "f")}, f.content_hash AS content_hash, f.audio_hash AS audio_hash,
f.warnings AS warnings, f.sheet_hash AS sheet_hash, f.pieces_hash AS pieces_hash,
f.given_cuts AS given_cuts,
f.provenance_id AS provenance_id, f.analysis_run AS run,
f.state = 'analysed' AND f.analysis_version >= ? AND f.content_hash IS NOT NULL AND f.audio_hash IS NOT NULL AS good,
(SELECT count(*) FROM passage AS p WHERE p.file_id = f.id AND p.retired_ns IS NULL) AS passages,
(SELECT group_concat(hex(l.path)) FROM file_place AS l WHERE l.file_id = f.id) AS places,
f.missing_run IS NULL AND f.excluded_run IS NULL AS present,
f.state AS state, f.failure_code AS failure_code, f.analysis_version AS analysis_version
"""

_BY_PATH: Final = f"SELECT {_CONTENT} FROM file AS f WHERE f.path IN ({{marks}})"
_SEVERAL: Final = " AND EXISTS (SELECT 1 FROM file_place AS l WHERE l.file_id = f.id)"
_BY_PLACE: Final = f"""
SELECT {_CONTENT} FROM file AS f WHERE f.id IN (SELECT p.file_id FROM file_place AS p WHERE p.path IN ({{marks}}))
"""

# From the stamps to the files, never from all files of the library. Of what is pending only that of which something is
# known: an undo leaves such files, where people set something on their passages.
_BY_STAMP: Final = f"""
SELECT {_CONTENT}
FROM json_each(?) AS s CROSS JOIN file AS f
    ON f.size = json_extract(s.value, '$[0]') AND f.mtime_ns = json_extract(s.value, '$[1]')
WHERE f.state <> 'pending' OR EXISTS (SELECT 1 FROM passage AS p WHERE p.file_id = f.id)
ORDER BY f.path
"""


_MAY_JOIN: Final = f"""
SELECT (:gone OR EXISTS (SELECT 1 FROM file WHERE missing_run IS NOT NULL AND audio_hash IS NOT NULL))
    AND (:news OR EXISTS (
        SELECT 1 FROM (SELECT id, state FROM run ORDER BY id DESC LIMIT 1 OFFSET 1) AS last
        WHERE last.state <> 'completed' OR EXISTS (
            SELECT 1 FROM run_root AS now WHERE now.run_id = (SELECT max(id) FROM run) AND NOT EXISTS (
                SELECT 1 FROM run_root AS before
                WHERE before.run_id = last.id AND {COVERS.format(path="now.path", root="before.path")}
            )
        )
    ))
"""


def known_contents(connection: sqlite3.Connection, query: KnownContents) -> Mapping[bytes, KnownContent]:
    """Return the content of files by path."""
    found: dict[bytes, KnownContent] = {}
    reader = _ContentReader(connection, query.wanted, redo=query.redo)
    for first in range(0, len(query.paths), _AT_ONCE):
        paths = query.paths[first : first + _AT_ONCE]
        sql = _BY_PATH.format(marks=listed("?" * len(paths)))
        for row in named_rows(connection, sql, (query.analysis_version, *paths)):
            if (content := reader.content(row)) is not None:
                found[content.path] = content
    return found


def files_like(connection: sqlite3.Connection, query: FilesLike) -> tuple[KnownPlace, ...]:
    """Return the files that have one of the stamps, in order of path."""
    stamps: Sequence[Sequence[int]] = [list(stamp) for stamp in dict.fromkeys(query.stamps)]
    rows = named_rows(connection, _BY_STAMP, (query.analysis_version, write_json(stamps)))
    return tuple(_known_places(rows, _ContentReader(connection, query.wanted)))


def files_at(connection: sqlite3.Connection, query: FilesAt) -> tuple[KnownPlace, ...]:
    """Return the files at these paths, in order of path."""
    found: dict[bytes, KnownPlace] = {}
    reader = _ContentReader(connection, query.wanted)
    for first in range(0, len(query.paths), _AT_ONCE):
        paths = query.paths[first : first + _AT_ONCE]
        for statement in (_BY_PATH + _SEVERAL if query.several else _BY_PATH, _BY_PLACE):
            sql = statement.format(marks=listed("?" * len(paths)))
            rows = named_rows(connection, sql, (query.analysis_version, *paths))
            found.update((place.path, place) for place in _known_places(rows, reader))
    return tuple(found[path] for path in sorted(found))


def may_join(connection: sqlite3.Connection, query: MayJoin) -> bool:
    """Tell whether a new file may be one that is missing."""
    return bool(connection.execute(_MAY_JOIN, {"gone": query.gone, "news": query.news}).fetchone()[0])


def ambiguous_moves(connection: sqlite3.Connection, query: AmbiguousMoves) -> tuple[tuple[bytes, bytes], ...]:
    """Return pairs of paths: of a new file, and of a missing one."""
    return tuple(connection.execute(AMBIGUOUS, {"run": query.run}))


def _known_places(rows: Iterable[Mapping[str, Any]], reader: "_ContentReader") -> Iterator[KnownPlace]:
    for row in rows:
        code = row["failure_code"]
        places = sorted(map(bytes.fromhex, row["places"].split(","))) if row["places"] else ()
        yield KnownPlace(
            guid=Guid(row["guid"]),
            path=row["path"],
            stamp=stamp_from(row),
            content=reader.content(row),
            places=tuple(places),
            present=bool(row["present"]),
            state=open_code(FileState, row["state"]),
            transient=code is not None and Failure(open_code(FailureCode, code)).transient,
            analysis_version=row["analysis_version"],
        )


class _ContentReader:
    """Makes what is known of the content of files from rows."""

    def __init__(self, connection: sqlite3.Connection, wanted: Wanted | None, *, redo: bool = False) -> None:
        self._wanted, self._redo = wanted, redo
        self._makers = makers(connection) if wanted is not None else {}
        self._retagged: dict[tuple[Provenance, Provenance], _Retagged] = {}

    def content(self, row: Mapping[str, Any]) -> KnownContent | None:
        """Return what is known; None if the file is to be decoded."""
        if not row["good"]:
            return None
        made = self._after_reading(row)
        if not made.is_good:
            return None
        return KnownContent(
            guid=Guid(row["guid"]),
            path=row["path"],
            size=row["size"],
            # Tags that were read with other settings are read again although the content is the same.
            content_hash=b"" if made.has_old_tags else row["content_hash"],
            audio_hash=row["audio_hash"],
            parts=made.parts,
            warnings=tuple(read_json(row["warnings"] or "[]")),
            passages=row["passages"],
            sheet_hash=row["sheet_hash"],
            pieces_hash=row["pieces_hash"],
            given_cuts=row["given_cuts"],
        )

    def _after_reading(self, row: Mapping[str, Any]) -> "_Retagged":
        made = self._makers.get(maker_key(row["provenance_id"], row["run"]))
        if made is None or self._wanted is None:
            return _Retagged()
        now = self._wanted.at(row["path"])
        # Many files were made alike.
        if (made, now) not in self._retagged:
            stale = {one.part for one in made.stale(now)} if self._redo else set()
            self._retagged[made, now] = _Retagged(
                is_good=stale <= {PartName.TAGS},
                has_old_tags=PartName.TAGS in stale,
                parts=made.with_parts([PartName.TAGS], now).text,
            )
        return self._retagged[made, now]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Retagged:
    """Of what made files: whether it is still good, but for tags; and what makes a file whose tags are read again."""

    is_good: bool = True
    has_old_tags: bool = False
    parts: str | None = None
