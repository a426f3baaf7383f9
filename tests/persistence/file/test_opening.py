import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading

import pytest

from passagework.domain.errors import LibraryBusyError, LibraryDamagedError, LibraryError, LibraryTooNewError
from passagework.persistence.file.migrations import load_migrations
from passagework.persistence.file.opening import PAGE_BYTES, open_library
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.read.dispatch import run_query
from passagework.persistence.read.queries import ShowFile, Status
from passagework.persistence.read.reader import LibraryReader

HOLD = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from passagework.persistence.file.opening import open_library
    from passagework.persistence.write.runs import open_run
    library = open_library(Path(sys.argv[1]))
    open_run(library, config_hash="from the child", config_text="", roots=(), now_ns=1)
    print("open", flush=True)
    sys.stdin.read()
    """
)


@pytest.fixture
def holder(tmp_path):
    """Another process that has the library open for writing, with a committed run in its log."""
    path = tmp_path / "held.passages"
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "open\n"
    yield child, path
    child.kill()
    child.communicate()


def test_a_new_library_is_made_with_its_folders(tmp_path):
    path = tmp_path / "new" / "folders" / "über %20?#.passages"
    open_library(path).close()
    with_content = open_readonly(path)
    assert run_query(with_content, Status()).schema_version == len(load_migrations())
    with_content.close()


@pytest.mark.parametrize(("mode", "expected"), [("full", 2), ("normal", 1)])
def test_the_promised_settings_are_in_force(tmp_path, mode, expected):
    connection = open_library(tmp_path / "a.passages", synchronous=mode)

    def pragma(name):
        return connection.execute(f"PRAGMA {name}").fetchone()[0]

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == expected
    assert pragma("foreign_keys") == 1
    assert pragma("application_id") == int.from_bytes(b"PWLB")
    assert 0 < pragma("busy_timeout") <= 1000
    tables = connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
    assert all(strict for name, strict in tables if not name.startswith("sqlite_"))
    connection.close()


def test_every_reference_that_queries_follow_has_an_index(library):
    unindexed = {
        (table, column)
        for (table,) in library.connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index%'"
        ).fetchall()
        for column, parent in library.connection.execute(
            'SELECT "from", "table" FROM pragma_foreign_key_list(?)', (table,)
        ).fetchall()
        # Settings are few, and deleted with the last run that had them.
        if parent not in {"run", "run_settings", "provenance"}
        and not library.connection.execute(
            """
            SELECT EXISTS (SELECT 1 FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i
                           WHERE i.seqno = 0 AND i.name = ?2)
                OR EXISTS (SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2 AND pk = 1)
            """,
            (table, column),
        ).fetchone()[0]
    }
    assert unindexed == set()


def refusal(path, kind=LibraryError):
    with pytest.raises(kind) as caught:
        open_library(path)
    return str(caught.value)


def test_a_folder_is_refused(tmp_path):
    assert "is a folder" in refusal(tmp_path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in refusal(tmp_path / "pipe")


def test_a_place_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    assert "cannot be" in refusal(tmp_path / "file" / "below.passages")


@pytest.mark.parametrize("open_it", [open_library, open_readonly])
def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path, open_it):
    path = tmp_path / "text.passages"
    path.write_bytes(b"not a database, " * 500)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    with pytest.raises(LibraryDamagedError, match="not a passage library"):
        open_it(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


@pytest.mark.parametrize("open_it", [open_library, open_readonly])
def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path, open_it):
    path = tmp_path / "other.sqlite"
    other = sqlite3.connect(path)
    other.executescript("CREATE TABLE things (x); INSERT INTO things VALUES (1)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(LibraryDamagedError, match="not a passage library"):
        open_it(path)
    assert path.read_bytes() == before


def test_a_damaged_library_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "a.passages"
    open_library(path).close()
    damaged = bytearray(path.read_bytes())
    damaged[100:PAGE_BYTES] = b"\xa5" * (PAGE_BYTES - 100)
    path.write_bytes(damaged)
    assert "damaged" in refusal(path, LibraryDamagedError)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("open_it", [open_library, open_readonly])
def test_a_library_of_a_newer_version_is_refused(tmp_path, open_it):
    path = tmp_path / "a.passages"
    connection = open_library(path)
    connection.execute("PRAGMA user_version = 99")
    connection.execute("UPDATE library SET oldest_reader = 99")
    connection.close()
    with pytest.raises(LibraryTooNewError, match="upgrade"):
        open_it(path)


def test_an_empty_file_becomes_a_library(tmp_path):
    path = tmp_path / "empty.passages"
    path.touch()
    open_library(path).close()
    open_readonly(path).close()


def test_a_second_writer_in_this_process_is_refused_until_the_first_closes(tmp_path):
    path = tmp_path / "a.passages"
    (tmp_path / "link.passages").symlink_to(path)
    first = open_library(path)
    assert "this process" in refusal(path, LibraryBusyError)
    assert "since" in refusal(tmp_path / "link.passages", LibraryBusyError)
    first.close()
    first.close()
    open_library(path).close()


@pytest.mark.slow
def test_a_second_writer_in_another_process_learns_who_holds_the_library(holder):
    child, path = holder
    message = refusal(path, LibraryBusyError)
    assert f"process {child.pid} on " in message
    assert "since 20" in message


@pytest.mark.slow
def test_the_death_of_the_writer_frees_the_library_and_keeps_what_was_committed(holder):
    child, path = holder
    child.send_signal(signal.SIGKILL)
    child.wait()
    reader = LibraryReader(path)
    assert reader.query(Status()).last_run.config_hash == "from the child"
    reader.close()
    writer = open_library(path)
    assert run_query(writer, Status()).last_run.config_hash == "from the child"
    writer.close()


def test_a_failed_opening_gives_the_lock_back(tmp_path):
    path = tmp_path / "a.passages"
    path.write_bytes(b"not a database, " * 500)
    refusal(path, LibraryDamagedError)
    path.unlink()
    open_library(path).close()


def test_a_missing_library_is_not_made_by_reading(tmp_path):
    with pytest.raises(LibraryError, match="there is no library"):
        open_readonly(tmp_path / "missing.passages")
    assert list(tmp_path.iterdir()) == []


def test_reading_a_library_that_nobody_writes_leaves_no_files_behind(tmp_path):
    path = tmp_path / "a.passages"
    open_library(path).close()
    before = sorted(tmp_path.iterdir())
    reader = LibraryReader(path)
    reader.query(Status())
    reader.close()
    assert sorted(tmp_path.iterdir()) == before


def test_a_library_without_any_permission_to_write_can_be_read(tmp_path):
    path = tmp_path / "a.passages"
    open_library(path).close()
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("this user may write everywhere")
        reader = LibraryReader(path)
        assert reader.query(Status()).schema_version == len(load_migrations())
        reader.close()
    finally:
        tmp_path.chmod(0o755)


def test_readers_see_committed_work_and_are_not_blocked_by_a_transaction(library, make):
    library.write(make.store(library.run))
    reader = LibraryReader(library.path)
    assert reader.query(ShowFile(b"/music/a.flac")) == library.file()
    library.connection.execute("BEGIN IMMEDIATE")
    library.connection.execute("DELETE FROM run_file")
    assert dict(reader.query(Status()).rows)["run_file"] == 1
    library.connection.execute("ROLLBACK")
    library.write(make.store(library.run, b"/music/b.flac"))
    assert dict(reader.query(Status()).rows)["run_file"] == 2
    reader.close()


def test_a_reader_may_be_asked_from_any_thread(library):
    reader = LibraryReader(library.path)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(reader.query(Status())))
    thread.start()
    thread.join()
    reader.close()
    assert answers[0] == library.ask(Status())


def test_a_reader_cannot_write(library):
    reader = open_readonly(library.path)
    with pytest.raises(sqlite3.OperationalError):
        reader.execute("DELETE FROM run")
    reader.close()


def test_a_library_whose_making_was_interrupted_is_said_to_be_empty_and_no_damage(tmp_path):
    path = tmp_path / "music.passages"
    unfinished = sqlite3.connect(path, isolation_level=None)
    unfinished.execute("PRAGMA journal_mode = wal")
    unfinished.close()
    with pytest.raises(LibraryError, match="empty so far") as caught:
        open_readonly(path)
    assert not isinstance(caught.value, LibraryDamagedError)
    open_library(path).close()
    open_readonly(path).close()
