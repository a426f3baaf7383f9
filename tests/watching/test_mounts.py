"""Which folders are polled, from the mount table of the kernel."""

import pytest

from passagework.watching.mounts import MountTable, is_polled, mounted_below, polled_places

TABLE = """\
1 0 8:1 / / rw - ext4 /dev/root rw
2 1 0:2 / {root}/nas rw - nfs4 server:/x rw
3 1 0:3 / {root}/music/remote\\040one rw - fuse.sshfs server:/y rw
4 1 8:2 / {root}/music/disk rw - xfs /dev/sdb rw
5 1 8:3 / {root}/music2 rw - ext4 /dev/sdc rw
"""


@pytest.fixture
def mounts(tmp_path):
    for name in ("nas/a", "music"):
        (tmp_path / name).mkdir(parents=True)
    table = tmp_path / "mounts"
    table.write_text(TABLE.format(root=tmp_path))
    return table


def test_roots_on_servers_and_mount_points_of_servers_below_roots_are_polled(tmp_path, mounts):
    (tmp_path / "link").symlink_to("music")
    roots = [bytes(tmp_path / name) for name in ("nas/a", "music", "link", "music2")]
    assert polled_places(roots, mounts) == {
        bytes(tmp_path / "nas" / "a"): "nfs4",
        bytes(tmp_path / "music" / "remote one"): "fuse.sshfs",
        bytes(tmp_path / "link" / "remote one"): "fuse.sshfs",
    }


def test_mount_points_below_a_root_are_found_under_its_name(tmp_path, mounts):
    assert mounted_below([bytes(tmp_path / "music")], mounts) == [
        bytes(tmp_path / "music" / "remote one"),
        bytes(tmp_path / "music" / "disk"),
    ]
    assert mounted_below([bytes(tmp_path / "music")], tmp_path / "missing") == []


@pytest.mark.parametrize("kind", ["nfs", "cifs", "fuse", "fuse.mergerfs", "9p", "virtiofs"])
def test_what_other_machines_and_programs_change_is_polled(kind):
    assert is_polled(kind)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "fuseblk", "tmpfs", "overlay"])
def test_what_only_this_kernel_changes_is_not(kind):
    assert not is_polled(kind)


def test_the_mount_table_can_be_waited_for_and_is_closed_once():
    table = MountTable()
    assert table.fileno() is not None
    table.close()
    assert table.fileno() is None
    table.close()
