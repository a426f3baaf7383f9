"""Files that are not ours, under names that belong beside a library: recognised, refused, and left as they are."""

import gzip
import os
import shutil
import sqlite3
import stat
import struct
from contextlib import closing
from pathlib import Path

import pytest

from passagework.domain.errors import (
    ForeignLogError,
    LibraryDamagedError,
    LibraryError,
    LibraryMarkedError,
    SideFileError,
)
from passagework.persistence.file.before_opening import judge
from passagework.persistence.file.damage_mark import leave_mark
from passagework.persistence.file.full_check import check_library
from passagework.persistence.file.opening import open_library
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.write.opening import open_writer
from tests.support.damage import PAGE, fingerprints

SCHEMA_1 = Path(__file__).parents[1] / "released" / "schema-1.passages.gz"
SHM_VERSION = struct.pack("=I", 3_007_000)
POEM = b"A rose is a rose is a rose.\n" * 300


@pytest.fixture
def path(tmp_path, empty_library):
    """The path of a library in a folder of its own, which has never been opened there."""
    folder = tmp_path / "q"
    folder.mkdir()
    shutil.copyfile(empty_library, folder / "poetry")
    return folder / "poetry"


def refused(path, *kinds, open_it=open_writer):
    before = fingerprints(path.parent)
    with pytest.raises(kinds) as caught:
        open_it(path).close()
    after = fingerprints(path.parent)
    assert {name: after.get(name) for name in before} == before
    assert after.keys() <= before.keys()
    return str(caught.value)


@pytest.mark.parametrize("open_it", [open_writer, open_readonly])
def test_the_log_of_another_program_is_never_copied_over_a_library(tmp_path, path, open_it):
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("CREATE TABLE things (x)")
        connection.execute("INSERT INTO things VALUES (1)")
        shutil.copyfile(f"{other}-wal", f"{path}-wal")
    assert "not the log of the library" in refused(path, ForeignLogError, open_it=open_it)


def test_the_log_of_another_library_is_never_copied_over_a_library(tmp_path, path, open_at, make):
    other = open_at(tmp_path / "other.passages")
    for number in range(5):
        other.reopen()
        other.new_run()
        other.write(make.store(other.run, b"/music/%d.flac" % number, audio=bytes(20_000)))
    shutil.copyfile(f"{other.path}-wal", f"{path}-wal")
    other.close()
    refused(path, ForeignLogError)


@pytest.mark.parametrize("open_it", [open_writer, open_readonly])
def test_the_journal_of_another_program_is_never_rolled_back_into_a_library(tmp_path, path, open_it):
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE things (x)")
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO things VALUES (zeroblob(200000))")
        shutil.copyfile(f"{other}-journal", f"{path}-journal")
    refused(path, ForeignLogError, open_it=open_it)


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal", ".lock", ".damaged"])
def test_a_poem_under_the_name_of_a_side_file_is_refused_and_stays(path, ending):
    path.with_name(path.name + ending).write_bytes(POEM)
    assert f"poetry{ending}" in refused(path, SideFileError)


def test_a_new_library_whose_making_stopped_at_its_first_page_is_begun_again(tmp_path):
    """Cut off behind the sync of the library, before the journal is deleted: its first page is there, and blank."""
    path = tmp_path / "new.passages"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
    journal = struct.pack(">8s5I", bytes.fromhex("d9d505f920a163d7"), 0, 7, 0, 512, 4096).ljust(512, b"\0")
    path.with_name("new.passages-journal").write_bytes(journal)
    assert path.stat().st_size == 4096
    open_writer(path).close()
    open_library(path).close()


@pytest.mark.parametrize("earlier", [b"", bytes(3), bytes(8192), SHM_VERSION[:3], SHM_VERSION + bytes(4092)])
@pytest.mark.parametrize("later", [b"", bytes(3), bytes(8192), SHM_VERSION + bytes(8188)])
@pytest.mark.parametrize("behind", [1, 2])
def test_shared_memory_that_a_reader_makes_or_cuts_between_two_looks_is_known(
    path, monkeypatch, earlier, later, behind
):
    shm = path.with_name(path.name + "-shm")
    shm.write_bytes(earlier)
    looks: list[str] = []

    def then_changed(name, look):
        def changed(*arguments):
            looked = look(*arguments)
            looks.append(name)
            if len(looks) == behind:
                shm.write_bytes(later)
            return looked

        return changed

    monkeypatch.setattr(os, "fstat", then_changed("size", os.fstat))
    monkeypatch.setattr(os, "pread", then_changed("content", os.pread))
    judge(path, synced=True, was_library=lambda: None)
    assert {"size", "content"} <= set(looks)


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal", ".lock", ".damaged"])
@pytest.mark.parametrize("exists", [True, False])
def test_no_link_under_the_name_of_a_side_file_is_followed(tmp_path, path, ending, exists):
    target = tmp_path / "target"
    if exists:
        target.write_bytes(POEM)
    path.with_name(path.name + ending).symlink_to(target)
    refused(path, SideFileError)
    assert (target.read_bytes() == POEM) if exists else not target.exists()


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal", ".lock", ".damaged"])
def test_a_pipe_under_the_name_of_a_side_file_is_refused_and_not_waited_for(path, ending):
    os.mkfifo(path.with_name(path.name + ending))
    refused(path, SideFileError)


def test_a_poem_under_the_name_of_a_backup_is_refused_and_no_migration_is_begun(path):
    path.write_bytes(gzip.decompress(SCHEMA_1.read_bytes()))
    for ending in (".v1.backup", ".v1.backup.partial"):
        in_the_way = path.with_name(path.name + ending)
        in_the_way.write_bytes(POEM)
        assert "no backup" in refused(path, SideFileError)
        in_the_way.unlink()
    open_writer(path).close()


