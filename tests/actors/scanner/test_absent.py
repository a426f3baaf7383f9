import os
import shutil

import pytest

from passagework.actors.scanner import absent
from passagework.actors.scanner.absent import Fate, FoldersSeen, Judged, Look
from passagework.domain.progress import ScanProblemCode


@pytest.fixture
def music(tmp_path):
    root = tmp_path / "music"
    for name in ("local/a.mp3", "disk/Artist/Album/b.mp3", "disk/c.mp3"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def seen_in(root, *, mounted=()):
    """How a scan finds the folders of a tree."""
    found = {}
    for folder, *_ in os.walk(root):
        status = os.stat(folder)
        found[os.fsencode(folder)] = (os.fsencode(folder), status.st_dev, status.st_ino, folder in map(str, mounted))
    return found


def judge(root, seen, *names, present=()):
    """Judge files; return those that are missing, those that are excluded, and the guards with their codes."""
    look = Look((os.fsencode(root),), seen, lambda _: iter([os.fsencode(root / name) for name in present]))
    judged = look.of_files(os.fsencode(root / name) for name in names)
    short = [
        {os.path.relpath(os.fsdecode(path), root) for path in paths} for paths in (judged.missing, judged.excluded)
    ]
    return (*short, {os.path.relpath(os.fsdecode(one.path), root): one.code for one in look.guards.values()})


DISK = ("disk/Artist/Album/b.mp3", "disk/c.mp3")


def test_deleted_files_and_folders_are_missing_also_where_an_empty_folder_remains(music):
    seen = seen_in(music)
    (music / "local" / "a.mp3").unlink()
    shutil.rmtree(music / "disk" / "Artist")
    (music / "disk" / "c.mp3").unlink()
    assert judge(music, seen, "local/a.mp3", *DISK) == ({"local/a.mp3", *DISK}, set(), {})


def test_a_file_that_is_there_is_excluded(music):
    assert judge(music, seen_in(music), "local/a.mp3", "local/b.mp3") == ({"local/b.mp3"}, {"local/a.mp3"}, {})


def test_behind_an_empty_folder_that_is_not_the_one_that_was_there_nothing_is_missing(music):
    seen = seen_in(music)
    (music / "disk").rename(music.with_name("elsewhere"))
    (music / "disk").mkdir()
    guards = {"disk": ScanProblemCode.FOLDER_NOT_MOUNTED}
    assert judge(music, seen, *DISK) == (set(), set(), guards)
    # Also where only what was below it is known.
    assert judge(music, seen, DISK[0]) == (set(), set(), guards)


def test_another_folder_with_other_music_is_no_guard(music):
    seen = seen_in(music)
    shutil.rmtree(music / "disk")
    (music / "disk").mkdir()
    (music / "disk" / "other.mp3").touch()
    assert judge(music, seen, *DISK) == (set(DISK), set(), {})


def test_behind_a_link_to_a_folder_that_leads_nowhere_nothing_is_missing(music):
    disk = music.with_name("disk")
    (music / "disk").rename(disk)
    (music / "disk").symlink_to(disk)
    seen = seen_in(music)
    disk.rename(music.with_name("unplugged"))
    assert judge(music, seen, *DISK) == (set(), set(), {"disk": ScanProblemCode.LINK_DANGLING})


def test_a_file_whose_link_leads_nowhere_is_missing(music):
    (music / "local" / "link.mp3").symlink_to(".git/annex/objects/gone")
    assert judge(music, seen_in(music), "local/link.mp3") == ({"local/link.mp3"}, set(), {})


def test_where_a_file_system_was_mounted_and_none_is_nothing_is_missing_unless_most_files_are_there(music):
    seen = seen_in(music, mounted=[music / "disk"])
    (music / "disk" / "c.mp3").unlink()
    there, gone = DISK
    guards = {"disk": ScanProblemCode.FOLDER_NOT_MOUNTED}
    assert judge(music, seen, gone, present=(there, gone)) == (set(), set(), guards)
    assert judge(music, seen, gone, present=(there, "disk/Artist/Album", gone)) == ({gone}, set(), {})


def test_an_empty_folder_where_a_file_system_is_mounted_now_is_a_guard(music, tmp_path, monkeypatch):
    (music / "disk" / "c.mp3").unlink()
    shutil.rmtree(music / "disk" / "Artist")
    table = tmp_path / "mountinfo"
    table.write_text(f"36 35 8:1 / {music}/disk rw - ext4 /dev/sdb1 rw\n")
    monkeypatch.setattr("passagework.persistence.file.network_mount.MOUNTS", table)
    guards = {"disk": ScanProblemCode.FOLDER_NOT_MOUNTED}
    assert judge(music, {}, *DISK) == (set(), set(), guards)
    table.write_text("")
    assert judge(music, {}, *DISK) == (set(DISK), set(), {})


def test_a_root_that_is_not_there_is_empty_or_could_not_be_listed_holds_everything(music):
    root = os.fsencode(music)
    unread = Look((root,), {}, lambda _: iter(()), frozenset({root}))
    assert unread.of_files([root + b"/gone.mp3"]) == Judged()
    shutil.rmtree(music)
    assert judge(music, {}, *DISK) == (set(), set(), {})
    music.mkdir()
    assert judge(music, {}, *DISK) == (set(), set(), {})


def test_what_cannot_be_looked_at_is_held(music, monkeypatch):
    look = os.lstat

    def locked(path):
        if path.endswith(b"disk"):
            raise PermissionError(13, "locked")
        return look(path)

    shutil.rmtree(music / "disk" / "Artist")
    monkeypatch.setattr(os, "lstat", locked)
    assert judge(music, {}, DISK[0]) == (set(), set(), {})


def test_only_folders_with_music_that_are_new_or_others_are_news_and_none_behind_a_guard(music):
    root = os.fsencode(music)
    before = seen_in(music)
    del before[root + b"/local"]
    (music / "disk").rename(music.with_name("elsewhere"))
    (music / "disk").mkdir()
    (music / "new" / "deep").mkdir(parents=True)
    (music / "new" / "deep" / "d.mp3").touch()
    shutil.rmtree(music.with_name("elsewhere"))
    seen = FoldersSeen(before)
    for folder in (music, music / "local", music / "disk", music / "new", music / "new" / "deep"):
        status = os.stat(folder)
        seen.listed(os.fsencode(folder), status.st_dev, status.st_ino)
    news = list(seen.news([root + b"/local", root + b"/new/deep"], Look((root,), before, lambda _: iter(()))))
    now = seen_in(music)
    assert sorted(news) == [now[root + name] for name in (b"/local", b"/new", b"/new/deep")]


def test_a_folder_with_another_device_or_inode_is_news(music):
    before = seen_in(music)
    root, local, disk = (os.fsencode(music / name) for name in ("", "local", "disk"))
    for folder, changes in ((local, (1, 0)), (disk, (0, 1))):
        name, device, inode, mounted = before[folder]
        before[folder] = (name, device + changes[0], inode + changes[1], mounted)
    seen = FoldersSeen(before)
    for folder in (root, local, disk):
        status = os.stat(folder)
        seen.listed(folder, status.st_dev, status.st_ino)
    now = seen_in(music)
    news = seen.news((), Look((root,), before, lambda _: iter(())))
    assert sorted(news) == [now[disk], now[local]]


def test_a_folder_is_looked_at_once_in_a_look(music, monkeypatch):
    looked_at = []
    look_at = Look._look_at
    monkeypatch.setattr(Look, "_look_at", lambda self, folder: looked_at.append(folder) or look_at(self, folder))
    judge(music, {}, "local/1.mp3", "local/2.mp3", "local/3.mp3")
    assert looked_at == [os.fsencode(music / "local"), os.fsencode(music)]
    assert Look((os.fsencode(music),), {}, lambda _: iter(())).of_folder(os.fsencode(music)) is Fate.THERE
    assert absent.is_below(b"/a/b", (b"/a",))
    assert not absent.is_below(b"/ab", (b"/a",))


def test_only_the_files_below_the_folder_itself_tell_whether_a_disk_was_copied_there(music):
    seen = seen_in(music, mounted=[music / "disk"])
    (music / "disk" / "c.mp3").unlink()
    kept = {os.fsencode(music / "disk"): [os.fsencode(music / DISK[0])]}
    look = Look((os.fsencode(music),), seen, lambda folder: iter(kept.get(folder, [])))
    gone = os.fsencode(music / DISK[1])
    assert (look.of_files([gone]), look.guards) == (Judged(missing=(gone,)), {})
