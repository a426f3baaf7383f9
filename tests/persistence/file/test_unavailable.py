"""A library that takes no writes is an error that says why; the batch stays with the caller and goes in later."""

import sqlite3
import subprocess
import sys

import pytest

from passagework.domain.errors import LibraryDamagedError, LibraryMarkedError, LibraryUnavailableError, UnavailableKind
from passagework.persistence.file.checkpoint import checkpoint
from passagework.persistence.file.opening import PAGE_BYTES
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.write.opening import open_writer
from passagework.persistence.write.runs import open_run


def refused(library, *writes):
    with pytest.raises(LibraryUnavailableError) as caught:
        library.write(*writes)
    assert not library.connection.in_transaction
    return caught.value


@pytest.fixture
def batch(library, make):
    return [make.store(library.run, b"/music/%d.flac" % n, audio=bytes(200_000)) for n in range(3)]


def test_a_writer_of_another_kind_makes_it_busy(library, batch):
    other = sqlite3.connect(library.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    error = refused(library, *batch)
    assert error.kind is UnavailableKind.BUSY
    assert str(library.path) in str(error)
    other.execute("ROLLBACK")
    other.close()
    assert len(library.write(*batch).committed) == 3


def test_a_full_disk_loses_and_doubles_nothing(library, batch):
    library.write(batch[0])
    before = library.content()
    pages = library.connection.execute("PRAGMA page_count").fetchone()[0]
    library.connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    assert refused(library, *batch).kind is UnavailableKind.FULL
    assert library.content() == before
    library.connection.execute("PRAGMA max_page_count = 1000000")
    assert len(library.write(*batch).committed) == 3
    assert library.rows()["file"] == 3


def test_a_full_disk_during_replay_rejects_nobody(library, batch, make):
    pages = library.connection.execute("PRAGMA page_count").fetchone()[0]
    library.connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    poison = make.store(library.run, b"/music/poison.flac", samples=2**70)
    assert refused(library, poison, *batch).kind is UnavailableKind.FULL
    library.connection.execute("PRAGMA max_page_count = 1000000")
    assert library.rows()["rejection"] == 0
    assert [index for index, _ in library.write(poison, *batch).rejected] == [0]


def test_a_read_only_library_says_so(library, batch):
    library.connection.execute("PRAGMA query_only = 1")
    assert refused(library, *batch).kind is UnavailableKind.READ_ONLY
    library.connection.execute("PRAGMA query_only = 0")
    assert len(library.write(*batch).committed) == 3


def test_a_library_that_was_replaced_under_the_writer_takes_nothing(tmp_path, open_at, make):
    opened = open_at(tmp_path / "a.passages")
    opened.new_run()
    checkpoint(opened.connection)
    opened.path.rename(tmp_path / "moved.passages")
    open_writer(tmp_path / "b.passages").close()
    (tmp_path / "b.passages").rename(opened.path)
    assert refused(opened, make.store(opened.run)).kind is UnavailableKind.MOVED
    opened.path.unlink()
    assert refused(opened, make.store(opened.run)).kind is UnavailableKind.MOVED
    (tmp_path / "moved.passages").rename(opened.path)
    assert opened.write(make.store(opened.run)).rejected == ()
    opened.close()


def test_damage_found_while_writing_stops_the_writer(tmp_path, open_at, make):
    opened = open_at(tmp_path / "a.passages")
    opened.new_run()
    query = "SELECT rootpage FROM sqlite_schema WHERE name = 'file_tags'"
    place = PAGE_BYTES * (opened.connection.execute(query).fetchone()[0] - 1)
    checkpoint(opened.connection)
    overwrite = f"import os; os.pwrite(os.open({str(opened.path)!r}, os.O_WRONLY), b'\\xff' * {PAGE_BYTES}, {place})"
    subprocess.run([sys.executable, "-c", overwrite], check=True)
    opened.connection.execute("PRAGMA shrink_memory")
    said = []
    for _ in range(2):
        with pytest.raises(LibraryDamagedError, match="damaged") as caught:
            opened.write(make.store(opened.run))
        said.append((caught.type, str(caught.value)))
    # The mark is this connection's own, so the second refusal names the damage, too.
    assert said == [(LibraryDamagedError, said[0][1])] * 2
    before = opened.path.read_bytes()
    opened.close()
    assert opened.path.read_bytes() == before
    with pytest.raises(LibraryMarkedError):
        open_at(opened.path)


def test_a_run_is_opened_when_the_library_takes_writes_again(library):
    library.connection.execute("PRAGMA query_only = 1")
    with pytest.raises(LibraryUnavailableError):
        library.new_run()
    library.connection.execute("PRAGMA query_only = 0")
    assert library.new_run() == 2


def test_a_checkpoint_empties_the_log(library, batch):
    library.write(*batch)
    log = library.path.with_name(library.path.name + "-wal")
    assert log.stat().st_size > 0
    checkpoint(library.connection)
    assert log.stat().st_size == 0


def test_a_checkpoint_that_a_reader_holds_up_is_reported(library, batch, monkeypatch):
    monkeypatch.setattr("passagework.persistence.file.checkpoint.PATIENCE_MS", 10)
    reader = open_readonly(library.path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM file").fetchone()
    library.write(*batch)
    with pytest.raises(LibraryUnavailableError) as caught:
        checkpoint(library.connection)
    assert caught.value.kind is UnavailableKind.LOG_IN_USE
    assert "this process" in str(caught.value)
    reader.close()
    checkpoint(library.connection)


def test_a_run_can_be_opened_on_a_library_of_its_own(tmp_path):
    connections = [open_writer(tmp_path / name) for name in ("a.passages", "b.passages")]
    for connection in connections:
        assert open_run(connection, config_hash="", config_text="", roots=(), now_ns=1) == 1
        connection.close()
