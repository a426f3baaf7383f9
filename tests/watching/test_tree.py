"""What events of real folders mean. The kernel queues each before the call that causes it returns, so none waits."""

import errno
import os
import shutil

import pytest

from passagework.actors.scanner.plan import Extensions
from passagework.actors.scanner.walk import ScanRules
from passagework.audio.sniff import AUDIO_EXTENSIONS, NEVER_AUDIO_EXTENSIONS
from passagework.watching import tree as tree_module
from passagework.watching.tree import WatchedTree

EXTENSIONS = Extensions(audio=AUDIO_EXTENSIONS, never=NEVER_AUDIO_EXTENSIONS)


class Heard:
    """Collects what it is told, paths below the root."""

    def __init__(self, root):
        self._root = bytes(root)
        self.told = []

    def _add(self, what, path):
        entry = (what, os.fsdecode(path.removeprefix(self._root).lstrip(b"/")))
        if entry not in self.told:
            self.told.append(entry)

    def in_folder(self, folder):
        self._add("in", folder)

    def written(self, path):
        self._add("written", path)

    def below(self, folder):
        self._add("below", folder)

    def moved_in(self, path):
        self._add("moved in", path)

    def overflowed(self):
        self._add("overflowed", self._root)

    def lost(self):
        self._add("lost", self._root)

    def root_changed(self):
        self._add("root", self._root)

    def no_room(self, root, reason):
        self._add(f"no room: {reason}", root)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "music"
    (root / "a" / "b").mkdir(parents=True)
    (root / "c").mkdir()
    return root


@pytest.fixture
def heard(root):
    return Heard(root)


@pytest.fixture
def watch(root, heard):
    opened = []

    def begin(rules=None, library=None):
        tree = WatchedTree(rules or ScanRules(), EXTENSIONS, bytes(library or root.parent / "x.passages"), heard)
        opened.append(tree)
        tree.follow((bytes(root),))
        return tree

    yield begin
    for tree in opened:
        tree.close()


def told(tree, heard):
    tree.read()
    found, heard.told = heard.told, []
    return found


def test_files_that_come_change_and_go(root, heard, watch):
    tree = watch()
    assert len(tree) == 4
    file = root / "a" / "x.flac"
    file.write_bytes(b"1")
    assert told(tree, heard) == [("written", "a/x.flac")]
    file.write_bytes(b"2")
    assert told(tree, heard) == [("written", "a/x.flac")]
    os.utime(file, ns=(1, 1))
    assert told(tree, heard) == [("written", "a/x.flac")]
    file.rename(root / "c" / "y.flac")
    assert told(tree, heard) == [("in", "a"), ("moved in", "c/y.flac"), ("in", "c")]
    (root / "c" / "y.flac").unlink()
    assert told(tree, heard) == [("in", "c")]


def test_sheets_are_followed_as_music_is_and_other_texts_are_not(root, heard, watch):
    tree = watch()
    (root / "a" / "x.CUE").write_text("1")
    (root / "a" / "x.txt").write_text("1")
    assert told(tree, heard) == [("written", "a/x.CUE")]
    (root / "a" / "x.CUE").unlink()
    assert told(tree, heard) == [("in", "a")]


def test_reading_is_no_change(root, heard, watch):
    (root / "a" / "x.flac").write_bytes(b"1")
    tree = watch()
    (root / "a" / "x.flac").read_bytes()
    os.listdir(root / "a")
    assert told(tree, heard) == []


def test_a_name_that_is_not_utf8_is_followed_like_any_other(root, heard, watch):
    os.mkdir(bytes(root) + b"/\xff")
    tree = watch()
    with open(bytes(root) + b"/\xff/\xfe.flac", "wb"):
        """Made empty."""
    assert told(tree, heard) == [("written", "\udcff/\udcfe.flac")]


