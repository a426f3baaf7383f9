"""Read the playable passages one by one, in one snapshot of the library."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from passagework.domain.duplicates import LeaveOut
from passagework.domain.files import display_path
from passagework.domain.gains import Mono
from passagework.domain.json_text import read_json
from passagework.domain.measured import loudness_from, measures_from
from passagework.domain.views import Named
from passagework.export.files.row import ExportRow
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.file.transaction import snapshot
from passagework.persistence.file.views import ORDER
from passagework.persistence.read.duplicates import worse_copies
from passagework.persistence.read.gains import Gains
from passagework.persistence.read.queries import WorseCopies
from passagework.persistence.rows.analysis import MEASURES, in_effect
from passagework.persistence.rows.columns import listed, named_rows
from passagework.persistence.rows.flavor import FLAVOR, flavor_from
from passagework.persistence.rows.json_texts import gains_of_tags
from passagework.persistence.rows.passage_values import VALUE
from passagework.persistence.rows.playable import PLAYABLE
from passagework.persistence.rows.printed_names import is_named_by_file, shown_artists


def _listed_names(view: str, *columns: str) -> str:
    names = listed(columns)
    return f"""
    (SELECT json_group_array(json_array(mbid, {names})) FROM (
        SELECT mbid, {names} FROM {view} WHERE passage_id = p.id ORDER BY {ORDER[view]}
    ))
    """


_NAMES: Final = (*("title", "title_source", "album", "album_mbid", "album_source", "medium", "track", "album_group"),)

# One text, so that one call decodes all names of a row.
_NAMES_OF_PASSAGE: Final = " || ',' || ".join(
    (
        f"'[' || (SELECT json_array({listed(_NAMES)}) FROM passage_name WHERE passage_id = p.id)",
        _listed_names("passage_song_name", "title"),
        _listed_names("passage_artist_name", "name", "set_by_user"),
        _listed_names("passage_work_name", "title") + " || ']'",
    )
)

_NAMED_ELSEWHERE: Final = """
    EXISTS (
        SELECT 1 FROM passage_song AS ps JOIN song AS s ON s.id = ps.song_id
        WHERE ps.passage_id = p.id AND (s.user_title IS NOT NULL OR s.stated_ns IS NOT NULL)
    )
"""

_DOUBT: Final = """
    iif(
        p.user_recording IS NULL AND coalesce(p.link_doubt, '') NOT LIKE '%conflict' AND EXISTS (
            SELECT 1 FROM passage_song AS ps JOIN song AS s ON s.id = ps.song_id
            WHERE ps.passage_id = p.id AND s.rival_title IS NOT NULL
        ), ltrim(coalesce(p.link_doubt, '') || ' conflict'), p.link_doubt
    )
"""

_MEASURES: Final = listed(f"{in_effect(name, 'p')} AS {name}" for name in MEASURES.names)

# The order of the join is the order of the answer, so that nothing is sorted and rows come at once.
_ROWS: Final = f"""
SELECT p.guid AS guid, f.path AS path, {_MEASURES}, t.artist AS tag_artist, t.fields AS tag_fields,
    p.given_performer AS performer,
    t.path_artist AS path_artist, p.link_state AS state, p.link_confidence AS confidence, {_DOUBT} AS doubt,
    p.approval AS approval,
    p.gapless_with_next IS 1 AND coalesce(p.user_lead_out_ticks, 0) = 0 AS gapless_with_next, f.channels AS channels,
    {listed(f"h.{name} AS heard_{name}" for name in FLAVOR)}, {_NAMED_ELSEWHERE} AS elsewhere,
    p.id AS id, EXISTS (SELECT 1 FROM passage_value AS v WHERE v.passage_id = p.id) AS has_values,
    {_NAMES_OF_PASSAGE} AS names
