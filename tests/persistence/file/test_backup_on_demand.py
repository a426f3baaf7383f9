"""A backup: one state of a library that is written, whole, durable, and never in the place of anything else."""

import fcntl
import gzip
import itertools
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from passagework.domain.backups import BackupStage
from passagework.domain.errors import (
    LibraryError,
    LibraryMarkedError,
    LibraryNeedsSpaceError,
    LibraryUnavailableError,
    OutputFileError,
    SideFileError,
)
from passagework.persistence.file.backup_on_demand import back_up_library
from passagework.persistence.file.damage_mark import is_marked, leave_mark
from passagework.persistence.file.full_check import check_library
from tests.support.damage import OF_THE_FILE, Victim

RELEASED = Path(__file__).parents[1] / "released"


@pytest.fixture(scope="module")
def filled(tmp_path_factory, open_at, make):
    """A library of some pages, closed."""
    opened = open_at(tmp_path_factory.mktemp("filled") / "music.passages", "normal")
    opened.new_run()
    opened.write(*(make.store(opened.run, b"/music/%d.flac" % number) for number in range(20)))
    opened.close()
    return opened.path


@pytest.fixture
def path(filled, tmp_path):
    path = tmp_path / "music.passages"
    shutil.copyfile(filled, path)
    return path


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "monday"


def files_in(path):
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        return connection.execute("SELECT count(*) FROM file").fetchone()[0]


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_is_whole_has_the_permissions_of_the_library_and_is_one_file(path, target):
    path.chmod(0o640)
    before = path.read_bytes()
    made = back_up_library(path, target)
    assert (made.path, made.size) == (target, target.stat().st_size)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert list(target.parent.iterdir()) == [target]
    assert check_library(target).is_whole
    assert path.read_bytes() == before


def test_it_has_one_state_of_a_library_that_is_written_meanwhile(path, target, open_at, make):
    opened = open_at(path)
    opened.new_run()
    opened.write(make.store(opened.run, b"/music/before.flac"))
    stages = []

    def written_meanwhile(progress):
        stages.append((progress.stage, progress.done <= progress.total))
        opened.write(make.store(opened.run, b"/music/meanwhile %d.flac" % len(stages)))

    back_up_library(path, target, heard=written_meanwhile)
    assert stages == [(BackupStage.COPY, True), (BackupStage.CHECK, True)]
    opened.check()
    opened.close()
    assert (files_in(target), files_in(path)) == (21, 23)


def test_it_is_of_the_state_at_its_beginning_however_many_pieces_it_is_copied_in(
    path, target, open_at, make, monkeypatch
):
    monkeypatch.setattr("passagework.persistence.file.durable_copy._PAGES_AT_ONCE", 3)
    opened = open_at(path)
    opened.new_run()
    meanwhile = iter(range(5))

    def write_some(_progress):
        for number in itertools.islice(meanwhile, 1):
            opened.write(make.store(opened.run, b"/music/meanwhile %d.flac" % number))

    back_up_library(path, target, heard=write_some)
    opened.close()
    assert (list(meanwhile), files_in(target), files_in(path)) == ([], 20, 25)


def test_it_is_synced_before_it_has_its_name_and_so_is_the_name(path, target, monkeypatch):
    done = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda file: done.append(os.fstat(file).st_ino) or fsync(file))
    monkeypatch.setattr(Path, "replace", lambda one, other: done.append("renamed") or replace(one, other))
    back_up_library(path, target)
    assert done[-3:] == [target.stat().st_ino, "renamed", target.parent.stat().st_ino]


def test_what_is_there_is_replaced_only_if_asked_and_only_if_it_is_a_backup(path, target, tmp_path):
    back_up_library(path, target)
    first = target.read_bytes()
    with pytest.raises(OutputFileError, match="exists; --force"):
        back_up_library(path, target)
    assert target.read_bytes() == first
    back_up_library(path, target, replace=True)
    song = tmp_path / "song.flac"
    song.write_bytes(b"fLaC and so on")
    with pytest.raises(OutputFileError, match="is no backup of a library"):
        back_up_library(path, song, replace=True)
    assert song.read_bytes() == b"fLaC and so on"


def test_a_link_leads_to_the_file_that_is_replaced(path, target):
    target.write_bytes(b"")
    link = target.with_name("link")
    link.symlink_to(target)
    assert back_up_library(path, link, replace=True).path == target
    assert link.is_symlink()