@pytest.mark.parametrize(
    "name",
    [
        "x.flac.part",
        "x.crdownload",
        "x.!qB",
        "x.filepart",
        ".x.flac.Ab12Cd",
        "x.bak",
        "x.flac~",
        "cover.jpg",
        ".hidden.flac",
    ],
)
def test_names_that_are_no_music_wake_nobody_until_they_get_one_that_is(root, heard, watch, name):
    tree = watch()
    (root / "a" / name).write_bytes(b"1")
    assert told(tree, heard) == []
    (root / "a" / name).rename(root / "a" / "x.flac")
    assert told(tree, heard) == [("moved in", "a/x.flac"), ("in", "a")]


def test_the_library_and_its_side_files_wake_nobody(root, heard, watch):
    library = root / "a" / "music.passages"
    (root / "link").symlink_to("a")
    tree = watch(library=root / "link" / "music.passages")
    for ending in ("", "-wal", "-shm", "-journal", ".lock", ".damaged", ".v9.backup", ".v9.backup.partial-journal"):
        (root / "a" / f"{library.name}{ending}").write_bytes(b"1")
        (root / "a" / f"{library.name}{ending}").unlink()
    assert told(tree, heard) == []
    (root / "a" / "music.passages of love.flac").write_bytes(b"1")
    assert told(tree, heard) == [("written", "a/music.passages of love.flac")]


def test_a_folder_that_is_made_is_watched_with_all_that_was_made_in_it_meanwhile(root, heard, watch):
    tree = watch()
    (root / "new" / "deep" / "er").mkdir(parents=True)
    assert told(tree, heard) == [("below", "new")]
    assert len(tree) == 7
    (root / "new" / "deep" / "er" / "x.flac").write_bytes(b"1")
    assert told(tree, heard) == [("written", "new/deep/er/x.flac")]


def test_a_folder_that_moves_is_followed_under_its_new_name(root, heard, watch):
    tree = watch()
    (root / "a").rename(root / "c" / "d")
    assert told(tree, heard) == [("below", "a"), ("below", "c/d")]
    assert len(tree) == 4
    (root / "c" / "d" / "b" / "x.flac").write_bytes(b"1")
    assert told(tree, heard) == [("written", "c/d/b/x.flac")]


def test_two_folders_that_swap_their_names_are_followed_under_those(root, heard, watch):
    tree = watch()
    (root / "a").rename(root / "t")
    (root / "c").rename(root / "a")
    (root / "t").rename(root / "c")
    assert {name for _, name in told(tree, heard)} == {"a", "c", "t"}
    (root / "c" / "b" / "x.flac").write_bytes(b"1")
    (root / "a" / "y.flac").write_bytes(b"1")
    assert told(tree, heard) == [("written", "c/b/x.flac"), ("written", "a/y.flac")]


def test_a_folder_that_moves_out_is_followed_no_more(root, heard, watch, tmp_path):
    tree = watch()
    (root / "a").rename(tmp_path / "out")
    assert told(tree, heard) == [("below", "a")]
    assert len(tree) == 2
    (tmp_path / "out" / "b" / "x.flac").write_bytes(b"1")
    assert told(tree, heard) == []
    (tmp_path / "out").rename(root / "in")
    assert told(tree, heard) == [("below", "in")]
    assert len(tree) == 4


def test_a_folder_that_is_deleted_leaves_no_watch(root, heard, watch):
    tree = watch()
    shutil.rmtree(root / "a")
    assert told(tree, heard) == [("below", "a/b"), ("below", "a")]
    assert len(tree) == 2


@pytest.mark.parametrize("name", ["@eaDir", ".Trash-1000", ".hidden", "Live"])
def test_a_folder_that_no_import_enters_wakes_nobody(root, heard, watch, name):
    tree = watch(ScanRules(exclude=("Live",)))
    (root / "a" / name).mkdir()
    (root / "a" / name / "x.flac").write_bytes(b"1")
    assert told(tree, heard) == []
    assert len(tree) == 4


