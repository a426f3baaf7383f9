"""The temporary tables that hold a batch before its transaction begins.

They exist in memory and in the writing connection only. Filling them takes no lock on the library. Then every statement
on the library handles the whole batch.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from types import MappingProxyType
from typing import Final

from passagework.persistence.rows.analysis import AUDIO, CUES_OF, PASSAGE, STAMP
from passagework.persistence.rows.columns import Value, listed
from passagework.persistence.rows.encoded import CANDIDATE, DESCRIBED, PLACE, STATE
from passagework.persistence.rows.flavor import FLAVOR
from passagework.persistence.rows.packed import CURVES, FINGERPRINT
from passagework.persistence.rows.pairs import add_continues
from passagework.persistence.rows.passage_values import VALUE
from passagework.persistence.rows.tag_rows import TAGS
from passagework.persistence.write import derive, gapless

Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Staged:
    """A staging table. ``given`` are the columns of a row as a message gives it; the statements fill in ``found``.

    ``measured`` are columns whose values a row takes all at once, as they were encoded. A column with a type is a key.
    """

    given: tuple[str, ...]
    measured: tuple[str, ...]
    declared: tuple[str, ...]
    values_of: Callable[[Mapping[str, Value]], Row]

    def insert(self, table: str) -> str:
        """Write the statement that stages a row."""
        columns = (*self.given, *self.measured)
        return f"INSERT INTO temp.{table} ({listed(columns)}) VALUES ({listed('?' * len(columns))})"


def _staged(*given: str, measured: tuple[str, ...] = (), found: tuple[str, ...] = ()) -> _Staged:
    names = tuple(column.partition(" ")[0] for column in given)
    return _Staged(
        given=names,
        measured=measured,
        declared=(*given, *measured, *found),
        # With a single name, itemgetter would return a value and not a row.
        values_of=itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],),
    )


# Keys have a type, or SQLite would not use an index on them. Values have none, so only the library converts and checks
# them.
_TABLES: Final = MappingProxyType(
    {
        "staged_file": _staged(
            *("seq INTEGER PRIMARY KEY", "kind", "run_id", "path", "path_text", "folder", "folder_text", "guid"),
            *STAMP,
            *("number", "alone", "state", "failure_code", "failure_detail"),
            found=("file_id INTEGER", "what", "same_audio", "relink", "cuts_cleared"),
        ),
        "staged_failure": _staged("seq INTEGER PRIMARY KEY", "of_content"),
        "staged_analysis": _staged("seq INTEGER PRIMARY KEY", "warnings", "parts", measured=(*TAGS, *AUDIO, *CURVES)),
        "staged_tags": _staged(
            *("seq INTEGER PRIMARY KEY", "content_hash", "audio_hash", "warnings", "parts"),
            measured=TAGS,
            found=("relink",),
        ),
        "staged_stamp": _staged("run_id", "path", *STAMP),
        "staged_move": _staged(
            *("run_id", "guid", "source", "target", "target_text", "folder", "folder_text", "lost", *STAMP),
            found=("file_id INTEGER",),
        ),
        "staged_place": _staged(
            *("run_id", "path", "path_text", "folder", "folder_text"),
            *("of_path", "of_path_text", "of_folder", "of_folder_text", "guid", *STAMP),
        ),
        "staged_join": _staged("run_id"),
        "staged_root": _staged("run_id", "first", "second"),
        "staged_pair": _staged("gone_id INTEGER PRIMARY KEY", "new_id INTEGER", found=("relink", "again", "same")),
        "staged_heir": _staged("new_id INTEGER PRIMARY KEY", "old_id INTEGER"),
        "staged_passage": _staged(
            *("id INTEGER PRIMARY KEY", "seq INTEGER", "guid", "keeps"),
            measured=PASSAGE.names,
            found=("passage_id INTEGER", "same_span", "relink", "is_new"),
        ),
        "staged_fingerprint": _staged("staged_id INTEGER PRIMARY KEY", measured=FINGERPRINT),
        "staged_retirement": _staged("passage_id INTEGER PRIMARY KEY", "run_id"),
        "staged_flavor": _staged("staged_id INTEGER PRIMARY KEY", measured=FLAVOR),
        "staged_value": _staged("staged_id INTEGER", measured=VALUE),
        "staged_link": _staged(
            *("id INTEGER PRIMARY KEY", "run_id", "path", "revision", "guid", "staged_id INTEGER", "evidence"),
            "candidates",
            measured=STATE,
            found=("passage_id INTEGER",),
        ),
        "staged_song": _staged(
            *("link_id INTEGER", "mbid", "title", "artists", "works", "start_ticks", "end_ticks", "stated_ns")
        ),
        "staged_work": _staged("link_id INTEGER", "mbid", "title", "composers", "stated_ns"),
        "staged_album": _staged("link_id INTEGER", "mbid", "artists", "stated_ns", measured=(*DESCRIBED, *PLACE)),
        "staged_artist": _staged("link_id INTEGER", "mbid", "name", "stated_ns"),
        "staged_candidate": _staged("link_id INTEGER", "rank", measured=CANDIDATE),
        "staged_merger": _staged("run_id", "old", "new"),
        "staged_delay": _staged(
            *("run_id", "path", "revision", "guid", "until_ns", "reason"), found=("passage_id INTEGER",)
        ),
        "staged_list": _staged("path", "track_list", "revision"),
        "staged_answer": _staged(
            *("key", "service", "found", "merged_into", "body", "schema_version", "fetched_ns", "expires_ns"),
            "run_id",
        ),
        "staged_presence": _staged("run_id", "path", "presence"),
        "staged_folder": _staged("path", "device", "inode", "mounted"),
        "staged_redone": _staged("run_id", "path", "parts", found=("file_id INTEGER",)),
        "staged_cues": _staged("run_id", "path", measured=CUES_OF.names, found=("passage_id INTEGER",)),
    }
)

_FOLLOWING: Final = (*derive.TEMPORARY, *gapless.TEMPORARY)
"""Tables for what follows from what is stored."""

_INDEXES: Final = (
    "staged_passage_of_file ON staged_passage (seq)",
    "staged_passage_known ON staged_passage (passage_id)",
    "staged_value_of_passage ON staged_value (staged_id)",
    "staged_link_known ON staged_link (passage_id)",
    "staged_song_of_link ON staged_song (link_id)",
    "staged_album_of_link ON staged_album (link_id)",
)

_STATISTICS: Final = (
    "ANALYZE temp",
    "UPDATE temp.sqlite_stat1 SET stat = iif(idx IS NULL, '300', '300 3')",
    "ANALYZE temp.sqlite_schema",
)
"""A batch of 300 rows, three for each key, is typical. The second ANALYZE makes SQLite load the changed statistics."""

_SAVEPOINT: Final = "SAVEPOINT staging"
_ROLLBACK: Final = "ROLLBACK TO staging"
_RELEASE: Final = "RELEASE staging"

INSERTS: Final = MappingProxyType({table: staged.insert(table) for table, staged in _TABLES.items()})


class StagedRows:
    """The rows of one or more messages, by staging table."""

    def __init__(self) -> None:
        self._rows: defaultdict[str, list[Row]] = defaultdict(list)

    def add(self, table: str, row: Mapping[str, Value], measured: Row = ()) -> None:
        """Add a row by the names of its columns; ``measured`` are the values of the columns that the table takes so."""
        staged = _TABLES[table]
        values = staged.values_of(row) + measured
        if len(row) != len(staged.given) or len(measured) != len(staged.measured):
            raise ValueError(f"{table} has other columns: {sorted(set(row) ^ set(staged.given))}")
        self._rows[table].append(values)

    def extend(self, other: "StagedRows") -> None:
        """Add the rows of another message."""
        for table, rows in other.items():
            self._rows[table].extend(rows)

    def items(self) -> Iterable[tuple[str, list[Row]]]:
        """Iterate over the tables that have rows."""
        return self._rows.items()

    @property
    def has_results(self) -> bool:
        """Return whether any file has a result, and not only an attempt."""
        kind = _TABLES["staged_file"].given.index("kind")
        return any(row[kind] != "attempt" for row in self._rows.get("staged_file", ()))

    def __bool__(self) -> bool:
        """Return whether there is any row."""
        return bool(self._rows)

    def has(self, table: str) -> bool:
        """Return whether there are rows for a table."""
        return table in self._rows


def create_staging_tables(connection: sqlite3.Connection) -> None:
    """Make the tables and their statistics.

    Without statistics SQLite assumes that a temporary table has a million rows, and would scan the library instead.
    """
    for table, staged in _TABLES.items():
        connection.execute(f"CREATE TABLE temp.{table} ({listed(staged.declared)})")
        connection.execute(f"INSERT INTO temp.{table} DEFAULT VALUES")
    for index in _INDEXES:
        connection.execute(f"CREATE INDEX temp.{index}")
    for statement in (*derive.MAKE_TABLES, *gapless.MAKE_TABLES):
        connection.execute(statement)
    for table in _FOLLOWING:
        connection.execute(f"INSERT INTO {table} DEFAULT VALUES")
    add_continues(connection)
    # ANALYZE writes statistics only for tables with a row, so each has one for the moment.
    for statement in _STATISTICS:
        connection.execute(statement)
    _clear(connection)


def stage(connection: sqlite3.Connection, rows: StagedRows) -> None:
    """Replace what is staged by these rows.

    Raises what :func:`passagework.persistence.file.sqlite_errors.is_poison` recognises for values that cannot be bound.
    """
    # Rows of a message that cannot be bound are removed with the savepoint, inside a transaction and outside.
    connection.execute(_SAVEPOINT)
    try:
        _clear(connection)
        for table, table_rows in rows.items():
            connection.executemany(INSERTS[table], table_rows)
    except BaseException:
        connection.execute(_ROLLBACK)
        raise
    finally:
        connection.execute(_RELEASE)


def _clear(connection: sqlite3.Connection) -> None:
    for table in _TABLES:
        connection.execute(f"DELETE FROM temp.{table}")
    for table in _FOLLOWING:
        connection.execute(f"DELETE FROM {table}")
