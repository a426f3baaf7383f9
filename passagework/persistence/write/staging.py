"""The temporary tables in which a batch lies ready before its transaction begins.

They live in memory and in the writing connection only. Filling them takes no lock on the library; every statement on
the library then handles the whole batch at once.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

Row = tuple[object, ...]

# Keys have a type, or SQLite would not use an index on them; values have none, so that the library itself judges them.
_TABLES: Final = MappingProxyType(
    {
        "staged_file": """seq INTEGER PRIMARY KEY, kind, run_id, path, path_text, folder, folder_text, guid,
            size, mtime_ns, device, inode, number, alone, state, failure_code, failure_detail,
            file_id INTEGER, same_audio, relink""",
        "staged_analysis": """seq INTEGER PRIMARY KEY, container, codec, sample_rate, channels, bit_rate,
            content_hash, audio_hash, samples, duration_ticks,
            loudness_integrated, loudness_range, true_peak, sample_peak, bad_packets, missing_samples,
            warnings, analysis_version, title, artist, album, medium, track, search_text, fields, raw,
            envelope_hop, envelope, samples_per_point, waveform""",
        "staged_passage": """id INTEGER PRIMARY KEY, seq INTEGER, guid, start_ticks, end_ticks,
            lead_in_ticks, lead_out_ticks, fade_in_ticks, fade_out_ticks,
            loudness_integrated, loudness_range, true_peak, sample_peak,
            flavor_source, passage_id INTEGER, same_span, relink, is_new""",
        "staged_fingerprint": "staged_id INTEGER PRIMARY KEY, fingerprint, fingerprint_ticks, shifted",
        "staged_retirement": "passage_id INTEGER PRIMARY KEY, run_id",
        "staged_flavor": "staged_id INTEGER, source, characteristic, name, value",
        "staged_link": """id INTEGER PRIMARY KEY, run_id, path, revision, guid, state, reason, evidence,
            doubt, confidence, weights, retry_ns, candidates, passage_id INTEGER""",
        "staged_song": "link_id INTEGER, mbid, title, start_ticks, end_ticks, stated_ns",
        "staged_credit": "link_id INTEGER, song_mbid, mbid, name, position, stated_ns, song_stated_ns",
        "staged_work": "link_id INTEGER, song_mbid, mbid, title, position, stated_ns",
        "staged_composer": "link_id INTEGER, work_mbid, mbid, name, position, stated_ns",
        "staged_album": """link_id INTEGER, mbid, title, release_group, date, country, labels, media, cover_art,
            medium, track, stated_ns""",
        "staged_album_artist": "link_id INTEGER, album_mbid, mbid, name, position, stated_ns",
        "staged_candidate": """link_id INTEGER, rank, recording, title, artists, seconds, confidence, log_odds, terms,
            caps, release, album, medium, track""",
        "staged_merger": "run_id, old, new",
        "staged_delay": "run_id, path, revision, guid, until_ns, reason, passage_id INTEGER",
        "staged_answer": """key, service, found, merged_into, body, schema_version, fetched_ns, expires_ns, run_id""",
        "staged_presence": "run_id, path, missing",
    }
)

_INDEXES: Final = (
    "staged_passage_of_file ON staged_passage (seq)",
    "staged_passage_known ON staged_passage (passage_id)",
    "staged_link_known ON staged_link (passage_id)",
    "staged_song_of_link ON staged_song (link_id)",
    "staged_album_of_link ON staged_album (link_id)",
)

_WIDTHS: Final = MappingProxyType({table: 1 + columns.count(",") for table, columns in _TABLES.items()})

INSERTS: Final = MappingProxyType(
    {
        table: f"INSERT INTO temp.{table} VALUES ({', '.join('?' * width)})"  # noqa: S608 - constants of this module
        for table, width in _WIDTHS.items()
    }
)


class StagedRows:
    """The rows of one or more messages, by staging table."""

    def __init__(self) -> None:
        self._rows: defaultdict[str, list[Row]] = defaultdict(list)

    def add(self, table: str, row: Row) -> None:
        """Add a row; columns that the library fills in later may be left out at the end."""
        self._rows[table].append(row + (None,) * (_WIDTHS[table] - len(row)))

    def extend(self, other: "StagedRows") -> None:
        """Add the rows of another message."""
        for table, rows in other.items():
            self._rows[table].extend(rows)

    def items(self) -> Iterable[tuple[str, list[Row]]]:
        """Go over the tables that have rows."""
        return self._rows.items()

    def has(self, table: str) -> bool:
        """Tell whether there are rows for a table."""
        return table in self._rows


def create_staging_tables(connection: sqlite3.Connection) -> None:
    """Make the tables, and tell the planner how large they are.

    Without statistics SQLite takes a temporary table for a million rows, and would rather scan the library.
    """
    for table, columns in _TABLES.items():
        connection.execute(f"CREATE TABLE temp.{table} ({columns})")
        connection.execute(f"INSERT INTO temp.{table} DEFAULT VALUES")
    for index in _INDEXES:
        connection.execute(f"CREATE INDEX temp.{index}")
    connection.execute("ANALYZE temp")
    connection.execute("UPDATE temp.sqlite_stat1 SET stat = iif(idx IS NULL, '300', '300 3')")
    connection.execute("ANALYZE temp.sqlite_schema")
    _clear(connection)


def stage(connection: sqlite3.Connection, rows: StagedRows) -> None:
    """Replace what is staged by these rows.

    Raises what :func:`passagework.persistence.file.sqlite_errors.is_poison` recognises for values that cannot be bound.
    """
    connection.execute("SAVEPOINT staging")
    try:
        _clear(connection)
        for table, table_rows in rows.items():
            connection.executemany(INSERTS[table], table_rows)
    except BaseException:
        connection.execute("ROLLBACK TO staging")
        raise
    finally:
        connection.execute("RELEASE staging")


def _clear(connection: sqlite3.Connection) -> None:
    for table in _TABLES:
        connection.execute(f"DELETE FROM temp.{table}")  # noqa: S608 - constants of this module
