"""One writer for each library, whatever name it is reached by, and whatever becomes of its lock file."""

import os
import sys

import pytest

from passagework.domain.errors import LibraryBusyError
from passagework.persistence.file.lock import LibraryLock
from passagework.persistence.file.opening import open_library

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such names")


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "a.passages"
    open_library(path).close()
    return path


def test_a_library_that_is_written_under_another_name_is_in_use(library, tmp_path):
    other = tmp_path / "elsewhere" / "b.passages"
    other.parent.mkdir()
    os.link(library, other)
    opened = open_library(library)
    with pytest.raises(LibraryBusyError, match="another name"):
        open_library(other)
    opened.close()
    open_library(other).close()


@pytest.mark.parametrize("is_new", [False, True])
def test_a_library_whose_lock_file_was_deleted_is_in_use(library, tmp_path, is_new):
    path = tmp_path / "new.passages" if is_new else library
    opened = open_library(path)
    path.with_name(path.name + ".lock").unlink()
    with pytest.raises(LibraryBusyError, match="lock file was deleted"):
        open_library(path)
    opened.close()
    open_library(path).close()


def test_a_refusal_leaves_the_lock_file_unlocked(library, tmp_path):
    other = tmp_path / "b.passages"
    os.link(library, other)
    held = LibraryLock.acquire(library)
    with pytest.raises(LibraryBusyError):
        LibraryLock.acquire(other)
    held.release()
    LibraryLock.acquire(other).release()


def test_a_copy_of_a_library_in_use_is_another_library(library, tmp_path):
    other = tmp_path / "b.passages"
    other.write_bytes(library.read_bytes())
    opened = open_library(library)
    open_library(other).close()
    opened.close()