def test_a_copy_that_was_not_finished_gives_way_to_a_new_one(path):
    path.write_bytes(gzip.decompress(SCHEMA_1.read_bytes()))
    partial = path.with_name("poetry.v1.backup.partial")
    partial.write_bytes(bytes(8192))
    open_writer(path).close()
    assert not partial.exists()
    assert check_library(path.with_name("poetry.v1.backup")).damage == ()


@pytest.mark.parametrize(("mode", "of_others"), [(0o600, 0o600), (0o640, 0o640), (0o750, 0o640)])
def test_lock_backup_and_mark_have_the_mode_of_the_library_and_are_no_programs(path, mode, of_others):
    path.write_bytes(gzip.decompress(SCHEMA_1.read_bytes()))
    path.chmod(mode)
    open_writer(path).close()
    leave_mark(path, "for this test")
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    assert modes.pop("poetry") == mode
    assert modes == dict.fromkeys(["poetry.lock", "poetry.v1.backup", "poetry.damaged"], of_others)


@pytest.mark.parametrize(
    "content", [b"", bytes(4096), b'{"pid": 12, "ho', b'{"pid": 12, "host": "x", "since": "then"}']
)
def test_what_a_crash_leaves_of_a_lock_file_is_ours(path, content):
    path.with_name("poetry.lock").write_bytes(content)
    open_writer(path).close()


@pytest.mark.parametrize("content", [b'{"pid": 12}', b'["pid"]', b"#!/bin/sh\n", b'{"pid": ' + b"9" * 5000])
def test_what_only_looks_like_a_lock_file_is_refused(path, content):
    path.with_name("poetry.lock").write_bytes(content)
    refused(path, SideFileError)


# Libraries that are taken for new ones, and are not


def emptied(path):
    os.truncate(path, 0)


def unversioned(path):
    with path.open("r+b") as file:
        file.write(file.read(0))
        file.seek(60)
        file.write(bytes(12))
        file.truncate(PAGE)
        file.seek(28)
        file.write((1).to_bytes(4))
        file.seek(100)
        file.write(b"\x0d" + bytes(4) + b"\x10" + bytes(3990))


@pytest.mark.parametrize("wipe", [emptied, unversioned])
@pytest.mark.parametrize("proof", ["lock", "backup"])
def test_a_library_that_became_empty_is_not_taken_for_a_new_one(path, wipe, proof):
    if proof == "lock":
        open_writer(path).close()
    else:
        shutil.copyfile(path, path.with_name("poetry.v5.backup"))
    wipe(path)
    assert "damaged" in refused(path, LibraryDamagedError)
    with pytest.raises(LibraryDamagedError):
        open_readonly(path)


def test_an_empty_library_beside_a_log_with_content_is_damaged_and_the_log_stays(path, make, open_at, tmp_path):
    opened = open_at(path)
    opened.new_run()
    kept = tmp_path / "kept-wal"
    shutil.copyfile(f"{path}-wal", kept)
    opened.close()
    shutil.copyfile(kept, f"{path}-wal")
    emptied(path)
    assert "its log" in refused(path, LibraryDamagedError)
    path.unlink()
    assert "its log" in refused(path, LibraryDamagedError)


def test_a_deleted_library_may_begin_anew(path):
    open_writer(path).close()
    path.unlink()
    open_writer(path).close()


# The mark


def test_a_mark_stops_writers_and_no_readers_until_the_library_is_found_whole(path):
    open_writer(path).close()
    leave_mark(path, "a page could not be read")
    message = refused(path, LibraryMarkedError)
    assert "a page could not be read" in message
    assert "passagework check" in message
    open_readonly(path).close()
    found = check_library(path)
    assert (found.damage, found.mark_removed, found.is_marked) == ((), True, False)
    open_writer(path).close()


def test_a_mark_that_a_person_deletes_is_gone(path):
    leave_mark(path, "some reason")
    path.with_name("poetry.damaged").unlink()
    open_writer(path).close()


def test_the_mark_of_a_full_disk_counts_without_its_text(path):
    path.with_name("poetry.damaged").touch()
    refused(path, LibraryMarkedError)
    assert check_library(path).mark_removed


def test_a_poem_in_the_place_of_the_mark_is_not_removed_by_a_check(path):
    path.with_name("poetry.damaged").write_bytes(POEM)
    with pytest.raises(SideFileError):
        check_library(path)
    assert path.with_name("poetry.damaged").read_bytes() == POEM


def test_damage_that_a_reader_notices_stops_the_writer_at_its_next_transaction(tmp_path, open_at, make):
    opened = open_at(tmp_path / "music.passages")
    opened.new_run()
    leave_mark(opened.path, "seen by a reader")
    with pytest.raises(LibraryMarkedError):
        opened.write(make.store(opened.run))
    before = fingerprints(tmp_path)
    opened.close()
    assert fingerprints(tmp_path) == before


def test_no_mark_is_left_beside_the_database_of_another_program(tmp_path):
    path = tmp_path / "poetry"
    with closing(sqlite3.connect(path)) as other:
        other.executescript("CREATE TABLE things (x); INSERT INTO things VALUES (zeroblob(50000))")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(4096))
    for open_it in (open_library, open_readonly, check_library):
        with pytest.raises(LibraryError):
            open_it(path)
    assert not path.with_name("poetry.damaged").exists()
