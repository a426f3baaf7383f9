"""Temporary files of a process that can open none later."""

import pytest

from passagework.audio import scratch


@pytest.fixture
def kept(monkeypatch):
    monkeypatch.setattr(scratch, "_kept", [])
    scratch.keep_scratch_files()
    files = list(scratch._kept)
    yield files
    for file in files:
        file.close()


def test_two_uses_at_a_time_have_a_file_each(kept):
    with scratch.scratch_file() as one, scratch.scratch_file() as other:
        one.write(b"one")
        other.write(b"other")
        one.seek(0)
        assert one.read() == b"one"


def test_a_file_is_empty_when_it_is_used_again(kept):
    for _ in range(2 * len(kept)):
        with scratch.scratch_file() as file:
            assert file in kept
            assert file.read() == b""
            file.write(b"left")
