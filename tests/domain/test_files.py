import os
from dataclasses import asdict

import pytest

from passagework.domain.files import FileStamp, display_path, storable_time


def test_a_stamp_has_each_value_of_the_status_in_its_place():
    status = os.stat_result((0, 11, 12, 0, 0, 0, 13, 0, 14, 0), {"st_mtime_ns": 15, "st_ctime_ns": 16})
    assert asdict(FileStamp.of(status)) == {"size": 13, "mtime_ns": 15, "device": 12, "inode": 11, "ctime_ns": 16}


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (FileStamp(1, 2, 3, 4), True),
        (FileStamp(1, 2, 5, 6), True),
        (FileStamp(9, 2, 3, 4), False),
        (FileStamp(1, 9, 3, 4), False),
    ],
)
def test_a_file_is_unchanged_while_size_and_time_are(other, same):
    assert FileStamp(1, 2, 3, 4).same_content_as(other) is same


@pytest.mark.parametrize(
    ("now", "is_suspicious"),
    [
        (FileStamp(1, 2, 3, 4, 5), False),
        (FileStamp(1, 2, 9, 4, 5), False),  # the machine was started again
        (FileStamp(1, 2, 3, 9, 5), True),
        (FileStamp(1, 2, 3, 4, 9), True),
    ],
)
def test_another_inode_or_another_time_of_it_is_suspicious_and_another_device_is_not(now, is_suspicious):
    assert FileStamp(1, 2, 3, 4, 5).is_suspicious(now) is is_suspicious


def test_an_unknown_time_of_the_inode_raises_no_suspicion():
    assert not FileStamp(1, 2, 3, 4).is_suspicious(FileStamp(1, 2, 3, 4, 9))
    assert FileStamp(1, 2, 3, 4).is_suspicious(FileStamp(1, 2, 3, 8, 9))


@pytest.mark.parametrize("time_ns", [0, -1, 5, 2**63 - 1, -(2**63) + 1])
def test_a_time_that_the_library_can_keep_stays_as_it_is(time_ns):
    assert storable_time(time_ns) == time_ns


@pytest.mark.parametrize("time_ns", [2**63, 15_000_000_000_000_000_001, -(2**63), -(2**63) - 7, 2**80])
def test_a_time_beyond_is_kept_as_one_near_the_end_and_another_one_as_another(time_ns):
    kept = storable_time(time_ns)
    assert 2**63 - 2**51 < kept < 2**63
    assert storable_time(time_ns + 1) != kept
    status = os.stat_result((0, 11, 12, 0, 0, 0, 13, 0, 14, 0), {"st_mtime_ns": time_ns, "st_ctime_ns": time_ns + 1})
    stamp = FileStamp.of(status)
    assert (stamp.mtime_ns, stamp.ctime_ns) == (kept, storable_time(time_ns + 1))


def test_a_path_that_is_not_utf_8_shows_its_bytes():
    assert display_path("/m/Ä".encode() + b"\xff") == "/m/Ä\\xff"


S = 1_000_000_000


@pytest.mark.parametrize(
    ("mtime_ns", "may_hide_a_write"),
    [
        (100 * S + 1, True),  # while it was read
        (200 * S + 1, True),
        (201 * S, True),  # in the last moment
        (100 * S - 1, True),  # before, in the same tick of the clock
        (100 * S - 500_000_001, False),  # before
        (200 * S + S + 1, False),  # later: a time that somebody set
        (99 * S, True),  # before, where times are whole or even seconds
        (98 * S, True),
        (97 * S, False),
    ],
)
def test_a_stamp_that_a_later_write_may_not_change_is_stored_so_that_it_matches_no_file(mtime_ns, may_hide_a_write):
    stamp = FileStamp(1, mtime_ns, 3, 4)
    stored = stamp.to_store(100 * S, 200 * S + S)
    assert stored == FileStamp(1, mtime_ns - may_hide_a_write, 3, 4)
    assert stored.same_content_as(stamp) is not may_hide_a_write
