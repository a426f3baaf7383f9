"""When a run is due, and what it looks at. The clock is the test's; folders and their events are real."""

import os
from datetime import time

import pytest

from passagework.actors.scanner.plan import Extensions
from passagework.actors.scanner.walk import ScanRules
from passagework.audio.sniff import AUDIO_EXTENSIONS, NEVER_AUDIO_EXTENSIONS
from passagework.domain.following import FollowWay
from passagework.domain.scan_scope import ScanPart, UnfinishedFile
from passagework.domain.schedule import Schedule
from passagework.watching import tree as tree_module
from passagework.watching.follower import LOOK_SECONDS, Follower, FollowRules

DEBOUNCE = 2.0
LATEST = 30.0
REST = 10.0
POLL = 300.0


class ManualClock:
    """Begins at a moment at which files that exist are old, and stays there."""

    def __init__(self):
        self.now = 1_000_000.0

    def monotonic(self):
        return self.now

    def time_ns(self):
        return round((4_000_000_000 + self.now) * 1e9)


class Following:
    """A follower with its clock; ``ended`` ends the run that is under way."""

    def __init__(self, roots, mounts, **rules):
        self.clock = ManualClock()
        self.said = []
        extensions = Extensions(audio=AUDIO_EXTENSIONS, never=NEVER_AUDIO_EXTENSIONS)
        given = {"debounce_seconds": DEBOUNCE, "rest_seconds": REST, "poll_seconds": POLL} | rules
        rules = FollowRules(scan=ScanRules(), extensions=extensions, library=b"/x.passages", **given)
        self.follower = Follower(tuple(map(bytes, roots)), rules, self.clock, self.said.append, mounts)

    def step(self, seconds=0.0):
        """Let time pass as the thread does: up to each moment at which something is due."""
        end = self.clock.now + seconds
        while True:
            self.follower.read()
            scope = self.follower.step()
            wait = self.follower.wait_seconds()
            if scope is not None or self.clock.now + wait > end:
                break
            self.clock.now += max(wait, 0.001)
        if scope is None:
            self.clock.now = end
        return scope

    def ended(self, *, done=True, links_due_ns=None):
        self.follower.run_ended(done=done, links_due_ns=links_due_ns)

    def begun(self):
        """Begin, and be past the first run, which looks at everything."""
        self.follower.begin()
        scope = self.step()
        assert scope.parts is None
        self.ended()
        return self

    def ways(self):
        found = {os.path.basename(one.folder).decode(): one.way for one in self.said}
        self.said.clear()
        return found


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "music"
    (root / "a").mkdir(parents=True)
    (root / "b").mkdir()
    return root


@pytest.fixture
def mounts(tmp_path):
    table = tmp_path / "mounts"
    table.write_text("1 0 8:1 / / rw - ext4 /dev/root rw\n")
    return table


@pytest.fixture
def follow(root, mounts):
    made = []

    def make(*roots, **rules):
        made.append(Following(roots or (root,), mounts, **rules))
        return made[-1]

    yield make
    for one in made:
        one.follower.close()


def folder(path):
    return ScanPart(bytes(path), below=False)


def tree(path):
    return ScanPart(bytes(path), below=True)


def test_everything_is_looked_through_first_and_nothing_after_that(follow):
    following = follow()
    following.follower.begin()
    scope = following.step()
    assert scope.parts is None
    assert scope.rest.before_ns == following.clock.time_ns() - REST * 1e9
    assert following.ways() == {"music": FollowWay.NOTIFIED}
    following.ended()
    assert following.step(7_200) is None


def test_a_run_waits_until_nothing_has_changed_for_the_debounce_and_looks_at_just_that(follow, root):
    (root / "a" / "x.flac").touch()
    following = follow().begun()
    (root / "a" / "x.flac").rename(root / "b" / "x.flac")
    assert following.step(DEBOUNCE - 0.1) is None
    (root / "c").mkdir()
    assert following.step(DEBOUNCE - 0.1) is None
    scope = following.step(0.1)
    assert scope.parts == (folder(root / "a"), folder(root / "b"), tree(root / "c"))
    assert scope.rest.rested == {bytes(root / "b" / "x.flac"): None}


def test_a_folder_that_never_rests_is_looked_at_all_the_same(follow, root):
    following = follow().begun()
    for number in range(100):
        (root / "a" / f"{number}.flac").touch()
        (root / "a" / f"{number}.flac").unlink()
        if (scope := following.step(1.0)) is not None:
            break
    assert scope.parts == (folder(root / "a"),)
    assert number in range(int(LATEST) - 1, int(LATEST) + 1)


