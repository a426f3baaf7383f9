"""Queries of what is compared to find what is alike."""

import sqlite3
from collections import defaultdict
from hashlib import blake2b
from itertools import islice
from os import stat
from pathlib import Path
from typing import Final

from passagework.domain.flavor.distances import COMPARED
from passagework.domain.flavor.similar import LibraryStamp, Piece, StoredVector
from passagework.domain.flavor.values import NOTHING_HEARD, Flavor, FlavorLevel, Groups
from passagework.domain.ids import Guid, Mbid
from passagework.domain.json_text import read_json, write_json
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.side_files import wal_of
from passagework.persistence.read.passages import PASSAGE_COLUMNS, TEXTS_OF_PASSAGE, passage_views
from passagework.persistence.read.queries import Pieces, StoredVectors, VectorStamp
from passagework.persistence.rows.columns import listed
from passagework.persistence.rows.flavor import readable_shares

_GUID: Final = "SELECT guid FROM library"

# Which passages each run has described, in whatever order it did; the index holds all that is read. A number that is
# near to random for each row makes the sums of other rows other sums.
_RUNS: Final = """
SELECT r.guid, r.state, d.rows, d.passages, d.mixed
FROM (
    SELECT run_id, count(*) AS rows, sum(passage_id) AS passages, sum(passage_id * 2654435761 % 4294967291) AS mixed
    FROM passage_flavor INDEXED BY passage_flavor_run GROUP BY run_id
) AS d JOIN run AS r ON r.id = d.run_id ORDER BY r.id
"""

_RUNNING: Final = "running"

# Those of another version are described anew by the next import.
_OF_NEWEST: Final = "n.timbre IS NOT NULL AND n.version = (SELECT max(version) FROM passage_flavor)"

_NETS: Final = f"""
SELECT n.weights FROM passage_flavor AS n WHERE n.embedding IS NOT NULL AND {_OF_NEWEST}
GROUP BY n.weights ORDER BY count(*) DESC, n.weights LIMIT 1
"""

# What different nets say cannot be compared. A part of the characteristics is read in a fraction of the time. SQLite
# reads none of what is no JSON, and gives up all rows for it.
_VECTORS: Final = f"""
SELECT n.passage_id, p.guid, n.timbre, n.rhythm, iif(n.weights IS :nets, n.embedding, NULL),
    CASE WHEN NOT json_valid(n.shares) THEN NULL WHEN json_type(n.shares) = 'object' THEN
        json_object({listed(f"'{name}', json_extract(n.shares, '$.{name}')" for name in COMPARED)})
    END
FROM passage_flavor AS n JOIN passage AS p ON p.id = n.passage_id WHERE {_OF_NEWEST} ORDER BY n.passage_id
"""

_AT_ONCE: Final = 1_000
"""Flavors in memory at once: some 10 MB."""

_OF_GUIDS: Final = "SELECT p.id FROM json_each(:guids) AS j CROSS JOIN passage AS p ON p.guid = j.value ORDER BY j.key"

_THESE: Final = f"""
{PASSAGE_COLUMNS}
FROM json_each(:found) AS j CROSS JOIN passage AS p ON p.id = j.value CROSS JOIN file AS f ON f.id = p.file_id
{TEXTS_OF_PASSAGE}
ORDER BY j.key
"""

_SOUNDS: Final = """
SELECT p.id, p.guid, hex(f.audio_hash), hex(f.content_hash), p.start_ticks || ' ' || p.end_ticks, n.seconds, n.shares
FROM json_each(:found) AS j CROSS JOIN passage AS p ON p.id = j.value CROSS JOIN file AS f ON f.id = p.file_id
LEFT JOIN passage_flavor AS n ON n.passage_id = p.id
ORDER BY j.key
"""

_RECORDINGS: Final = """
SELECT ps.passage_id, s.mbid FROM passage_song AS ps JOIN song AS s ON s.id = ps.song_id
WHERE ps.passage_id IN (SELECT value FROM json_each(:found))
"""


def vector_stamp(connection: LibraryConnection, _query: VectorStamp) -> LibraryStamp:
    """Tell the state of the vectors by the runs that made them; undo brings a former state and its stamp back.

    A run that still runs may describe a passage a second time, so until its end the state of the file counts, too.
    """
    # Before anything is read: what is written meanwhile must not count as read.
    of_files = _state_of_files(connection.path)
    (guid,) = connection.execute(_GUID).fetchone()
    runs = connection.execute(_RUNS).fetchall()
    parts = [guid, *runs, *(of_files if any(state == _RUNNING for _, state, *_ in runs) else ())]
    return LibraryStamp(connection.path, guid, blake2b(write_json(parts).encode(), digest_size=16).hexdigest())


def stored_vectors(connection: LibraryConnection, query: StoredVectors) -> LibraryStamp:
    """Hand out what was heard of all passages that have vectors, and return the stamp of these."""
    stamp = vector_stamp(connection, VectorStamp())
    nets = connection.execute(_NETS).fetchone()
    rows = connection.execute(_VECTORS, {"nets": nets[0] if nets is not None else None})
    while some := [_vector(row) for row in islice(rows, _AT_ONCE)]:
        query.take(some, nets is not None)
    return stamp


def pieces(connection: sqlite3.Connection, query: Pieces) -> tuple[Piece, ...]:
    """Return passages with their names, songs and hashes."""
    rows = list(query.rows)
    if query.guids:
        rows = [row for (row,) in connection.execute(_OF_GUIDS, {"guids": write_json(list(query.guids))})]
    found = {"found": write_json(rows)}
    views = {view.guid: view for view in passage_views(connection, _THESE, found, with_evidence=False)}
    recordings: defaultdict[int, set[Mbid]] = defaultdict(set)
    for row, mbid in connection.execute(_RECORDINGS, found):
        recordings[row].add(Mbid(mbid))
    return tuple(
        Piece(
            row,
            views[guid],
            frozenset(recordings[row]),
            frozenset(f"{name} {of} {span}" for name, of in (("audio", audio), ("bytes", content)) if of),
            seconds,
            readable_shares(shares) or (),
        )
        for row, guid, audio, content, span, seconds, shares in connection.execute(_SOUNDS, found)
    )


def _vector(row: tuple[int, str, bytes, bytes | None, bytes | None, str | None]) -> StoredVector:
    passage, guid, timbre, rhythm, embedding, shares = row
    groups = _compared(shares)
    if groups is None:
        return StoredVector(passage, Guid(guid), NOTHING_HEARD)
    level = FlavorLevel.BASIC if embedding is None else FlavorLevel.FULL
    heard = Flavor(level=level, groups=groups, seconds=0, timbre=timbre, rhythm=rhythm, embedding=embedding)
    return StoredVector(passage, Guid(guid), heard)


def _compared(shares: str | None) -> Groups | None:
    """Return the characteristics that are compared; None if they cannot be read, whatever their members are."""
    try:
        found = [(name, members) for name, members in read_json(shares or "").items() if members is not None]
        return tuple((name, tuple(members.items())) for name, members in found if members)
    except (ValueError, AttributeError):
        return None


def _state_of_files(library: Path) -> list[tuple[int, int, int] | None]:
    return [_state_of_file(path) for path in (library, wal_of(library))]


def _state_of_file(path: Path) -> tuple[int, int, int] | None:
    try:
        found = stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