FROM file AS f CROSS JOIN passage AS p ON p.file_id = f.id LEFT JOIN file_tags AS t ON t.file_id = f.id
LEFT JOIN passage_flavor AS h ON h.passage_id = p.id
WHERE {PLAYABLE}
ORDER BY f.path, p.start_ticks, p.id
"""

# Not as a part of the text of a row: SQLite may write numbers with fewer digits there than they have.
_VALUES: Final = f"SELECT {listed(VALUE)} FROM passage_value WHERE passage_id = ? ORDER BY extension, measure"

_PATH_IS_LISTED: Final = "SELECT 1 FROM file WHERE path IN (?, ?)"
_PATHS_OF_INODE: Final = "SELECT path FROM file WHERE inode = ? AND device = ?"


class PlayablePassages:
    """The playable passages of one snapshot, ordered by path and start. Use it from one thread."""

    def __init__(self, connection: LibraryConnection, mono: Mono) -> None:
        self._connection = connection
        self._gains = Gains(connection, mono)

    def rows(self, leave_out: LeaveOut = LeaveOut.NONE) -> Iterator[ExportRow]:
        """Yield the rows one by one; only one is in memory. Raises LibraryError if the library cannot be read.

        Of what is there more than once all but the best may be left out.
        """
        with self._connection.translated():
            worse = worse_copies(self._connection, WorseCopies(leave_out))
            cursor = self._connection.execute(_ROWS)
            columns = tuple(column[0] for column in cursor.description)
            for row in cursor:
                named = dict(zip(columns, row, strict=True))
                if named["guid"] not in worse:
                    yield _row(named, self._gains, self._values(named))

    def _values(self, row: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """Return what extensions say of a passage; without a measure it is a failure of all. None: nothing."""
        if not row["has_values"]:
            return None
        found = named_rows(self._connection, _VALUES, (row["id"],))
        return [{**one, "measure": one["measure"] or None} for one in found]

    def knows_file(self, path: Path) -> bool:
        """Tell whether the library lists the file at ``path``, by this path or another one."""
        names = (os.fsencode(os.path.abspath(path)), os.fsencode(os.path.realpath(path)))
        with self._connection.translated():
            if self._connection.execute(_PATH_IS_LISTED, names).fetchone() is not None:
                return True
            try:
                status = path.stat()
            except OSError:
                return False
            listed = self._connection.execute(_PATHS_OF_INODE, (status.st_ino, status.st_dev)).fetchall()
        return any(_is_at(status, name) for (name,) in listed)


@contextmanager
def playable_passages(library: Path, mono: Mono = Mono.PANNED) -> Iterator[PlayablePassages]:
    """Open the library read-only with one snapshot; an import may continue meanwhile.

    ``mono``: how the player sends a file with one channel to two loudspeakers.
    Raises LibraryError if there is no library, or it cannot be read.
    """
    with closing(open_readonly(library)) as connection, connection.translated(), snapshot(connection):
        yield PlayablePassages(connection, mono)


def _is_at(status: os.stat_result, path: bytes) -> bool:
    """Tell whether the file is still there: the inode of a deleted file may be reused."""
    try:
        return os.path.samestat(status, os.stat(path))
    except OSError:
        return False


def _row(row: Mapping[str, Any], gains: Gains, values: list[dict[str, Any]] | None) -> ExportRow:
    names, songs, artists, works = read_json(row["names"])
    named = dict(zip(_NAMES, names, strict=True))
    tagged = gains_of_tags(row["tag_fields"])
    linked = tuple(Named(name, mbid, bool(by_user)) for mbid, name, by_user in artists)
    by_file = is_named_by_file(
        [Named(title, mbid) for mbid, title in songs], row["tag_fields"], elsewhere=row["elsewhere"]
    )
    # What is said about a piece goes before what is said about its file.
    of_piece = row["performer"], None
    credit, fields = (row["tag_artist"], row["tag_fields"]) if row["performer"] is None else of_piece
    shown = shown_artists(linked, credit, fields, named_by_file=by_file)
    source = ("song" if shown == linked else "tags") if shown else None
    if not shown and row["path_artist"] is not None:
        shown, source = (Named(row["path_artist"], None, from_file_name=True),), "file-name"
    text = display_path(row["path"])
    return ExportRow(
        **measures_from(row),
        gains=gains.of(loudness_from(row), row["channels"], named["album_group"], named["medium"]),
        names={
            **named,  # type: ignore[typeddict-item] # _NAMES are keys of it
            "guid": row["guid"],
            "path": text,
            "path_hex": None if text.encode() == row["path"] else row["path"].hex(),
            "song_mbids": tuple(mbid for mbid, _ in songs),
            "artists": tuple(artist.name for artist in shown),
            "artist_mbids": tuple(artist.mbid for artist in shown),
            "artists_source": source,
            "works": tuple(title for _, title in works),
            "work_mbids": tuple(mbid for mbid, _ in works),
            "state": row["state"],
            "confidence": row["confidence"],
            "doubt": row["doubt"],
            "approval": row["approval"],
            "gapless_with_next": row["gapless_with_next"] == 1,
            "tag_replaygain_track_gain_db": tagged.track_gain,
            "tag_replaygain_track_peak": tagged.track_peak,
            "tag_replaygain_album_gain_db": tagged.album_gain,
            "tag_replaygain_album_peak": tagged.album_peak,
            "tag_r128_track_gain_db": tagged.r128_track_gain,
            "tag_r128_album_gain_db": tagged.r128_album_gain,
            **_heard(row),
            "extension_values": values,
        },
    )


def _heard(row: Mapping[str, Any]) -> dict[str, object]:
    heard = {name: row[f"heard_{name}"] for name in FLAVOR}
    flavor = flavor_from(heard) if heard["level"] is not None else None
    if flavor is None:
        return {"flavor_level": None, "tempo_bpm": None, "key": None, "key_share": None, "flavor": None}
    key, share = flavor.likeliest("key") or (None, None)
    return {
        "flavor_level": flavor.level,
        "tempo_bpm": flavor.tempo,
        "key": key,
        "key_share": share,
        "flavor": {name: dict(members) for name, members in flavor.groups},
    }
