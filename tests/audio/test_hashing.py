"""The hash of a file that a demuxer reads in its own order."""

import hashlib
import os
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.audio.measure import hashing
from passagework.audio.measure.hashing import HashingFile

CONTENT = bytes(range(256)) * 40

reads = st.lists(st.tuples(st.integers(0, len(CONTENT)), st.integers(1, 3_000)), max_size=12)


@contextmanager
def hashing_file(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield HashingFile(descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("hashing") / "content"
    path.write_bytes(CONTENT)
    return path


def plain_hash(content):
    return hashlib.blake2b(content, digest_size=32).digest()


@given(reads, st.sampled_from([0, 1_000, 2**24]))
def test_the_hash_is_that_of_the_file_in_whatever_order_it_is_read(path, reads, short_skip):
    with pytest.MonkeyPatch.context() as patch, hashing_file(path) as file:
        patch.setattr(hashing, "_SHORT_SKIP", short_skip)
        for offset, count in reads:
            file.seek(offset)
            assert file.read(count) == CONTENT[offset : offset + count]
        assert file.digest() == plain_hash(CONTENT)


def test_bytes_are_read_once_when_the_demuxer_reads_in_order(path, monkeypatch):
    calls = []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda *arguments: calls.append(arguments[1:]) or pread(*arguments))
    with hashing_file(path) as file:
        while file.read(4_000):
            pass
        file.digest()
    assert sum(min(count, max(0, len(CONTENT) - offset)) for count, offset in calls) == len(CONTENT)


def test_the_end_is_read_once_more_only_when_the_demuxer_started_there(path, monkeypatch):
    monkeypatch.setattr(hashing, "_SHORT_SKIP", 0)
    with hashing_file(path) as file:
        file.seek(-100, os.SEEK_END)
        assert file.read(1_000) == CONTENT[-100:]
        file.seek(0)
        file.read(len(CONTENT) - 100)
        assert file.digest() == plain_hash(CONTENT)


def test_seeking_follows_the_rules_of_files(path):
    with hashing_file(path) as file:
        assert file.seek(10) == 10
        assert file.seek(5, os.SEEK_CUR) == 15
        assert file.seek(-1, os.SEEK_END) == len(CONTENT) - 1
        assert file.tell() == len(CONTENT) - 1
        with pytest.raises(ValueError, match="cannot seek"):
            file.seek(-1)


def test_peeking_moves_nothing_and_counts_from_the_end_where_negative(path):
    with hashing_file(path) as file:
        file.seek(7)
        assert file.peek(3, 4) == CONTENT[3:7]
        assert file.peek(-5, 99) == CONTENT[-5:]
        assert file.peek(-10 * len(CONTENT), 4) == CONTENT[:4]
        assert file.tell() == 7


def test_an_error_of_the_disk_is_kept_for_those_who_swallow_it(path, monkeypatch):
    def fail(*_arguments):
        raise OSError(5, "Input/output error")

    with hashing_file(path) as file:
        file.raise_error()
        monkeypatch.setattr(os, "pread", fail)
        with pytest.raises(OSError, match="Input/output"):
            file.read(1)
        with pytest.raises(OSError, match="Input/output"):
            file.raise_error()
