"""Whether inode numbers are of use where a file is, root by root."""

import os

import pytest

from passagework.actors.scanner.numbers import FEWEST, FileNumbers, Numbers
from passagework.domain.progress import ScanProblem, ScanProblemCode

LIBRARY_KEEPS_SIGNED = 1 << 64


@pytest.fixture
def make_root(tmp_path):
    """Give a function that makes a folder with files, and gives them as the walk lists them."""

    def make(name):
        (root := tmp_path / name).mkdir()
        files = [root / f"{number}.mp3" for number in range(FEWEST)]
        for file in files:
            file.touch()
        return os.fsencode(root), [listed(file) for file in files]

    return make


def listed(path):
    status = path.stat()
    numbers = status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino, status.st_ctime_ns
    return (os.fsencode(path), *numbers, None)


def with_inodes(files, inode_is):
    return [(*file[:4], inode_is(file[4]), *file[5:]) for file in files]


def test_an_inode_that_is_kept_as_a_signed_number_is_the_same(make_root, tmp_path):
    root, files = make_root("music")
    known = with_inodes(files, lambda inode: inode - LIBRARY_KEEPS_SIGNED)
    assert FileNumbers((root,), lambda _root: known, tmp_path / "no table").of(files[0]) is Numbers.STABLE


def test_a_root_within_another_is_judged_by_its_own_files_and_this_is_said_once(make_root, tmp_path):
    outer, of_outer = make_root("music")
    inner, of_inner = make_root("music/disk")
    known = {outer: of_outer, inner: with_inodes(of_inner, lambda inode: inode + 1)}
    for roots in ((outer, inner), (inner, outer)):
        numbers = FileNumbers(roots, known.__getitem__, tmp_path / "no table")
        found = [numbers.of(file) for file in (*of_outer[:2], *of_inner[:2])]
        assert found == [Numbers.STABLE, Numbers.STABLE, Numbers.RENUMBERED, Numbers.RENUMBERED]
        assert [said.path for said in numbers.take_said()] == [inner]


def test_file_systems_that_make_numbers_up_are_told_by_their_type_and_this_is_said_of_the_root(make_root, tmp_path):
    root, files = make_root("music")
    device = files[0][3]
    table = tmp_path / "mounts"
    for kind, found in (("fuse.mergerfs", Numbers.UNSTABLE), ("vfat", Numbers.UNSTABLE), ("ext4", Numbers.STABLE)):
        place = f"{os.major(device)}:{os.minor(device)}"
        table.write_text(f"22 1 {place} / {tmp_path} rw,relatime - {kind} /dev/disk rw\n")
        numbers = FileNumbers((root,), lambda _root: files, table)
        assert numbers.of(files[0]) is found
        detail = f"file systems of type {kind} make them up"
        expected = [] if found is Numbers.STABLE else [ScanProblem(ScanProblemCode.INODES_NOT_USED, root, detail)]
        assert numbers.take_said() == expected
