import gzip
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from passagework.domain.errors import LibraryError, LibraryTooNewError
from passagework.persistence.file.full_check import check_library
from passagework.persistence.file.migrations import add_functions_of_steps, load_migrations
from passagework.persistence.file.opening import open_library
from passagework.persistence.file.search_index import add_words
from passagework.persistence.read.dispatch import run_query
from passagework.persistence.read.queries import ListPassages, ShowFile, Status
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.derive import derive

NEWEST = len(load_migrations())


@pytest.fixture
def future(tmp_path):
    """Give a function that makes the migrations of a future version, with this as the step after today's last."""

    def make(sql):
        folder = tmp_path / "migrations"
        folder.mkdir()
        for step in load_migrations():
            (folder / f"{step.version:04}_released.sql").write_text(step.sql)
        (folder / f"{NEWEST + 1:04}_future.sql").write_text(sql)
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
    assert run_query(connection, Status()).schema_version == NEWEST + 1
    assert run_query(connection, ShowFile(b"/music/a.flac")) is not None
    assert connection.execute("SELECT mood FROM file").fetchall() == [("blue",)]
    connection.close()
    backup = old.with_name(f"old.passages.v{NEWEST}.backup")
    restored = open_library(backup)
    assert run_query(restored, Status()).schema_version == NEWEST
    assert run_query(restored, ShowFile(b"/music/a.flac")) is not None
    restored.close()
    with pytest.raises(LibraryTooNewError):
        open_library(old)


def test_a_migration_that_fails_leaves_the_library_as_it_was(old, future):
    steps = future("ALTER TABLE file ADD COLUMN mood TEXT; INSERT INTO run (id) VALUES (77);")
    with pytest.raises(LibraryError):
        open_library(old, migrations=steps)
    connection = open_library(old)
    assert run_query(connection, Status()).schema_version == NEWEST
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("SELECT mood FROM file")
    connection.close()


def test_without_a_backup_no_migration_is_begun(old, future, tmp_path):
    (tmp_path / f"old.passages.v{NEWEST}.backup").mkdir()
    with pytest.raises(LibraryError, match="no backup"):
        open_library(old, migrations=future("ALTER TABLE file ADD COLUMN mood TEXT;"))
    connection = open_library(old)
    assert run_query(connection, Status()).schema_version == NEWEST
    connection.close()


def test_a_backup_that_cannot_be_completed_leaves_no_file_beside_the_library(old, future, tmp_path, monkeypatch):
    """The last change of the copy fails, with what SQLite had made for it in place."""
    seen: list[set[str]] = []

    class Failing(sqlite3.Connection):
        def execute(self, statement, *values):
            if statement != "PRAGMA journal_mode = DELETE":
                return super().execute(statement, *values)
            super().execute("INSERT INTO run_root SELECT id, 99, x'00', '' FROM run")
            seen.append({path.name for path in tmp_path.iterdir() if ".backup" in path.name})
            raise sqlite3.OperationalError("disk I/O error")

    connect = sqlite3.connect
    of_backup = re.compile(r"\.backup\.partial$")
    monkeypatch.setattr(
        sqlite3,
        "connect",
        lambda path, **more: (
            connect(path, **more, factory=Failing) if of_backup.search(str(path)) else connect(path, **more)
        ),
    )
    with pytest.raises(LibraryError, match="no backup"):
        open_library(old, migrations=future("ALTER TABLE file ADD COLUMN mood TEXT;"))
    assert seen
    assert seen[0] <= {f"old.passages.v{NEWEST}.backup.partial{end}" for end in ("", "-wal")}
    assert [path.name for path in tmp_path.iterdir() if ".backup" in path.name] == []


def test_a_new_library_takes_all_steps_and_needs_no_backup(tmp_path, future):
    connection = open_library(tmp_path / "new.passages", migrations=future("CREATE TABLE extra (x TEXT) STRICT;"))
    assert run_query(connection, Status()).schema_version == NEWEST + 1
    connection.close()
    assert [path.name for path in tmp_path.glob("*.backup*")] == []


def test_a_new_library_is_what_the_steps_make_one_after_the_other(tmp_path, open_at):
    schema = """
        SELECT type, name, tbl_name, sql FROM sqlite_schema
        WHERE type <> 'view' AND name NOT LIKE 'search_index%' AND tbl_name NOT LIKE 'search_index%'
        ORDER BY type, name
    """
    with closing(sqlite3.connect(":memory:")) as stepwise:
        add_functions_of_steps(stepwise)
        for step in load_migrations():
            stepwise.executescript(step.sql)
        made = stepwise.execute(schema).fetchall()
        tables = [name for kind, name, _, _ in made if kind == "table"]
        assert {name: stepwise.execute(f"SELECT COUNT(*) FROM {name}").fetchone() for name in tables} == dict.fromkeys(
            tables, (0,)
        )
    opened = open_at(tmp_path / "new.passages")
    assert opened.connection.execute(schema).fetchall() == made
    opened.close()


