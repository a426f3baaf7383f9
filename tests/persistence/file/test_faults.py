"""Real faults below SQLite, and COMMITs whose outcome nobody knows: told apart, nothing lost, nothing doubled."""

import gzip
import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from passagework.domain.errors import (
    LibraryDamagedError,
    LibraryError,
    LibraryUnavailableError,
    LibraryWalLostError,
    SideFileError,
    UnavailableKind,
)
from passagework.domain.views import RunState
from passagework.domain.writer_statistics import WriterStatistics
from passagework.persistence.file.checkpoint import checkpoint
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.opening import PAGE_BYTES
from passagework.persistence.read.queries import Runs
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.opening import open_writer

SCHEMA_1 = Path(__file__).parents[1] / "released" / "schema-1.passages.gz"
BUSY, IO, MOVED = UnavailableKind.BUSY, UnavailableKind.IO, UnavailableKind.MOVED


@contextmanager
def largest_file(size):
    """Let no file of this process grow beyond a size: a write fails with EFBIG, since Python ignores SIGXFSZ."""
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))


def refused(call, *arguments):
    with pytest.raises(LibraryUnavailableError) as caught:
        call(*arguments)
    return caught.value


def error_with(code):
    error = sqlite3.OperationalError("some text that says nothing")
    error.sqlite_errorcode = code
    error.sqlite_errorname = "SQLITE_SOMETHING"
    return error


def wal_of(library):
    return library.path.with_name(library.path.name + "-wal")