def test_what_changes_during_a_run_is_for_the_next(follow, root):
    following = follow().begun()
    (root / "a" / "new").mkdir()
    assert following.step(DEBOUNCE).parts == (tree(root / "a" / "new"),)
    (root / "b" / "new").mkdir()
    assert following.step(1_000) is None
    following.ended()
    assert following.step().parts == (tree(root / "b" / "new"),)


def test_what_a_run_has_not_done_is_tried_again_later(follow, root):
    following = follow().begun()
    (root / "a" / "new").mkdir()
    following.step(DEBOUNCE)
    following.ended(done=False)
    assert following.step(59.9) is None
    assert following.step(0.1).parts == (tree(root / "a" / "new"),)


def test_a_file_that_is_written_is_for_a_run_only_when_it_rests(follow, root):
    following = follow().begun()
    file = root / "a" / "x.flac"
    file.write_bytes(b"1")
    assert following.step(REST - 1) is None
    file.write_bytes(b"12")
    assert following.step(REST) is None
    scope = following.step(REST + DEBOUNCE)
    assert scope.parts == (folder(root / "a"),)
    assert scope.rest.rested == {bytes(file): (2, file.stat().st_mtime_ns)}


def test_a_file_that_a_run_has_left_out_is_looked_at_again(follow, root):
    file = root / "a" / "x.flac"
    file.write_bytes(b"1")
    following = follow().begun()
    following.follower.held_back(UnfinishedFile(bytes(file), 1, file.stat().st_mtime_ns))
    assert following.step(REST - 0.1) is None
    assert following.step(DEBOUNCE + 0.1).parts == (folder(root / "a"),)


def test_what_is_copied_and_then_deleted_is_for_one_run(follow, root):
    (root / "a" / "x.flac").write_bytes(b"1")
    following = follow().begun()
    (root / "b" / "x.flac").write_bytes(b"1")
    (root / "a" / "x.flac").unlink()
    assert following.step(REST + DEBOUNCE).parts == (folder(root / "a"), folder(root / "b"))


def test_without_a_rest_a_file_is_for_the_next_run(follow, root):
    following = follow(rest_seconds=0.0).begun()
    (root / "a" / "x.flac").write_bytes(b"1")
    scope = following.step(DEBOUNCE)
    assert (scope.parts, scope.rest) == ((folder(root / "a"),), None)


def test_after_lost_events_all_folders_are_watched_anew_and_looked_through(follow, root, monkeypatch):
    following = follow().begun()
    with monkeypatch.context() as patch:
        patch.setattr(tree_module, "parse_events", lambda _data: [(-1, tree_module.flags.Q_OVERFLOW, 0, "")])
        (root / "new").mkdir()
        following.follower.read()
    assert following.step(DEBOUNCE).parts is None
    following.ended()
    (root / "new" / "x.flac").touch()
    (root / "new" / "x.flac").unlink()
    assert following.step(DEBOUNCE).parts == (folder(root / "new"),)


def test_a_root_that_goes_is_said_once_and_followed_again_when_it_is_back(follow, root):
    following = follow().begun()
    following.ways()
    root.rename(root.with_name("away"))
    assert following.step(DEBOUNCE) is None
    assert following.ways() == {"music": FollowWay.GONE}
    assert following.step(10 * LOOK_SECONDS) is None
    assert following.ways() == {}
    root.with_name("away").rename(root)
    assert following.step(LOOK_SECONDS + DEBOUNCE).parts == (tree(root),)
    assert following.ways() == {"music": FollowWay.NOTIFIED}
    following.ended()
    (root / "b" / "new").mkdir()
    assert following.step(DEBOUNCE).parts == (tree(root / "b" / "new"),)


def test_another_folder_in_the_place_of_a_root_is_looked_through(follow, root):
    following = follow().begun()
    parent = root.parent
    # No event tells that a folder above a root was moved.
    parent.rename(parent.with_name("elsewhere"))
    (root / "c").mkdir(parents=True)
    assert following.step(LOOK_SECONDS + DEBOUNCE).parts == (tree(root),)


def test_one_root_of_several_may_come_later(follow, root, tmp_path):
    late = tmp_path / "late"
    following = follow(root, late).begun()
    assert following.ways() == {"music": FollowWay.NOTIFIED, "late": FollowWay.GONE}
    late.mkdir()
    assert following.step(LOOK_SECONDS + DEBOUNCE).parts == (tree(late),)


