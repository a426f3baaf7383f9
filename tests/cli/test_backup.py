"""``passagework backup``: what it says, and how a backup is restored, as docs/durability.md says."""

import shutil

import pytest

from passagework.domain.backups import BackupProgress, BackupStage
from passagework.domain.errors import LibraryMarkedError, OutputFileError
from tests.support.damage import OF_THE_FILE, Victim


@pytest.fixture
def library(small_library, tmp_path):
    path = tmp_path / "music.passages"
    shutil.copyfile(small_library.path, path)
    return path


def test_a_backup_is_made_and_not_replaced_without_force(run, library, tmp_path):
    target = tmp_path / "monday"
    said = run("backup", target, "--library", library).output
    size = target.stat().st_size
    assert said == f"{size} bytes ({size / 1e6:.1f} MB) copied to {target}\n"
    refused = run("backup", target, "--library", library, expect=1).exception
    assert isinstance(refused, OutputFileError)
    run("backup", target, "--force", "--library", library)


def test_a_damaged_library_is_restored_from_its_backup(run, library, small_library, tmp_path):
    backup, passage = tmp_path / "monday", small_library.music / "One.flac"
    run("set", passage, "title=kept", "--library", library)
    before = run("list", "--json", "--library", library).output
    run("backup", backup, "--library", library)
    run("set", passage, "title=lost", "--library", library)
    OF_THE_FILE["page of index file_folder zeroed"](Victim(library))
    run("check", "--library", library, expect=3)
    assert isinstance(run("set", passage, "title=no", "--library", library, expect=1).exception, LibraryMarkedError)

    for ending in ("-wal", "-shm"):
        library.with_name(library.name + ending).unlink(missing_ok=True)
    shutil.copy(backup, library)
    assert "its mark was removed" in run("check", "--library", library).output
    assert run("list", "--json", "--library", library).output == before
    run("set", passage, "title=again", "--library", library)


def test_how_far_a_large_one_is_is_said_now_and_then(run, library, tmp_path, monkeypatch):
    times = iter(range(0, 99, 3))
    monkeypatch.setattr("passagework.cli.commands.backup.monotonic", lambda: next(times))

    def made(_library, _target, *, heard, **_more):
        heard(BackupProgress(BackupStage.COPY, 250, 1000))
        heard(BackupProgress(BackupStage.CHECK, 0, 0))
        raise OutputFileError("enough")

    monkeypatch.setattr("passagework.persistence.file.backup_on_demand.back_up_library", made)
    assert run("backup", tmp_path / "x", "--library", library, expect=1).output.splitlines()[:2] == [
        "  copying, 25 %",
        "  reading the copy",
    ]