def test_a_gap_in_the_migrations_is_noticed(tmp_path):
    (tmp_path / "0002_later.sql").write_text("SELECT 1;")
    with pytest.raises(LibraryError, match="incomplete"):
        load_migrations(tmp_path)


def names_of(connection, table):
    return ", ".join(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))


def without_state(row):
    return tuple(value for value in row if value not in {"waiting", "linked", "text-only"})


RELEASED = sorted((Path(__file__).parents[1] / "released").glob("schema-*.passages.gz"))


@pytest.mark.parametrize("stored", RELEASED, ids=lambda path: path.name.partition(".")[0])
def test_a_stored_library_of_every_released_schema_keeps_its_content_and_takes_imports(tmp_path, stored, open_at, make):
    path = tmp_path / "released.passages"
    path.write_bytes(gzip.decompress(stored.read_bytes()))
    with closing(sqlite3.connect(path)) as plain:
        tables = [
            name
            for (name,) in plain.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            # Nothing has ever filled the table for flavors of then.
            if not name.startswith("search_index") and name != "passage_flavor"
        ]
        columns = {table: names_of(plain, table) for table in tables}
        # The run of a statement is now that of its document.
        if "evidence" in columns:
            columns["evidence"] = columns["evidence"].replace(", run_id", "")
        # The texts that are searched are now split into words.
        columns["file_tags"] = columns["file_tags"].replace("search_text", "words(search_text)")
        # What was decided without services is looked at again once they can be asked.
        columns["passage"] = columns["passage"].replace("link_retry_ns", "nullif(link_retry_ns, 1)")
        # No earlier program can read what is packed from now on; the search index may be made for the first time.
        columns["library"] = "guid, created_ns"
        add_words(plain)
        before = {table: plain.execute(f"SELECT {columns[table]} FROM {table}").fetchall() for table in tables}
    opened = open_at(path)
    for table, rows in before.items():
        if table == "passage":
            now = opened.connection.execute(f"SELECT {columns[table]} FROM {table}").fetchall()
            # What tags alone decided is decided again at once.
            assert all("waiting" in row or row == old for row, old in zip(now, rows, strict=True))
            assert [without_state(row) for row in now] == [without_state(row) for row in rows]
        elif table == "evidence":
            assert sorted(opened.connection.execute(f"SELECT {columns[table]} FROM {table}"), key=str) == sorted(
                rows, key=str
            )
        elif table == "run":
            # The settings of runs now lie in a table of their own.
            moved = columns[table].replace(
                "config_text", "(SELECT text FROM run_settings AS s WHERE s.id = settings_id)"
            )
            assert opened.connection.execute(f"SELECT {moved} FROM run").fetchall() == rows
        elif table != "before_image":
            assert opened.connection.execute(f"SELECT {columns[table]} FROM {table}").fetchall() == rows, table
    opened.check()
    assert opened.ask(Status()).schema_version == NEWEST
    assert opened.passages(b"/music/Records/Side A.flac")
    assert opened.ask(ListPassages(1, None, "a side reco"))
    opened.new_run()
    assert opened.write(make.store(opened.run)).rejected == ()
    opened.check()
    opened.close()
    found = check_library(path)
    # Some of what the stored libraries hold was made up for them.
    made_up = {"files whose level curve or waveform cannot be read", "passages that are linked, to nothing"}
    assert (found.wrong, {rule.what for rule in found.broken} - made_up) == ((), set())


def test_runs_of_schema_3_can_be_undone_after_a_column_has_changed_its_place(tmp_path, open_at):
    path = tmp_path / "released.passages"
    path.write_bytes(gzip.decompress((RELEASED[0].parent / "schema-3.passages.gz").read_bytes()))
    images = "SELECT c1, c2, c13, c14, c15, c20, c22 FROM before_image WHERE run_id = 2 AND of_table = 'passage'"
    with closing(sqlite3.connect(path)) as plain:
        found = plain.execute(images).fetchall()
    assert len(found) == 6
    opened = open_at(path)
    for run in (4, 2):
        undo_run(opened.connection, run, 1)
    columns = "id, guid, sample_peak, link_state, link_reason, retired_run, first_run"
    assert set(opened.connection.execute(f"SELECT {columns} FROM passage")) >= set(found)
    opened.check()
    opened.close()


EVIDENCE = "SELECT passage_id, source, kind, value, strength, position FROM evidence ORDER BY 1, 2, 3, 4"
UNDONE = (
    "DELETE FROM evidence WHERE run_id = ?",
    """
    INSERT OR REPLACE INTO evidence SELECT c1, c2, c3, c4, c5, c6, c7 FROM before_image
    WHERE run_id = ? AND of_table = 'evidence' ORDER BY seq DESC
    """,
)