@pytest.mark.slow
def test_memory_that_is_exhausted_is_no_poison_and_costs_nothing(tmp_path):
    # The limit holds for the whole process, so it needs one of its own.
    script = """if True:
        import sys
        from pathlib import Path
        from passagework.domain.errors import LibraryUnavailableError
        from passagework.persistence.store import LibraryStore
        store = LibraryStore(Path(sys.argv[1]))
        used = store._connection.execute("PRAGMA hard_heap_limit = 3000000").fetchall()
        try:
            store.open_run("hash", "x" * 8_000_000, (b"/music",), 1)
        except LibraryUnavailableError as error:
            print(error.kind)
        store._connection.execute("SELECT count(*) FROM run").fetchone()
    """
    words = [sys.executable, "-c", script, str(tmp_path / "a.passages")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    assert (done.stdout, done.stderr) == ("out-of-memory\n", "")


# Real causes


def test_a_log_that_may_not_grow_is_an_error_of_the_disk_and_the_batch_goes_in_later(library, make):
    batch = [make.store(library.run, b"/music/%d.flac" % n) for n in range(20)]
    library.write(batch[0])
    before = library.content()
    with largest_file(wal_of(library).stat().st_size + 9_000):
        error = refused(library.write, *batch)
        assert error.kind is IO
        assert "limit" in str(error)
        assert not library.connection.in_transaction
        assert library.content() == before
    assert len(library.write(*batch).committed) == 20
    assert library.rows()["file"] == 20


@pytest.mark.slow
def test_a_library_that_may_not_grow_keeps_its_log_until_it_may(tmp_path, open_at, make):
    opened = open_at(tmp_path / "a.passages")
    opened.new_run()
    checkpoint(opened.connection)
    opened.write(
        *(make.store(opened.run, b"/music/%d.flac" % n, spans=[(m, m + 1) for m in range(30)]) for n in range(10))
    )
    before = opened.content()
    with largest_file(opened.path.stat().st_size + PAGE_BYTES):
        assert refused(checkpoint, opened.connection).kind is IO
        assert opened.content() == before
        opened.close()
    assert wal_of(opened).stat().st_size > 0
    opened.reopen()
    assert opened.content() == before
    opened.check()
    opened.close()
    assert not wal_of(opened).exists()


@pytest.mark.parametrize("size", [0, 512, 4_096, 20_000, 60_000, 120_000, 200_000])
def test_a_library_that_cannot_be_made_leaves_nothing_in_the_way_of_the_next_opening(tmp_path, open_at, size):
    path = tmp_path / "a.passages"
    with largest_file(size), pytest.raises(LibraryError):
        open_writer(path).close()
    opened = open_at(path)
    assert opened.new_run() == 1
    opened.check()
    opened.close()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.passages", "a.passages.lock"]


def test_a_backup_that_cannot_be_made_takes_no_room_and_no_step_is_begun(tmp_path):
    path = tmp_path / "a.passages"
    path.write_bytes(gzip.decompress(SCHEMA_1.read_bytes()))
    before = path.read_bytes()
    with largest_file(len(before) // 2), pytest.raises(LibraryError, match="no backup"):
        open_writer(path)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.backup*"))
    open_writer(path).close()
    assert path.with_name("a.passages.v1.backup").is_file()


def test_something_else_in_the_place_of_the_log_makes_it_impossible_to_open(tmp_path):
    path = tmp_path / "a.passages"
    open_writer(path).close()
    before = path.read_bytes()
    path.with_name("a.passages-wal").mkdir()
    with pytest.raises(SideFileError, match="not a regular file"):
        open_writer(path)
    assert path.read_bytes() == before
    path.with_name("a.passages-wal").rmdir()
    open_writer(path).close()


def test_a_library_that_another_program_locks_can_be_opened_and_is_written_later(tmp_path, make, open_at):
    path = tmp_path / "a.passages"
    open_writer(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    opened = open_at(path)
    assert refused(opened.new_run).kind is BUSY
    other.execute("ROLLBACK")
    other.close()
    assert opened.new_run() == 1
    opened.close()


def test_a_backup_put_in_the_place_of_an_open_library_gets_nothing_of_its_log(tmp_path, open_at, make):
    opened = open_at(tmp_path / "a.passages")
    opened.new_run()
    checkpoint(opened.connection)
    backup, former = tmp_path / "backup", tmp_path / "former.passages"
    subprocess.run(["cp", opened.path, backup], check=True)
    copied = backup.read_bytes()
    opened.write(*(make.store(opened.run, b"/music/%d.flac" % n) for n in range(5)))
    os.link(opened.path, former)
    backup.replace(opened.path)
    assert refused(opened.write, make.store(opened.run)).kind is MOVED
    opened.close()
    assert opened.path.read_bytes() == copied
    assert wal_of(opened).stat().st_size == 0
    for path, files in ((opened.path, 0), (former, 5)):
        again = open_at(path)
        assert again.rows()["file"] == files
        again.check()
        again.close()


def test_a_log_that_is_taken_away_costs_the_connection_and_nothing_else(tmp_path, open_at, make):
    opened = open_at(tmp_path / "a.passages")
    opened.new_run()
    opened.write(make.store(opened.run))
    wal_of(opened).unlink()
    with pytest.raises(LibraryWalLostError, match="was deleted"):
        opened.write(make.store(opened.run, b"/music/b.flac"))
    opened.reopen()
    assert opened.rows()["file"] == 1
    opened.write(make.store(opened.run, b"/music/b.flac"))
    opened.check()
    opened.close()


def test_pages_that_were_overwritten_under_an_open_library_are_damage_at_the_next_opening(tmp_path, open_at, make):
    opened = open_at(tmp_path / "a.passages")
    opened.new_run()
    opened.write(*(make.store(opened.run, b"/music/%d.flac" % n) for n in range(40)))
    checkpoint(opened.connection)
    size = opened.path.stat().st_size - PAGE_BYTES
    overwrite = f"import os; os.pwrite(os.open({str(opened.path)!r}, os.O_WRONLY), b'\\xff' * {size}, {PAGE_BYTES})"
    subprocess.run([sys.executable, "-c", overwrite], check=True)
    with pytest.raises(LibraryDamagedError, match="left as it is"):
        opened.reopen()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.passages", "a.passages.lock"]


# A COMMIT whose outcome nobody knows


@pytest.fixture
def uncertain(monkeypatch):
    """Give a function that makes the next COMMITs fail although they commit, as a lost answer of a disk would."""
    left = [0]

    def execute(connection, sql, *arguments):
        cursor = sqlite3.Connection.execute(connection, sql, *arguments)
        if sql == "COMMIT" and left[0]:
            left[0] -= 1
            raise error_with(sqlite3.SQLITE_IOERR_FSYNC)
        return cursor

    monkeypatch.setattr(LibraryConnection, "execute", execute)

    def fail(times):
        left[0] = times

    return fail


def every_row(connection):
    # The search index itself cannot be read; its tables can.
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables if name != "search_index"}
    # That something was written again is counted.
    columns = [name for _, name, *_ in connection.execute("PRAGMA table_info(library)") if name != "changes"]
    return rows | {"library": connection.execute(f"SELECT {', '.join(columns)} FROM library").fetchall()}


def test_a_batch_that_was_committed_after_all_changes_no_row_when_it_comes_again(library, make, uncertain):
    batch = [
        make.begin(library.run, b"/music/a.flac"),
        make.store(library.run, b"/music/a.flac", spans=[(0, 9), (9, 20)]),
        make.fail(library.run, b"/music/b.flac"),
        make.store(library.run, b"/music/c.flac", samples=2**70),
    ]
    uncertain(1)
    assert refused(library.write, *batch).kind is IO
    content, guids, rows = library.content(), library.guids(), every_row(library.connection)
    again = library.write(*batch)
    assert [index for index, _ in again.rejected] == [3]
    assert (library.content(), library.guids()) == (content, guids)
    assert every_row(library.connection) == rows


def test_a_run_whose_opening_was_committed_after_all_is_opened_once(tmp_path, uncertain):
    store = LibraryStore(tmp_path / "a.passages")
    arguments = ("hash", "{}", (b"/music", b"/more"), 1)
    uncertain(2)
    for _ in range(2):
        assert refused(store.open_run, *arguments).kind is IO
    assert store.open_run(*arguments) == 1
    (run,) = store.query(Runs(10))
    assert (run.state, run.roots) == (RunState.RUNNING, (b"/music", b"/more"))
    assert store.open_run(*arguments) == 2
    assert [run.state for run in store.query(Runs(10))] == [RunState.RUNNING, RunState.CRASHED]
    store.close()


def test_a_run_whose_closing_was_committed_after_all_keeps_its_first_end(tmp_path, uncertain):
    store = LibraryStore(tmp_path / "a.passages")
    run = store.open_run("hash", "{}", (b"/music",), 1)
    uncertain(1)
    closing = (run, RunState.COMPLETED, 5, 4)
    assert refused(store.close_run, *closing, 1_000, WriterStatistics()).kind is IO
    first = store.query(Runs(10))
    store.close_run(*closing, 2_000, WriterStatistics())
    assert store.query(Runs(10)) == first
    store.close()


def test_a_library_whose_making_was_committed_after_all_is_one_library(tmp_path, uncertain, open_at):
    uncertain(1)
    assert refused(open_writer, tmp_path / "a.passages").kind is IO
    opened = open_at(tmp_path / "a.passages")
    assert opened.new_run() == 1
    opened.check()
    opened.close()
