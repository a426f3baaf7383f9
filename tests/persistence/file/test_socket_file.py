"""The socket beside a library: who may use it, and what is left alone."""

import os
import socket
import stat
from contextlib import closing

import pytest

from passagework.domain.errors import SideFileError
from passagework.persistence.file.side_files import SOCKET, beside, is_beside
from passagework.persistence.file.socket_file import connect_beside, listen_beside

AT_ONCE = 5.0


def meet(library):
    """Connect to a library's socket, and tell whether a byte arrives."""
    with closing(connect_beside(library, AT_ONCE)) as one:
        one.sendall(b"x")
        return True


@pytest.fixture
def library(tmp_path):
    return tmp_path / "music.passages"


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777])
def test_its_mode_is_600_whatever_the_mask_is(library, mask):
    before = os.umask(mask)
    try:
        bound = listen_beside(library)
    finally:
        os.umask(before)
    assert stat.S_IMODE(beside(library, SOCKET).stat().st_mode) == 0o600
    bound.remove()
    assert not beside(library, SOCKET).exists()


@pytest.mark.parametrize("name", ["a.passages", "n" * 240 + ".pas"])
def test_a_long_path_and_a_long_name_are_no_obstacle(tmp_path, name):
    folder = tmp_path / ("d" * 120) / ("e" * 120)
    folder.mkdir(parents=True)
    bound = listen_beside(folder / name)
    assert meet(folder / name)
    assert os.listdir(folder) == [name + SOCKET]
    bound.remove()
    assert os.listdir(folder) == []


def test_one_that_a_killed_process_left_is_replaced(library):
    left = listen_beside(library)
    left.listener.close()
    with pytest.raises(ConnectionRefusedError):
        connect_beside(library, AT_ONCE)
    bound = listen_beside(library)
    assert meet(library)
    bound.remove()


def test_one_that_another_process_has_made_meanwhile_is_not_deleted(library):
    first = listen_beside(library)
    second = listen_beside(library)
    first.remove()
    assert meet(library)
    second.remove()


def link(path):
    path.symlink_to("diary")


@pytest.mark.parametrize("make", [lambda path: path.write_text("diary"), link, os.mkfifo, os.mkdir])
def test_something_else_with_its_name_is_left_as_it_is(library, make):
    path = beside(library, SOCKET)
    make(path)
    before = path.lstat()
    with pytest.raises(SideFileError, match="left as it is"):
        listen_beside(library)
    with pytest.raises(OSError, match=r"refused|Protocol|loop|Permission"):
        connect_beside(library, AT_ONCE)
    assert path.lstat() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_one_of_another_user_is_left_as_it_is(library, monkeypatch):
    bound = listen_beside(library)
    os.chown(beside(library, SOCKET), 12_345, 12_345)
    with pytest.raises(SideFileError):
        listen_beside(library)
    bound.remove()


def test_it_is_a_side_file_and_no_music(library):
    assert is_beside(beside(library, SOCKET), library)


def test_no_descriptor_is_left_where_no_socket_can_be_made(library, monkeypatch):
    before = os.listdir("/proc/self/fd")

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(PermissionError):
        listen_beside(library)
    assert os.listdir("/proc/self/fd") == before