def test_what_is_mounted_below_a_root_is_looked_through_when_it_comes_and_when_it_goes(follow, root, mounts):
    following = follow().begun()
    before = mounts.read_text()
    mounts.write_text(f"{before}2 1 8:2 / {root}/a rw - ext4 /dev/sdb rw\n")
    following.follower.mounts_changed()
    assert following.step(DEBOUNCE).parts == (tree(root / "a"),)
    following.ended()
    mounts.write_text(before)
    following.follower.mounts_changed()
    assert following.step(DEBOUNCE).parts == (tree(root / "a"),)


def test_a_root_on_a_server_is_polled_and_its_young_files_wait_longer_by_the_clock(follow, root, mounts):
    mounts.write_text(f"1 0 8:1 / / rw - ext4 x rw\n2 1 0:2 / {root} rw - nfs4 server:/x rw\n")
    following = follow()
    following.follower.begin()
    scope = following.step()
    assert scope.rest.before_ns == following.clock.time_ns() - 86_400 * 10**9
    assert [(one.way, one.reason) for one in following.said] == [(FollowWay.POLLED, "nfs4")]
    following.ended()
    (root / "a" / "new").mkdir()
    assert following.step(POLL - 1) is None
    assert following.step(1).parts == (tree(root),)
    # From the end of one look to the next.
    following.clock.now += 1_000
    following.ended()
    assert following.step(POLL - 1) is None
    assert following.step(1).parts == (tree(root),)


def test_a_server_that_is_mounted_below_a_root_is_polled_beside_it(follow, root, mounts):
    mounts.write_text(f"1 0 8:1 / / rw - ext4 x rw\n2 1 0:2 / {root}/a rw - cifs server:/x rw\n")
    following = follow().begun()
    assert following.ways() == {"music": FollowWay.NOTIFIED, "a": FollowWay.POLLED}
    assert following.step(POLL).parts == (tree(root / "a"),)


def test_where_inotify_has_no_room_the_root_is_polled_and_this_is_said(follow, root, monkeypatch):
    def full(self, path, mask):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tree_module.INotify, "add_watch", full)
    following = follow().begun()
    (said,) = following.said
    assert (said.way, "fs.inotify.max_user_watches" in said.reason) == (FollowWay.POLLED, True)
    following.step(DEBOUNCE)
    following.ended()
    assert following.step(POLL).parts == (tree(root),)


def test_where_inotify_is_not_to_be_had_all_roots_are_polled(follow, root, monkeypatch):
    def none_left(**_how):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(tree_module, "INotify", none_left)
    following = follow().begun()
    assert [(one.way, one.reason) for one in following.said] == [(FollowWay.POLLED, "inotify: Too many open files")]
    assert following.step(POLL).parts == (tree(root),)


def test_everything_is_polled_if_that_is_set(follow, root):
    following = follow(follow="poll").begun()
    assert following.ways() == {"music": FollowWay.POLLED}
    assert following.follower.fileno() is None
    assert following.step(POLL).parts == (tree(root),)


def test_an_interval_looks_through_everything_again_and_again(follow, root):
    following = follow(schedule=Schedule(every=3_600.0)).begun()
    for _ in range(3):
        assert following.step(3_599.0) is None
        assert following.step(1.0).parts is None
        following.ended()


def test_a_schedule_needs_no_events(follow, root):
    following = follow(follow="off", schedule=Schedule(every=3_600.0)).begun()
    assert following.ways() == {}
    (root / "a" / "new").mkdir()
    following.follower.mounts_changed()
    assert following.step(3_599.0) is None
    assert following.step(1.0).parts is None


@pytest.mark.slow
def test_a_time_of_day_looks_through_everything_once_a_day(follow):
    following = follow(schedule=Schedule(at=time(3, 0))).begun()
    moments = []
    for _ in range(2):
        scope = following.step(86_400.0)
        assert scope.parts is None
        moments.append(following.clock.time_ns())
        following.ended()
    assert abs(moments[1] - moments[0] - 86_400 * 10**9) < 10**9


def test_a_run_is_started_when_a_service_may_be_asked_again(follow):
    following = follow().begun()
    (following.follower.rescan(), following.step())
    following.ended(links_due_ns=following.clock.time_ns() + 500 * 10**9)
    assert following.step(499.0) is None
    assert following.step(1.0 + DEBOUNCE).parts == ()


def test_a_rescan_waits_for_nothing(follow):
    following = follow().begun()
    following.follower.rescan()
    assert following.step().parts is None