@pytest.mark.parametrize("name", ["", "-wal", "-journal", ".lock", ".damaged", ".v9.backup", ".compact"])
def test_the_library_and_its_side_files_are_no_targets(path, name):
    with pytest.raises(OutputFileError, match="belongs to the library itself"):
        back_up_library(path, path.with_name(path.name + name), replace=True)
    assert check_library(path).is_whole


def test_another_name_of_the_library_is_no_target(path, target):
    target.hardlink_to(path)
    with pytest.raises(OutputFileError, match="belongs to the library itself"):
        back_up_library(path, target, replace=True)


def test_a_database_in_use_is_no_target(path, target, open_at):
    shutil.copyfile(path, target)
    other = open_at(target)
    with pytest.raises(OutputFileError, match="name another file"):
        back_up_library(path, target, replace=True)
    for ending in ("-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    with pytest.raises(OutputFileError, match="is a library that is being written"):
        back_up_library(path, target, replace=True)
    other.close()


@pytest.mark.parametrize("make_it", [os.mkdir, os.mkfifo])
def test_what_is_no_file_is_no_target(path, target, make_it):
    make_it(target)
    with pytest.raises(OutputFileError, match="is not a regular file"):
        back_up_library(path, target, replace=True)


def test_a_folder_that_is_not_there_is_named(path, tmp_path):
    with pytest.raises(OutputFileError, match="gone/monday cannot be written: No such file"):
        back_up_library(path, tmp_path / "gone" / "monday")


def test_a_disk_without_room_is_noticed_before_anything_is_written(path, target, monkeypatch):
    monkeypatch.setattr("passagework.persistence.file.disk_space.free_bytes", lambda _folder: 999)
    with pytest.raises(LibraryNeedsSpaceError, match=f"needs {path.stat().st_size} bytes"):
        back_up_library(path, target)
    assert content(target.parent) == {}


def test_a_damaged_library_takes_no_place_of_a_backup(path, target):
    back_up_library(path, target)
    before = content(target.parent)
    OF_THE_FILE["page of index file_folder zeroed"](Victim(path))
    with pytest.raises(LibraryError, match=r"no backup of .* was made: the copy is not whole"):
        back_up_library(path, target, replace=True)
    assert not is_marked(path)
    leave_mark(path, "a test")
    with pytest.raises(LibraryMarkedError):
        back_up_library(path, target, replace=True)
    assert content(target.parent) == before


@pytest.mark.parametrize("stage", BackupStage)
def test_an_interruption_leaves_what_was_there(path, target, stage):
    back_up_library(path, target)
    before = content(target.parent)

    def interrupted(progress):
        if progress.stage is stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up_library(path, target, replace=True, heard=interrupted)
    assert content(target.parent) == before


def test_what_a_killed_backup_left_is_used_and_a_file_of_somebody_else_is_not(path, target):
    partial = target.with_name("monday.partial")
    partial.write_bytes(path.read_bytes() * 2)
    back_up_library(path, target)
    assert check_library(target).is_whole
    partial.write_bytes(b"shopping list" * 99)
    with pytest.raises(SideFileError, match=r"monday\.partial is not a copy of a library"):
        back_up_library(path, target, replace=True)
    assert partial.read_bytes() == b"shopping list" * 99


def test_two_at_once_do_not_get_in_each_others_way(path, target):
    def second(_progress):
        with pytest.raises(LibraryUnavailableError, match="another backup writes"):
            back_up_library(path, target)

    back_up_library(path, target, heard=second)
    assert check_library(target).is_whole


def test_a_partial_copy_that_another_backup_has_given_its_name_is_not_written(path, target, monkeypatch):
    locked = []

    def lock_later(descriptor, how):
        if not locked:
            target.with_name(f"{target.name}.partial").rename(target)
        locked.append(os.fstat(descriptor).st_ino)
        lock(descriptor, how)

    lock = fcntl.flock
    monkeypatch.setattr("passagework.persistence.file.backup_on_demand.fcntl.flock", lock_later)
    with pytest.raises(OutputFileError, match="exists"):
        back_up_library(path, target)
    assert len(set(locked)) == 2
    assert target.stat().st_size == 0


def test_a_target_that_is_made_meanwhile_is_not_replaced(path, target):
    with pytest.raises(OutputFileError, match="exists"):
        back_up_library(path, target, heard=lambda _progress: target.write_bytes(b"mine"))
    assert content(target.parent) == {"monday": b"mine"}


def test_a_library_of_an_older_schema_is_backed_up_as_it_is(tmp_path, target):
    old = tmp_path / "old.passages"
    old.write_bytes(gzip.decompress((RELEASED / "schema-8.passages.gz").read_bytes()))
    back_up_library(old, target)
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (8,)
