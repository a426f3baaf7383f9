"""The dump by which libraries are compared: it sees every value but those that it leaves out by name."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from passagework.persistence.file.opening import open_library
from tests.support import dump

HERE = Path(__file__).parent
SOME = {"INTEGER": 1, "TEXT": "some", "REAL": 0.5, "BLOB": b"some", "ANY": "some"}
OTHER = {"INTEGER": 123_457, "TEXT": "another", "REAL": 0.123, "BLOB": b"another", "ANY": "another"}


@pytest.fixture
def library(tmp_path):
    """Give a connection to a library with a row in each table; what is changed through it breaks no rule but ours."""
    path = tmp_path / "some.passages"
    stored = HERE.parent / "persistence" / "released" / "schema-1.passages.gz"
    path.write_bytes(gzip.decompress(stored.read_bytes()))
    open_library(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = 1")
        for table, columns in columns_of(connection).items():
            if connection.execute(f"SELECT 1 FROM {table}").fetchone() is None:
                values = [SOME[kind] for kind in columns.values()]
                connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
        connection.execute("UPDATE file SET provenance_id = (SELECT id FROM provenance)")
        yield connection


def columns_of(connection):
    """Give the columns of each table with their types."""
    tables = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index%'"
    ).fetchall()
    return {
        table: {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({table})")}
        for (table,) in tables
        if table != dump.JOURNAL
    }


def sees_a_change(connection, table, column, kind):
    """Change the column in one row, and tell whether the dump is another one; where that counts, to or from NULL."""
    keys = ", ".join(row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5])
    first = f"WHERE ({keys}) = (SELECT {keys} FROM {table} LIMIT 1)"
    (now,) = connection.execute(f"SELECT {column} FROM {table} {first}").fetchone()
    other = None if dump.RESOLVED.get(f"{table}.{column}") == dump.WHETHER and now is not None else OTHER[kind]
    before = dump.lines_of(connection, table)
    connection.execute("BEGIN")
    connection.execute(f"UPDATE {table} SET {column} = ? {first}", (other,))
    after = dump.lines_of(connection, table)
    connection.execute("ROLLBACK")
    return after != before


@pytest.mark.slow
def test_every_value_counts_but_for_those_that_are_left_out_by_name(library):
    """Row ids are not changed here, since that tears apart what they hold together."""
    never_null = {
        f"{table}.{row[1]}"
        for table in columns_of(library)
        for row in library.execute(f"PRAGMA table_info({table})")
        if row[3] and dump.RESOLVED.get(f"{table}.{row[1]}") == dump.WHETHER
    }
    row_ids = {name for name, reason in dump.LEFT_OUT.items() if reason == dump.ROW_ID}
    unseen = {
        f"{table}.{column}"
        for table, columns in columns_of(library).items()
        for column, kind in columns.items()
        if f"{table}.{column}" not in never_null | row_ids and not sees_a_change(library, table, column, kind)
    }
    assert unseen == dump.LEFT_OUT.keys() - row_ids


def test_a_table_or_column_that_nobody_has_classified_is_refused(library):
    library.execute("CREATE TABLE news (what TEXT) STRICT")
    with pytest.raises(dump.UnclassifiedError, match=r"left out: news\.what;"):
        dump.content(library)
    library.execute("DROP TABLE news")
    library.execute("ALTER TABLE song ADD COLUMN mood TEXT")
    with pytest.raises(dump.UnclassifiedError, match=r"left out: song\.mood;"):
        dump.content(library)
