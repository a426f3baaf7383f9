"""Read the playable passages one by one, in one snapshot of the library."""

import json
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from passagework.domain.files import display_path
from passagework.domain.units import TICKS_PER_SECOND
from passagework.export.files.row import ExportRow
from passagework.persistence.file.connection import LibraryConnection, open_readonly
from passagework.persistence.file.sqlite_errors import translated
from passagework.persistence.file.transaction import snapshot
from passagework.persistence.rows.tags import decode_tags

# The order of the join is the order of the result, so SQLite sorts nothing and the first rows come at once.
_ROWS: Final = """
SELECT p.guid, f.path, p.start_ticks, p.end_ticks, p.lead_in_ticks, p.lead_out_ticks, p.fade_in_ticks, p.fade_out_ticks,
    p.loudness_integrated, p.loudness_range, p.true_peak, p.sample_peak,
    p.user_title, t.title, t.fields, t.album, t.medium, t.track,
    p.link_state, p.link_confidence, p.link_doubt, p.approval,
    (SELECT json_group_array(json_array(mbid, title, own)) FROM (
        SELECT s.mbid, coalesce(s.user_title, s.title) AS title, s.user_title IS NOT NULL AS own
        FROM passage_song AS ps JOIN song AS s ON s.id = ps.song_id
        WHERE ps.passage_id = p.id ORDER BY ps.start_ticks, s.mbid)),
    (SELECT json_group_array(json_array(mbid, name)) FROM (
        SELECT a.mbid, coalesce(a.user_name, a.name) AS name
        FROM passage_song AS ps JOIN song AS s ON s.id = ps.song_id
        JOIN song_artist AS sa ON sa.song_id = s.id JOIN artist AS a ON a.id = sa.artist_id
        WHERE ps.passage_id = p.id ORDER BY ps.start_ticks, s.mbid, sa.position, a.mbid)),
    (SELECT json_group_array(json_array(mbid, title)) FROM (
        SELECT w.mbid, coalesce(w.user_title, w.title) AS title
        FROM passage_song AS ps JOIN song AS s ON s.id = ps.song_id
        JOIN song_work AS sw ON sw.song_id = s.id JOIN work AS w ON w.id = sw.work_id
        WHERE ps.passage_id = p.id ORDER BY ps.start_ticks, s.mbid, sw.position, w.mbid)),
    (SELECT json_array(a.mbid, coalesce(a.user_title, a.title), a.user_title IS NOT NULL, pa.medium, pa.track)
        FROM passage_album AS pa JOIN album AS a ON a.id = pa.album_id
        WHERE pa.passage_id = p.id ORDER BY a.mbid DESC LIMIT 1)
FROM file AS f CROSS JOIN passage AS p ON p.file_id = f.id LEFT JOIN file_tags AS t ON t.file_id = f.id
WHERE p.retired_ns IS NULL AND f.missing_run IS NULL AND p.approval IS NOT 'rejected'
ORDER BY f.path, p.start_ticks, p.id
"""

_PATH_IS_LISTED: Final = "SELECT 1 FROM file WHERE path IN (?, ?)"
_PATHS_OF_INODE: Final = "SELECT path FROM file WHERE inode = ? AND device = ?"


class PlayablePassages:
    """The playable passages of one snapshot, ordered by path and start. Use it from one thread."""

    def __init__(self, connection: LibraryConnection) -> None:
        self._connection = connection

    def rows(self) -> Iterator[ExportRow]:
        """Yield the rows one by one; only one is in memory. Raises LibraryError if the library cannot be read."""
        with translated(self._connection.path):
            for row in self._connection.execute(_ROWS):
                yield _row(row)

    def knows_file(self, path: Path) -> bool:
        """Tell whether the library lists the file at ``path``, by this path or another one."""
        names = (os.fsencode(os.path.abspath(path)), os.fsencode(os.path.realpath(path)))
        with translated(self._connection.path):
            if self._connection.execute(_PATH_IS_LISTED, names).fetchone() is not None:
                return True
            try:
                status = path.stat()
            except OSError:
                return False
            listed = self._connection.execute(_PATHS_OF_INODE, (status.st_ino, status.st_dev)).fetchall()
        return any(_is_at(status, name) for (name,) in listed)


@contextmanager
def playable_passages(library: Path) -> Iterator[PlayablePassages]:
    """Open the library read-only with one snapshot; an import may continue meanwhile.

    Raises LibraryError if there is no library, or it cannot be read.
    """
    with closing(open_readonly(library)) as connection, translated(library), snapshot(connection):
        yield PlayablePassages(connection)


def _is_at(status: os.stat_result, path: bytes) -> bool:
    """Tell whether the file is still there: the inode of a deleted file may be reused."""
    try:
        return os.path.samestat(status, os.stat(path))
    except OSError:
        return False


def _row(row: Sequence[Any]) -> ExportRow:
    guid, path, start, end, lead_in, lead_out, fade_in, fade_out = row[:8]
    integrated, loudness_range, true_peak, sample_peak = map(_finite, row[8:12])
    user_title, tag_title, tag_fields, tag_album, tag_medium, tag_track = row[12:18]
    state, confidence, doubt, approval = row[18:22]
    songs, named_artists, named_works = (json.loads(found) for found in row[22:25])
    artists = list(dict.fromkeys(map(tuple, named_artists)))
    works = list(dict.fromkeys(map(tuple, named_works)))
    artists_source = "song" if artists else None
    if not artists and (names := _artists_of_tags(tag_fields)):
        artists, artists_source = [(None, name) for name in names], "tags"
    album, album_mbid, album_source, medium, track = tag_album, None, tag_album and "tags", tag_medium, tag_track
    if row[25] is not None:
        album_mbid, album, is_own, medium, track = json.loads(row[25])
        album_source = "user" if is_own else "album"
    title, title_source = _title(user_title, songs, tag_title)
    text = display_path(path)
    return ExportRow(
        guid,
        text,
        None if text.encode() == path else path.hex(),
        start / TICKS_PER_SECOND,
        end / TICKS_PER_SECOND,
        lead_in / TICKS_PER_SECOND,
        lead_out / TICKS_PER_SECOND,
        None if fade_in is None else fade_in / TICKS_PER_SECOND,
        None if fade_out is None else fade_out / TICKS_PER_SECOND,
        integrated,
        loudness_range,
        true_peak,
        sample_peak,
        title,
        title_source,
        tuple(mbid for mbid, _, _ in songs),
        tuple(name for _, name in artists),
        tuple(mbid for mbid, _ in artists),
        artists_source,
        tuple(title for _, title in works),
        tuple(mbid for mbid, _ in works),
        album,
        album_mbid,
        album_source,
        medium,
        track,
        state,
        confidence,
        doubt,
        approval,
    )


def _finite(value: float | None) -> float | None:
    """Return None for NaN and infinity, which JSON does not have."""
    return value if value is not None and math.isfinite(value) else None


def _title(user_title: str | None, songs: list[list[Any]], tag_title: str | None) -> tuple[str | None, str | None]:
    """Return the title, as the library shows it, and its source."""
    if user_title is not None:
        return user_title, "user"
    if songs:
        joined = " / ".join(title for _, title, _ in songs if title)
        return joined or None, "user" if any(own for _, _, own in songs) else "song"
    return tag_title, None if tag_title is None else "tags"


def _artists_of_tags(fields: str | None) -> tuple[str, ...]:
    tags = decode_tags(fields, None)
    return tags.artists or ((tags.artist_credit,) if tags.artist_credit else ())
