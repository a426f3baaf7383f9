"""Temporary files of a process that can open none later."""

import pytest

from passagework.audio import scratch
from passagework.audio.fingerprint import pcm_spool
from passagework.audio.fingerprint.pcm_spool import PcmSpool
from passagework.audio.scratch import keep_scratch_files, scratch_file
from passagework.domain.spans import Span


@pytest.fixture(autouse=True)
def no_others(monkeypatch):
    kept = []
    monkeypatch.setattr(scratch, "_kept", kept)
    keep_scratch_files()

    def refuse():
        raise PermissionError

    monkeypatch.setattr(scratch, "TemporaryFile", refuse)
    yield
    for file in kept:
        file.close()


def test_what_is_used_at_once_has_files_of_its_own_and_they_are_empty_when_used_again():
    for _ in range(2):
        with scratch_file() as first, scratch_file() as second, scratch_file() as third:
            for file, content in ((first, b"one"), (second, b"two"), (third, b"three")):
                assert file.read() == b""
                file.write(content)
            for file, content in ((first, b"one"), (second, b"two"), (third, b"three")):
                file.seek(0)
                assert file.read() == content


def test_more_files_than_are_kept_cannot_be_had():
    with scratch_file(), scratch_file(), scratch_file(), scratch_file(), pytest.raises(PermissionError), scratch_file():
        pass
    with scratch_file():
        pass


def test_a_second_decode_does_not_write_among_the_pcm_of_the_first(monkeypatch):
    monkeypatch.setattr(pcm_spool, "_IN_MEMORY", 100)
    first, second = PcmSpool(), PcmSpool()
    first.add(b"\1\1" * 200)
    second.add(b"\2\2" * 200)
    span = Span(0, 200)
    assert set(first.passage(span, 11_025)) == {0x0101}
    assert set(second.passage(span, 11_025)) == {0x0202}
    first.close()
    second.close()


def test_without_a_folder_for_them_none_is_kept(monkeypatch):
    monkeypatch.setattr(scratch, "_kept", [])
    with pytest.raises(PermissionError):
        keep_scratch_files()
    assert scratch._kept == []
