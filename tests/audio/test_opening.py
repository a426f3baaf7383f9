"""What is opened, and what the operating system's refusals are called."""

import os
import socket

import pytest

from passagework.audio.decoding.opening import handed_in, opened, refusals
from passagework.audio.decoding.refusal import RefusedError
from passagework.domain.failures import FailureCode
from passagework.domain.files import FileStamp


def refusal_of(path):
    with pytest.raises(RefusedError) as refused, opened(os.fsencode(path)):
        pass
    return refused.value.failure.code


def test_a_file_that_is_not_there_has_vanished(tmp_path):
    assert refusal_of(tmp_path / "gone.mp3") is FailureCode.VANISHED
    (tmp_path / "file").write_bytes(b"x")
    assert refusal_of(tmp_path / "file" / "below.mp3") is FailureCode.VANISHED


def test_an_empty_file_is_said_to_be_empty(tmp_path):
    (tmp_path / "empty.mp3").touch()
    assert refusal_of(tmp_path / "empty.mp3") is FailureCode.EMPTY_FILE


def bind_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, bind_socket])
def test_what_is_not_a_regular_file_is_never_opened(tmp_path, monkeypatch, make):
    monkeypatch.chdir(tmp_path)
    make("odd.mp3")
    monkeypatch.setattr(os, "open", lambda *_arguments: pytest.fail("opened"))
    assert refusal_of(tmp_path / "odd.mp3") is FailureCode.NOT_REGULAR


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_takes_the_place_of_a_file_just_before_it_is_opened_is_neither_read_nor_waited_for(
    tmp_path, monkeypatch, make
):
    path, examine = tmp_path / "a.mp3", os.stat
    path.write_bytes(b"x")

    def swap(name, **options):
        examined = examine(name, **options)
        if name == os.fsencode(path):
            path.unlink()
            make(path)
        return examined

    monkeypatch.setattr(os, "stat", swap)
    assert refusal_of(path) is FailureCode.NOT_REGULAR


def test_a_file_that_was_handed_in_is_closed_after_its_job_and_never_opened(tmp_path, monkeypatch):
    path = tmp_path / "a.mp3"
    path.write_bytes(b"x")
    descriptor = os.open(path, os.O_RDONLY)
    monkeypatch.setattr(os, "open", lambda *_arguments: pytest.fail("opened"))
    with handed_in(os.fsencode(path), descriptor, FileStamp.of(path.stat())), opened(os.fsencode(path)) as file:
        assert file.descriptor == descriptor
        assert os.pread(descriptor, 9, 0) == b"x"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_denied(tmp_path):
    (tmp_path / "secret.mp3").write_bytes(b"x")
    (tmp_path / "secret.mp3").chmod(0)
    assert refusal_of(tmp_path / "secret.mp3") is FailureCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermissionError(13, "Permission denied"), FailureCode.PERMISSION_DENIED),
        (OSError(5, "Input/output error"), FailureCode.READ_ERROR),
        (OSError("no number"), FailureCode.READ_ERROR),
    ],
)
def test_errors_of_the_operating_system_become_codes(error, code):
    with pytest.raises(RefusedError) as refused, refusals():
        raise error
    assert refused.value.failure.code is code


def test_a_file_left_alone_is_unchanged(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(b"x")
    with opened(os.fsencode(path)) as file:
        file.check_unchanged()


def test_writing_to_the_file_is_noticed(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(b"x")
    with opened(os.fsencode(path)) as file:
        path.write_bytes(b"xy")
        with pytest.raises(RefusedError) as refused:
            file.check_unchanged()
    assert refused.value.failure.code is FailureCode.CHANGED


def test_a_file_of_the_same_size_and_time_in_its_place_is_noticed(tmp_path):
    path, other = tmp_path / "a.mp3", tmp_path / "b.mp3"
    path.write_bytes(b"x")
    other.write_bytes(b"y")
    status = path.stat()
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    with opened(os.fsencode(path)) as file:
        other.replace(path)
        with pytest.raises(RefusedError) as refused:
            file.check_unchanged()
    assert refused.value.failure.code is FailureCode.CHANGED


def test_removing_the_file_is_noticed(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(b"x")
    with opened(os.fsencode(path)) as file:
        path.unlink()
        with pytest.raises(RefusedError) as refused:
            file.check_unchanged()
    assert refused.value.failure.code is FailureCode.VANISHED