def test_runs_that_changed_evidence_before_it_became_documents_can_be_undone(tmp_path, open_at):
    path = tmp_path / "released.passages"
    path.write_bytes(gzip.decompress((RELEASED[0].parent / "schema-7.passages.gz").read_bytes()))
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("BEGIN")
        contents = [plain.execute(EVIDENCE).fetchall()]
        for run in (6, 5):
            for statement in UNDONE:
                plain.execute(statement, (run,))
            contents.append(plain.execute(EVIDENCE).fetchall())
        plain.execute("ROLLBACK")
    assert len({len(content) for content in contents}) == 3
    opened = open_at(path)
    found = [opened.connection.execute(EVIDENCE).fetchall()]
    for run in (6, 5):
        undo_run(opened.connection, run, 1)
        found.append(opened.connection.execute(EVIDENCE).fetchall())
    assert found == contents
    assert opened.connection.execute("SELECT count(*) FROM before_image WHERE of_table = 'evidence'").fetchone() == (0,)
    opened.check()
    opened.close()


NAMED = ("artist", "work", "song", "album", "song_artist", "song_work", "album_artist", "work_artist")


@pytest.mark.slow
@pytest.mark.parametrize("stored", RELEASED, ids=lambda path: path.name.partition(".")[0])
def test_what_passages_state_after_an_update_is_what_was_shown(tmp_path, stored, open_at):
    path = tmp_path / "released.passages"
    path.write_bytes(gzip.decompress(stored.read_bytes()))
    opened = open_at(path)
    shown = {table: opened.connection.execute(f"SELECT * FROM {table}").fetchall() for table in NAMED}
    assert shown["song_artist"]
    for kind, of in (("song", "passage_song"), ("album", "passage_album")):
        opened.connection.execute(f"INSERT INTO temp.touched_{kind} SELECT DISTINCT {kind}_id FROM {of}")
    for kind in ("artist", "work"):
        opened.connection.execute(f"INSERT INTO temp.touched_{kind} SELECT DISTINCT {kind}_id FROM {kind}_statement")
    derive(opened.connection)
    assert {table: opened.connection.execute(f"SELECT * FROM {table}").fetchall() for table in NAMED} == shown
    opened.close()


def test_what_an_undo_puts_back_from_before_there_were_statements_is_decided_again(tmp_path, open_at):
    path = tmp_path / "released.passages"
    path.write_bytes(gzip.decompress((RELEASED[0].parent / "schema-7.passages.gz").read_bytes()))
    opened = open_at(path)
    back = {
        number
        for (number,) in opened.connection.execute("SELECT c1 FROM before_image WHERE of_table = 'passage_album'")
    }
    assert back
    for run in (6, 5):
        undo_run(opened.connection, run, 1)
    waiting = "SELECT id FROM passage WHERE link_state = 'waiting'"
    assert back & {number for (number,) in opened.connection.execute("SELECT passage_id FROM passage_album")} <= {
        number for (number,) in opened.connection.execute(waiting)
    }
    for table in ("passage_song", "passage_album"):
        assert opened.connection.execute(f"SELECT count(*) FROM {table} WHERE stated_at_ns = -1").fetchone() == (0,)
    opened.close()


def test_what_services_did_not_know_of_long_files_before_schema_14_is_decided_once_more(tmp_path, open_at):
    path = tmp_path / "released.passages"
    path.write_bytes(gzip.decompress((RELEASED[0].parent / "schema-13.passages.gz").read_bytes()))
    with closing(sqlite3.connect(path)) as plain, plain:
        long, short, known = (
            row
            for (row,) in plain.execute("SELECT min(id) FROM passage WHERE retired_ns IS NULL GROUP BY file_id LIMIT 3")
        )
        plain.execute("UPDATE passage SET link_retry_ns = NULL, link_attempts = 0")
        plain.execute("UPDATE passage SET link_retry_ns = 99 WHERE id IN (?, ?)", (long, short))
        length = "UPDATE file SET duration_ticks = ? * 28224000 WHERE id = (SELECT file_id FROM passage WHERE id = ?)"
        plain.executemany(length, ((120, long), (119, short), (120, known)))
    opened = open_at(path)
    retry = dict(opened.connection.execute("SELECT id, link_retry_ns FROM passage"))
    assert (retry[long], retry[short], retry[known]) == (1, 99, None)
    opened.close()


def test_every_schema_before_the_newest_has_its_stored_library():
    names = {path.name for path in RELEASED}
    assert names >= {f"schema-{version}.passages.gz" for version in range(1, NEWEST)}
