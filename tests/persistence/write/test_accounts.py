"""The accounts of the writer: kept with their run, and told to other processes while it works."""

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from passagework.domain.spread import Spread
from passagework.domain.views import RunState
from passagework.domain.writer_statistics import WriterStatistics
from passagework.persistence.file.checkpoint import checkpoint, checkpoint_passive, wal_bytes
from passagework.persistence.file.lock import NOTE_BYTES, find_writer
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.read.queries import Runs
from passagework.persistence.rows.json_texts import decode_accounts, encode_accounts
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.opening import open_writer
from passagework.persistence.write.runs import close_run

ACCOUNTS = WriterStatistics(
    transactions=3,
    messages=120,
    rows=900,
    retries=(("disk-full", 2),),
    waits=Spread(120, 12.5, 0.1, 0.25, 0.5),
    wal_held_by="process 1 (cat)",
)


def test_accounts_survive_being_written_down():
    assert decode_accounts(encode_accounts(ACCOUNTS)) == ACCOUNTS


def test_the_write_ahead_log_is_stored_under_the_names_that_libraries_know():
    statistics = WriterStatistics(wal_bytes=3, wal_bytes_largest=5, wal_held_by="process 1 (cat)")
    stored = json.loads(encode_accounts(statistics))
    assert {name: stored[name] for name in stored if name.startswith(("log", "wal"))} == {
        "log_bytes": 3,
        "log_bytes_largest": 5,
        "log_held_by": "process 1 (cat)",
    }
    assert decode_accounts(json.dumps(stored)) == statistics


@pytest.mark.parametrize("text", [None, "", "[]", "{}", "nonsense", '{"retries": 7}', '{"retries": [], "mood": 1}'])
def test_accounts_of_another_version_are_no_accounts(text):
    assert decode_accounts(text) is None


def test_a_closed_run_that_changed_anything_keeps_its_accounts(library, make):
    library.write(make.fail(1))
    close_run(library.connection, 1, RunState.COMPLETED, files_seen=1, files_unchanged=0, now_ns=5, accounts=ACCOUNTS)
    assert library.ask(Runs(1))[0].accounts == ACCOUNTS
    library.new_run()
    close_run(library.connection, 2, RunState.COMPLETED, files_seen=1, files_unchanged=1, now_ns=9, accounts=ACCOUNTS)
    assert library.ask(Runs(1))[0].accounts is None


def test_every_transaction_is_accounted_for_whatever_it_is_for(library, make):
    library.connection.take_holds()
    library.write(make.store(library.run))
    library.write(make.store(library.run, b"/music/b.flac", samples=2**70))
    library.new_run()
    library.close_run(RunState.COMPLETED)
    holds = library.connection.take_holds()
    assert len(holds) == 4
    assert all(hold > 0 for hold in holds)
    assert library.connection.take_holds() == []


def test_other_processes_are_told_who_writes_and_how_it_goes(tmp_path):
    path = tmp_path / "music.passages"
    assert find_writer(path) is None
    store = LibraryStore(path)
    assert find_writer(path).accounts is None
    told = store.announce(ACCOUNTS)
    assert find_writer(path) == told
    assert f"this process on {os.uname().nodename} since " in told.holder
    store.announce(replace(ACCOUNTS, unavailable="the disk is full " * 300))
    assert find_writer(path).accounts is None
    store.close()
    assert find_writer(path) is None


def test_the_note_beside_the_lock_needs_no_more_room_than_at_the_beginning(tmp_path):
    store = LibraryStore(tmp_path / "music.passages")
    note = tmp_path / "music.passages.lock"
    assert note.stat().st_size == NOTE_BYTES
    store.announce(ACCOUNTS)
    assert note.stat().st_size == NOTE_BYTES
    store.close()


def fill(library, make):
    for number in range(40):
        library.write(make.store(library.run, b"/music/%d.flac" % number))


def test_a_log_that_nobody_reads_begins_anew_and_does_not_grow(library, make):
    fill(library, make)
    first = checkpoint_passive(library.connection)
    assert first.held_by is None
    fill(library, make)
    assert checkpoint_passive(library.connection) == first


def test_the_log_says_who_keeps_it_from_being_emptied(library, make):
    fill(library, make)
    with closing(open_readonly(library.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM file").fetchall()
        library.write(make.store(library.run, b"/music/later.flac"))
        assert checkpoint_passive(library.connection).held_by == "this process"
    assert checkpoint_passive(library.connection).held_by is None


def test_the_log_of_a_replicated_library_is_left_to_the_replicator(tmp_path, open_at, make):
    path = tmp_path / "music.passages"
    open_writer(path).close()
    replicator = sqlite3.connect(path, isolation_level=None)
    replicator.execute("SELECT count(*) FROM file").fetchall()
    opened = open_at(path)
    opened.close()
    opened.connection = open_writer(path, replicated=True)
    opened.new_run()
    fill(opened, make)
    before = wal_bytes(opened.connection)
    assert "replicator" in checkpoint_passive(opened.connection).held_by
    checkpoint(opened.connection)
    opened.close()
    assert path.with_name(path.name + "-wal").stat().st_size == before > 0
    busy, pages, moved = replicator.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert (busy, pages) == (0, moved)
    replicator.close()
