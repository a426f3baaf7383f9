"""Ways in which sqlite3-to-mysql loses data, and says "Done!": first with its defaults, then with an export of ours."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from passagework.export.mysql import export

pytestmark = pytest.mark.slow

TRANSFER = """
import json, logging, sys
from sqlite3_to_mysql import SQLite3toMySQL
logging.disable(logging.CRITICAL)
SQLite3toMySQL(quiet=True, **json.load(sys.stdin)).transfer()
"""

LONG = "é" * 70_000


def export_copy(path, database):
    """Export what has nothing that the views for players ask for."""
    return export.export_copy(path, database, views=())


@pytest.fixture
def made_of(tmp_path):
    """Give a function that makes a SQLite file of statements and rows."""

    def make(schema, **rows):
        path = tmp_path / "made.sqlite"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path, isolation_level=None)) as made:
            made.executescript(schema)
            for table, values in rows.items():
                made.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values[0]))})", values)
        return path

    return make


@pytest.fixture
def with_defaults(database):
    """Give a function that lets the library work as it comes, in a process of its own; its last word, if it failed."""

    def transfer(path, **options):
        job = {
            "sqlite_file": str(path),
            "mysql_user": database.user,
            "mysql_password": database.password,
            "mysql_socket": database.socket,
            "mysql_database": database.database,
            **options,
        }
        done = subprocess.run(
            [sys.executable, "-c", TRANSFER], input=json.dumps(job), capture_output=True, text=True, check=False
        )
        return done.stderr.strip().rpartition("\n")[2]

    return transfer


@pytest.fixture
def emptied(private_server, database):
    """Give a function that makes the database empty again."""
    return lambda: private_server.run("DROP DATABASE music", "CREATE DATABASE music")


def test_large_integers_are_clamped_by_the_library_and_arrive_in_an_export(
    made_of, with_defaults, emptied, database, on_server
):
    ticks = 28_224_000 * 3_600
    path = made_of("CREATE TABLE t (id INTEGER PRIMARY KEY, ticks INTEGER) STRICT", t=[(1, ticks), (2, -(2**63))])
    assert not with_defaults(path)
    assert on_server("SELECT ticks FROM t ORDER BY id") == [(2**31 - 1,), (-(2**31),)]
    emptied()
    export_copy(path, database)
    assert on_server("SELECT ticks FROM t ORDER BY id") == [(ticks,), (-(2**63),)]


def test_long_texts_and_blobs_are_cut_by_the_library_and_arrive_in_an_export(
    made_of, with_defaults, emptied, database, on_server
):
    path = made_of(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, words TEXT, curve BLOB) STRICT", t=[(1, LONG, bytes(range(256)) * 300)]
    )
    lengths = "SELECT LENGTH(words), LENGTH(curve) FROM t"
    assert not with_defaults(path)
    assert on_server(lengths) == [(65_534, 65_535)]
    emptied()
    export_copy(path, database)
    assert on_server(lengths) == [(140_000, 76_800)]


def test_names_that_look_alike_are_merged_by_the_library_and_stay_apart_in_an_export(
    made_of, with_defaults, emptied, database, on_server
):
    names = ["AC/DC", "ac/dc", "Beyonce", "Beyonc\u00e9", "Beyonce\u0301", "song", "song ", "s\u00f6ng"]
    path = made_of("CREATE TABLE t (name TEXT PRIMARY KEY NOT NULL) STRICT", t=[(name,) for name in names])
    assert not with_defaults(path)
    (merged,) = on_server("SELECT COUNT(*) FROM t")[0]
    assert merged < len(names)
    emptied()
    export_copy(path, database)
    assert sorted(on_server("SELECT name FROM t")) == sorted((name,) for name in names)
    assert on_server("SELECT name FROM t WHERE name = 'ac/dc'") == [("ac/dc",)]


def test_references_to_texts_fail_in_the_library_and_hold_in_an_export(
    made_of, with_defaults, emptied, database, on_server
):
    path = made_of(
        "CREATE TABLE artist (mbid TEXT PRIMARY KEY NOT NULL) STRICT;"
        "CREATE TABLE song (id INTEGER PRIMARY KEY, mbid TEXT NOT NULL REFERENCES artist) STRICT",
        artist=[("a",)],
        song=[(1, "a")],
    )
    assert "1822" in with_defaults(path)
    emptied()
    export_copy(path, database)
    assert on_server("SELECT s.id FROM song s JOIN artist a ON a.mbid = s.mbid") == [(1,)]
    assert on_server(
        "SELECT REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE "
        "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'song' AND REFERENCED_TABLE_NAME IS NOT NULL"
    ) == [("artist", "mbid")]


def test_changed_rows_are_kept_as_they_were_by_the_library_and_changed_by_an_export(
    made_of, with_defaults, emptied, database, on_server
):
    schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, title TEXT) STRICT"
    assert not with_defaults(made_of(schema, t=[(1, "before")]))
    assert not with_defaults(made_of(schema, t=[(1, "after")]), mysql_insert_method="UPDATE")
    assert on_server("SELECT title FROM t") == [("before",)]
    emptied()
    export_copy(made_of(schema, t=[(1, "before")]), database)
    export_copy(made_of(schema, t=[(1, "after")]), database)
    assert on_server("SELECT title FROM t") == [("after",)]


def test_a_second_transfer_doubles_indices_and_fails_and_a_second_export_changes_nothing(
    made_of, with_defaults, emptied, database, on_server
):
    schema = (
        "CREATE TABLE run (id INTEGER PRIMARY KEY) STRICT;"
        "CREATE TABLE file (id INTEGER PRIMARY KEY, run_id INTEGER REFERENCES run, size INTEGER) STRICT;"
        "CREATE INDEX file_size ON file (size)"
    )
    rows = {"run": [(1,)], "file": [(1, 1, 5)]}
    indices = (
        "SELECT COUNT(*) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'file'"
    )
    path = made_of(schema, **rows)
    assert not with_defaults(path)
    once = on_server(indices)
    assert with_defaults(path)
    assert on_server(indices) > once
    emptied()
    assert export_copy(path, database).sent == ("file", "run")
    once = on_server(indices)
    assert export_copy(made_of(schema, **rows), database).sent == ()
    assert export_copy(made_of(schema, run=[(1,)], file=[(1, 1, 6)]), database).sent == ("file",)
    assert on_server(indices) == once


def test_a_partly_unique_index_costs_rows_in_the_library_and_none_in_an_export(
    made_of, with_defaults, emptied, database, on_server, private_server
):
    path = made_of(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, bound INTEGER NOT NULL, retired INTEGER,"
        " CHECK (bound >= 0), CHECK (retired IS NULL OR retired > bound)) STRICT;"
        "CREATE UNIQUE INDEX live ON t (bound) WHERE retired IS NULL",
        t=[(1, 7, 8), (2, 7, 9), (3, 7, None)],
    )
    with_defaults(path)
    unique = (
        "SELECT NON_UNIQUE FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME = 'live'"
    )
    checks = "SELECT COUNT(*) FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()"
    assert (on_server(unique), on_server(checks)) != ([(0,)], [(2,)])
    emptied()
    export_copy(path, database)
    assert on_server("SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,)]
    assert on_server(checks) == [(2,)]
    with pytest.raises(Exception, match="Duplicate entry"):
        private_server.run("INSERT INTO music.t (id, bound) VALUES (4, 7)")
    with pytest.raises(Exception, match="CONSTRAINT"):
        private_server.run("INSERT INTO music.t (id, bound) VALUES (4, -7)")


def test_an_index_on_an_expression_is_dropped_by_the_library_and_refused_by_an_export(
    made_of, with_defaults, emptied, database
):
    path = made_of(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT) STRICT; CREATE UNIQUE INDEX one ON t (lower(name))",
        t=[(1, "a")],
    )
    assert not with_defaults(path)
    emptied()
    with pytest.raises(Exception, match="expression"):
        export_copy(path, database)
