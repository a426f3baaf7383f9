"""Files that are written wait until their size and mtime rest."""

import pytest

from passagework.domain.scan_scope import RestRule, UnfinishedFile
from passagework.watching.rests import MOST_FILES, Rests, look_at

SECOND = 1_000_000_000


class Disk:
    def __init__(self):
        self.files = {}

    def __call__(self, path):
        return self.files.get(path)


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def rests(disk):
    return Rests(10.0, disk)


def test_a_file_that_grows_waits_and_its_folder_has_changed_when_it_rests(rests, disk):
    disk.files[b"/m/a.flac"] = (1, 100)
    assert rests.written(b"/m/a.flac", 0.0)
    assert rests.next_look == 10.0
    disk.files[b"/m/a.flac"] = (2, 200)
    assert rests.look(10.0) == []
    assert rests.next_look == 20.0
    # It was written after the last look: not yet at rest.
    disk.files[b"/m/a.flac"] = (2, 300)
    assert rests.look(20.0) == []
    assert rests.look(30.0) == [b"/m"]
    assert rests.next_look is None
    rule = rests.rule(1_000 * SECOND, 10.0)
    assert rule == RestRule(990 * SECOND, {b"/m/a.flac": (2, 300)})
    assert rests.rule(2_000 * SECOND, 10.0).rested == {}


def test_another_event_without_a_change_does_not_begin_the_wait_again(rests, disk):
    disk.files[b"/m/a.flac"] = (1, 100)
    rests.written(b"/m/a.flac", 0.0)
    rests.written(b"/m/a.flac", 5.0)
    rests.hold(UnfinishedFile(b"/m/a.flac", 1, 100), 9.0)
    assert rests.look(10.0) == [b"/m"]


def test_a_file_that_is_gone_waits_no_more(rests, disk):
    disk.files[b"/a.flac"] = (1, 100)
    rests.written(b"/a.flac", 0.0)
    disk.files.clear()
    assert rests.look(10.0) == [b"/"]
    assert rests.rule(0, 10.0).rested == {}
    assert not rests.written(b"/a.flac", 20.0)
    assert rests.next_look is None


def test_a_file_that_was_moved_in_is_complete_until_it_is_written(rests, disk):
    disk.files[b"/m/a.flac"] = (1, 100)
    rests.written(b"/m/a.flac", 0.0)
    rests.moved_in(b"/m/a.flac")
    assert rests.look(10.0) == []
    rests.moved_in(b"/m/b.flac")
    rests.hold(UnfinishedFile(b"/m/b.flac", 3, 300), 11.0)
    assert rests.rule(0, 10.0).rested == {b"/m/a.flac": None}


def test_no_more_files_wait_than_memory_is_for(rests, disk):
    for number in range(MOST_FILES):
        assert rests.hold(UnfinishedFile(b"/m/%d" % number, 1, 1), 0.0)
    assert not rests.hold(UnfinishedFile(b"/m/more", 1, 1), 0.0)
    assert rests.hold(UnfinishedFile(b"/m/0", 2, 2), 0.0)


def test_a_file_is_complete_by_its_age_or_because_it_was_seen_to_rest():
    rule = RestRule(100, {b"/m/rested": (5, 150), b"/m/moved": None})
    assert not rule.holds_back(b"/m/old", 1, 99)
    assert rule.holds_back(b"/m/young", 1, 100)
    assert not rule.holds_back(b"/m/rested", 5, 150)
    assert rule.holds_back(b"/m/rested", 6, 150)
    assert rule.holds_back(b"/m/rested", 5, 151)
    assert not rule.holds_back(b"/m/moved", 7, 170)


def test_a_file_is_looked_at_by_its_size_and_mtime(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"123")
    assert look_at(bytes(file)) == (3, file.stat().st_mtime_ns)
    assert look_at(bytes(tmp_path / "b")) is None
