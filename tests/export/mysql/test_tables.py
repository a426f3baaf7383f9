"""The tables of an export, derived from a schema with one case of everything, without a server."""

import hashlib
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from passagework.export.errors import ExportError
from passagework.export.mysql.tables import LEFT_OUT, Partial, Reference, add_functions, tables_of
from passagework.persistence.file.migrate import migrate
from passagework.persistence.file.migrations import load_migrations

SCHEMA = """
CREATE TABLE work (
  mbid  TEXT NOT NULL PRIMARY KEY,
  title TEXT
);
CREATE TABLE play (
  second REAL,
  first  INTEGER NOT NULL,
  path   BLOB NOT NULL CHECK (length(path) > 0), -- CHECK (this is a comment)
  note   TEXT,
  kind   TEXT,
  guid   TEXT NOT NULL,
  work   TEXT REFERENCES work,
  other  TEXT REFERENCES work (title),
  edit   INTEGER REFERENCES edit,
  CHECK ( second IS NULL
    OR (second > 0) ),
  PRIMARY KEY (first, path)
);
CREATE TABLE edit (id INTEGER PRIMARY KEY);
CREATE UNIQUE INDEX by_guid ON play (guid);
CREATE UNIQUE INDEX by_kind ON play (kind, second);
CREATE UNIQUE INDEX one_note ON play (first, second) WHERE note
  IS NOT NULL;
CREATE INDEX by_note ON play (note, second);
CREATE INDEX by_second ON play (second);
"""


@pytest.fixture
def library():
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    yield connection
    connection.close()


def columns(table):
    return [(one.name, one.type, one.expression) for one in table.columns]


def test_columns_have_the_types_of_the_server_and_long_keys_their_hash(library):
    play, work = tables_of(library)
    assert columns(play) == [
        ("second", "DOUBLE", "second"),
        ("first", "BIGINT NOT NULL", "first"),
        ("path", "LONGBLOB NOT NULL", "path"),
        ("path_key", "BINARY(32) NOT NULL", "sha256(path)"),
        ("note", "LONGTEXT", "note"),
        ("kind", "VARCHAR(64)", "kind"),
        ("guid", "VARCHAR(36) NOT NULL", "guid"),
        ("work", "LONGTEXT", "work"),
        ("work_key", "BINARY(32)", "sha256(work)"),
        ("other", "LONGTEXT", "other"),
        ("other_key", "BINARY(32)", "sha256(other)"),
        ("edit", "BIGINT", "edit"),
    ]
    assert columns(work) == [("mbid", "VARCHAR(36) NOT NULL", "mbid"), ("title", "LONGTEXT", "title")]


def test_keys_and_references_are_those_of_the_schema_without_tables_that_are_left_out(library):
    play, work = tables_of(library)
    assert (play.primary, work.primary) == (("first", "path_key"), ("mbid",))
    assert play.unique == (("guid",), ("kind", "second"))
    assert play.indices == (("note(64)", "second"), ("other",), ("second",), ("work",))
    assert play.partial == (Partial("one_note", ("first", "second"), "note IS NOT NULL"),)
    assert sorted(play.references, key=lambda one: one.column) == [
        Reference("other", "work", "title"),
        Reference("work", "work", "mbid"),
    ]
    assert play.checks == ("char_length(path) > 0", "second IS NULL OR (second > 0)")
    assert "edit" in LEFT_OUT


def test_a_table_is_created_with_everything_under_its_incoming_name(library):
    play, _ = tables_of(library)
    simple = replace(play, columns=play.columns[:2], references=play.references[-1:])
    assert simple.create("utf8mb4_bin", "7") == (
        "CREATE TABLE `_incoming_play` ("
        "`second` DOUBLE, "
        "`first` BIGINT NOT NULL, "
        "PRIMARY KEY (`first`, `path_key`), "
        "UNIQUE KEY (`guid`), "
        "UNIQUE KEY (`kind`, `second`), "
        "KEY (`note`(64), `second`), "
        "KEY (`other`), "
        "KEY (`second`), "
        "KEY (`work`), "
        "`one_note_holds` TINYINT GENERATED ALWAYS AS (CASE WHEN note IS NOT NULL THEN 1 END) STORED, "
        "UNIQUE KEY `one_note` (`first`, `second`, `one_note_holds`), "
        "CHECK (char_length(path) > 0), "
        "CHECK (second IS NULL OR (second > 0)), "
        "CONSTRAINT `play_work_7` FOREIGN KEY (`work`) REFERENCES `_incoming_work` (`mbid`)"
        ") ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='Passagework export'"
    )


def test_the_view_that_is_sent_has_each_column_and_the_hash_of_each_long_key(library):
    add_functions(library)
    library.execute("INSERT INTO play (first, path, guid, work) VALUES (1, ?, 'g', ?)", (b"/m\xff", "wörk"))
    play, _ = tables_of(library)
    library.execute(play.view())
    library.row_factory = sqlite3.Row
    (row,) = library.execute("SELECT * FROM _incoming_play").fetchall()
    assert row.keys() == [one.name for one in play.columns]
    assert (row["first"], row["path"], row["other_key"]) == (1, b"/m\xff", None)
    assert row["path_key"] == hashlib.sha256(b"/m\xff").digest()
    assert row["work_key"] == hashlib.sha256("wörk".encode()).digest()


def test_a_table_with_another_form_has_another_digest(library):
    play, work = tables_of(library)
    assert re.fullmatch("[0-9a-f]{32}", play.form)
    assert len({play.form, work.form, replace(play, checks=()).form}) == 3
    assert tables_of(library)[0].form == play.form


def test_an_index_on_an_expression_cannot_be_exported(library):
    library.execute("CREATE INDEX lowered ON play (lower(note))")
    with pytest.raises(ExportError, match=r"^the index lowered of the library is on an expression, which cannot"):
        tables_of(library)


def test_every_table_of_a_library_is_exported_or_left_out_for_a_reason():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, Path(":memory:"), load_migrations())
    exported = {table.name for table in tables_of(connection)}
    there = {
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index%'"
        )
    }
    assert exported | LEFT_OUT.keys() == {name for name in there if not name.startswith("sqlite")}
    assert not exported & LEFT_OUT.keys()
    connection.close()
