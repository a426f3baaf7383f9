"""A copy of a library takes a name only when the disk has it: a power failure then finds the one or the other."""

import gzip
import os
from pathlib import Path

import pytest

from passagework.persistence.file.compact import compact_library
from passagework.persistence.file.opening import open_library

RELEASED = Path(__file__).parents[1] / "released"
MODE = 0o666
"""More than most users let new files have."""


@pytest.fixture
def done(monkeypatch):
    """Collect what is synced and what is renamed, by inode, and the folders that are synced, by name."""
    done = []
    fsync, replace = os.fsync, Path.replace

    def noted_sync(descriptor):
        fsync(descriptor)
        done.append(("synced", os.fstat(descriptor).st_ino))

    def noted_replace(path, target):
        done.append(("renamed", path.stat().st_ino))
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    return done


def in_order(done, path):
    file, folder = path.stat().st_ino, path.parent.stat().st_ino
    renamed = done.index(("renamed", file))
    return ("synced", file) in done[:renamed] and ("synced", folder) in done[renamed:]


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "music.passages"
    path.write_bytes(gzip.decompress((RELEASED / "schema-8.passages.gz").read_bytes()))
    path.chmod(MODE)
    return path


def test_a_backup(old, done):
    open_library(old).close()
    backup = old.with_name("music.passages.v8.backup")
    assert in_order(done, backup)
    assert backup.stat().st_mode & 0o777 == MODE


def test_a_library_that_was_compacted(old, done):
    connection = open_library(old)
    connection.execute("CREATE TABLE large (value)")
    connection.execute("INSERT INTO large VALUES (zeroblob(2000000))")
    connection.execute("DROP TABLE large")
    connection.close()
    compact_library(old, synchronous="normal", replicated=False)
    assert in_order(done, old)
    assert old.stat().st_mode & 0o777 == MODE
