from pathlib import Path

import pytest

from passagework.domain.errors import LibraryError
from passagework.persistence.file.network_mount import network_file_system
from passagework.persistence.file.opening import open_library

MOUNTS = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 22 0:44 / /net/music rw,relatime - nfs4 server:/music rw
32 31 254:1 / /net/music/local rw - xfs /dev/vdb rw
33 22 0:45 / /media/my\040share rw shared:7 master:1 - cifs //box/share rw
""".lstrip()


@pytest.fixture
def mounts(tmp_path):
    path = tmp_path / "mountinfo"
    path.write_text(MOUNTS)
    return path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/a.passages", None),
        ("/net/music/a.passages", "nfs4"),
        ("/net/music/local/a.passages", None),
        ("/net/musical/a.passages", None),
        ("/media/my share/new/folder/a.passages", "cifs"),
    ],
)
def test_the_innermost_mount_decides(mounts, path, expected):
    assert network_file_system(Path(path), mounts) == expected


def test_a_system_that_tells_no_mounts_is_taken_for_local(tmp_path):
    assert network_file_system(tmp_path, tmp_path / "missing") is None


def test_a_library_on_a_network_file_system_is_refused_before_anything_is_made(tmp_path, mounts, monkeypatch):
    mounts.write_text(MOUNTS.replace("/net/music/local", str(tmp_path)).replace("xfs", "nfs"))
    monkeypatch.setattr("passagework.persistence.file.network_mount.MOUNTS", mounts)
    with pytest.raises(LibraryError, match="local disk"):
        open_library(tmp_path / "new" / "a.passages")
    assert not (tmp_path / "new").exists()