def test_the_marker_of_a_folder_without_music_is_heard_coming_and_going(root, heard, watch):
    (root / "a" / ".nomedia").touch()
    tree = watch()
    assert len(tree) == 3
    (root / "a" / ".nomedia").unlink()
    assert told(tree, heard) == [("below", "a")]
    assert len(tree) == 4
    (root / "a" / ".nomedia").touch()
    assert told(tree, heard) == [("below", "a")]
    assert len(tree) == 3


def test_a_link_to_a_folder_may_change_the_names_of_others_so_everything_is_looked_through(root, heard, watch):
    tree = watch()
    (root / "c" / "link").symlink_to("../a")
    assert told(tree, heard) == [("lost", "")]
    tree.follow((bytes(root),))
    (root / "c" / "file.flac").symlink_to("../a/x.flac")
    assert told(tree, heard) == [("written", "c/file.flac")]


def test_a_link_to_a_folder_that_comes_with_another_folder_is_noticed_too(root, heard, watch, tmp_path):
    tree = watch()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "link").symlink_to(root / "a")
    (tmp_path / "new").rename(root / "new")
    assert ("lost", "") in told(tree, heard)
    # The folder behind the link has one watch, under one name.
    assert len(tree) == 5


def test_other_permissions_of_a_folder_that_is_followed_are_no_change(root, heard, watch):
    tree = watch()
    (root / "a").chmod(0o700)
    assert told(tree, heard) == []


def test_a_link_whose_target_is_outside_is_heard_when_it_goes(root, heard, watch, tmp_path):
    (tmp_path / "out").mkdir()
    (root / "link").symlink_to(tmp_path / "out")
    tree = watch()
    (tmp_path / "out" / "x.flac").write_bytes(b"1")
    assert told(tree, heard) == [("written", "link/x.flac")]
    (tmp_path / "out").rename(tmp_path / "away")
    assert told(tree, heard) == [("lost", "")]
    (root / "link").unlink()
    assert told(tree, heard) == [("lost", "")]


def test_a_root_that_is_moved_or_deleted_is_told_as_such(root, heard, watch, tmp_path):
    tree = watch()
    root.rename(tmp_path / "elsewhere")
    assert ("root", "") in told(tree, heard)


def test_lost_events_are_told(root, heard, watch, monkeypatch):
    tree = watch()
    monkeypatch.setattr(tree_module, "parse_events", lambda _data: [(-1, tree_module.flags.Q_OVERFLOW, 0, "")])
    (root / "a" / "x.flac").write_bytes(b"1")
    assert told(tree, heard) == [("overflowed", "")]


def test_a_root_for_which_there_is_no_room_is_given_up_and_its_watches_with_it(root, heard, watch, monkeypatch):
    tree = watch()
    add = tree_module.INotify.add_watch
    room = 2

    def limited(self, path, mask):
        nonlocal room
        room -= 1
        if room < 0:
            raise OSError(errno.ENOSPC, "")
        return add(self, path, mask)

    monkeypatch.setattr(tree_module.INotify, "add_watch", limited)
    tree.follow((bytes(root),))
    assert told(tree, heard) == [("no room: No space left on device", "")]
    assert len(tree) == 0


def test_a_folder_that_may_not_be_read_costs_only_itself(root, heard, watch, monkeypatch):
    add = tree_module.INotify.add_watch

    def denied(self, path, mask):
        if path.endswith(b"/a"):
            raise PermissionError(errno.EACCES, "no permission")
        return add(self, path, mask)

    with monkeypatch.context() as patch:
        patch.setattr(tree_module.INotify, "add_watch", denied)
        tree = watch()
    assert len(tree) == 3
    (root / "c" / "x.flac").write_bytes(b"1")
    assert told(tree, heard) == [("written", "c/x.flac")]
    # Other permissions are heard, and the folder is followed from then on.
    (root / "a").chmod(0o755)
    assert told(tree, heard) == [("below", "a")]
    assert len(tree) == 4
