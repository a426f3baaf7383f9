import sqlite3

import pytest

from passagework.domain.errors import LibraryError, LibraryTooNewError
from passagework.persistence.answer import answer
from passagework.persistence.connection import open_library
from passagework.persistence.migrate import load_migrations
from passagework.persistence.queries import ShowFile, Status


@pytest.fixture
def future(tmp_path):
    """Give a function that makes the migrations of a future version, with this as its second step."""

    def make(sql):
        folder = tmp_path / "migrations"
        folder.mkdir()
        (folder / "0001_library.sql").write_text(load_migrations()[0].sql)
        (folder / "0002_future.sql").write_text(sql)
        (folder / "README").write_text("not a migration")
        return load_migrations(folder)

    return make


@pytest.fixture
def old(tmp_path, open_at, make):
    """The path of a library of today's version with something in it."""
    opened = open_at(tmp_path / "old.passages")
    opened.new_run()
    opened.write(make.store(opened.run))
    opened.close()
    return opened.path


def test_a_library_is_brought_up_to_date_with_its_content_after_a_backup(old, future):
    steps = future("ALTER TABLE file ADD COLUMN mood TEXT; UPDATE file SET mood = 'blue';")
    connection = open_library(old, migrations=steps)
    assert answer(connection, Status()).schema_version == 2
    assert answer(connection, ShowFile(b"/music/a.flac")) is not None
    assert connection.execute("SELECT mood FROM file").fetchall() == [("blue",)]
    connection.close()
    backup = old.with_name("old.passages.v1.backup")
    restored = open_library(backup)
    assert answer(restored, Status()).schema_version == 1
    assert answer(restored, ShowFile(b"/music/a.flac")) is not None
    restored.close()
    with pytest.raises(LibraryTooNewError):
        open_library(old)


def test_a_migration_that_fails_leaves_the_library_as_it_was(old, future):
    steps = future("ALTER TABLE file ADD COLUMN mood TEXT; INSERT INTO run (id) VALUES (77);")
    with pytest.raises(LibraryError):
        open_library(old, migrations=steps)
    connection = open_library(old)
    assert answer(connection, Status()).schema_version == 1
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("SELECT mood FROM file")
    connection.close()


def test_without_a_backup_no_migration_is_begun(old, future, tmp_path):
    (tmp_path / "old.passages.v1.backup").mkdir()
    with pytest.raises(LibraryError, match="no backup"):
        open_library(old, migrations=future("ALTER TABLE file ADD COLUMN mood TEXT;"))
    connection = open_library(old)
    assert answer(connection, Status()).schema_version == 1
    connection.close()


def test_a_new_library_takes_all_steps_and_needs_no_backup(tmp_path, future):
    connection = open_library(tmp_path / "new.passages", migrations=future("CREATE TABLE extra (x TEXT) STRICT;"))
    assert answer(connection, Status()).schema_version == 2
    connection.close()
    assert [path.name for path in tmp_path.glob("*.backup*")] == []


def test_a_gap_in_the_migrations_is_noticed(tmp_path):
    (tmp_path / "0002_later.sql").write_text("SELECT 1;")
    with pytest.raises(LibraryError, match="incomplete"):
        load_migrations(tmp_path)
