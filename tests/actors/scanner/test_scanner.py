import errno
import itertools
import os
import shutil
from dataclasses import replace

import pytest

from passagework.actors.messages.acknowledgements import Committed, LibraryRestarted, Rejected
from passagework.actors.messages.library import Ask, Submit
from passagework.actors.messages.scanner import Credit, EmitAgain, Scan, StopScan
from passagework.actors.messages.session import NotThere, ScanAdvanced, ScanFinished, ScanHeldBack, ScanStumbled
from passagework.actors.pipeline import FileInHand
from passagework.actors.runtime.messages import Down
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import NobodyThereError
from passagework.actors.scanner import course, folder_planner
from passagework.actors.scanner.absent import Look
from passagework.actors.scanner.folder_planner import FolderRules
from passagework.actors.scanner.plan import Extensions
from passagework.actors.scanner.scanner import ScannerActor, ScannerParts
from passagework.actors.scanner.walk import ScanRules
from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import Given
from passagework.domain.progress import ScanProblemCode
from passagework.domain.scan_scope import WHOLE, RestRule, ScanPart, ScanScope
from passagework.domain.views import FileState, KnownFile, Settled
from passagework.persistence.read.queries import (
    FilesAt,
    FilesLike,
    KnownContents,
    KnownFiles,
    KnownFolders,
    MayJoin,
    PresentFiles,
    SeenFolders,
    SettledFiles,
    SheetFolders,
    SheetHashes,
)
from passagework.persistence.write.writes import MarkExcluded, MarkMissing, MarkPresent

RUN = 7


def seen_now(path, *, mounted=False):
    status = os.stat(path)
    return os.fsencode(path), status.st_dev, status.st_ino, mounted


class KnownLibrary:
    """Answers what a library would that knows ``files``; goes away while ``away`` is set.

    The last scan found the folders as they are, but for those that are ``seen`` otherwise.
    """

    def __init__(self):
        self.files = {}
        self.seen = {}
        self.away = False
        self.asked = []

    def knows(self, path, *, stamp=None, **changes):
        entry = {"state": FileState.ANALYSED, "attempts": 0, "transient": False, "missing": False} | changes
        stamp = stamp or FileStamp.of(os.stat(path))
        self.files[os.fsencode(path)] = KnownFile(os.fsencode(path), stamp, analysis_version=ANALYSIS_VERSION, **entry)

    def answer(self, message):
        assert isinstance(message, Ask)
        if self.away:
            raise NobodyThereError("persistence")
        self.asked.append(type(message.query))
        match message.query:
            case SettledFiles(folders, version):
                known = self.in_folders(folders)
                settled = [k for k in known if k.state is FileState.ANALYSED and not k.missing and not k.excluded]
                assert version == ANALYSIS_VERSION
                return Settled(
                    {k.path: settled_row(k) for k in settled},
                    frozenset(os.path.dirname(k.path) for k in known if k not in settled),
                )
            case KnownFiles(folders):
                return self.in_folders(folders)
            case KnownContents() | FilesLike() | FilesAt() | SheetFolders() | SheetHashes():
                return {} if isinstance(message.query, KnownContents | SheetHashes) else ()
            case SeenFolders(root, only):
                folders = [path for path, _, _ in os.walk(root)] if only is None else filter(os.path.isdir, only)
                there = {path: seen_now(path) for path in folders}
                asked = (lambda path: (path + b"/").startswith(root + b"/")) if only is None else only.__contains__
                seen = {path: one for path, one in self.seen.items() if asked(path)}
                return {path: one for path, one in (there | seen).items() if one is not None}
            case PresentFiles(folders, excluded):
                known = self.in_folders(folders)
                return tuple(k.path for k in known if not k.missing and (excluded or not k.excluded))
            case KnownFolders(root):
                return tuple(f for f in map(os.path.dirname, self.files) if (f + b"/").startswith(root + b"/"))

    def in_folders(self, folders):
        return tuple(known for path, known in self.files.items() if os.path.dirname(path) in folders)


def settled_row(known):
    stamp = known.stamp
    return (known.path, stamp.size, stamp.mtime_ns, stamp.device, stamp.inode, stamp.ctime_ns, None)


@pytest.fixture
def library():
    return KnownLibrary()


@pytest.fixture
def scanner(stage, library, tmp_path):
    stage.put_inbox("persistence", library.answer)
    parts = ScannerParts(
        library=stage.ports["persistence"],
        session=stage.ports["session"],
        own_port=stage.ports["scanner"],
        scheduler=stage.scheduler,
        clock=stage.clock,
        write_ids=itertools.count(1),
        rules=ScanRules(),
        folders=FolderRules(
            extensions=Extensions(audio=frozenset({b".mp3"}), never=frozenset({b".jpg", b".cue"})),
            is_audio=lambda path: path.endswith(b"audio-without-a-name"),
        ),
        library_path=os.fsencode(tmp_path / "music" / "own.mp3"),
    )
    return stage.put_actor("scanner", ScannerActor(stage.ports["supervisor"], parts))


@pytest.fixture
def music(tmp_path):
    root = tmp_path / "music"
    for name in ("a/1.mp3", "a/2.mp3", "b/3.mp3", "b/cover.jpg", "b/notes"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def scan(stage, *roots, credits_given=100, retry_failed=False, scope=WHOLE):
    scanner = stage.ports["scanner"]
    scanner.tell(Scan(RUN, tuple(os.fsencode(root) for root in roots), retry_failed, scope=scope))
    if credits_given:
        scanner.tell(Credit(RUN, credits_given))
    stage.pump()


def names(stage):
    return [os.path.basename(found.path).decode() for found in stage.inboxes["session"].of(FileInHand)]


def writes(stage, kind):
    submitted = stage.inboxes["persistence"].of(Submit)
    return [submit.write for submit in submitted if isinstance(submit.write, kind)]


def finished(stage):
    return len(stage.inboxes["session"].of(ScanFinished))


def test_everything_new_is_emitted_and_the_end_is_told_once(stage, scanner, music):
    scan(stage, music)
    assert names(stage) == ["1.mp3", "2.mp3", "3.mp3"]
    assert finished(stage) == 1


def test_never_more_is_emitted_than_there_are_credits(stage, scanner, music):
    scan(stage, music, credits_given=2)
    assert names(stage) == ["1.mp3", "2.mp3"]
    assert finished(stage) == 0
    stage.ports["scanner"].tell(Credit(RUN, 1))
    stage.pump()
    assert names(stage) == ["1.mp3", "2.mp3", "3.mp3"]
    assert finished(stage) == 1


def test_without_credits_nothing_is_emitted_but_what_is_to_come_is_counted(stage, scanner, music):
    scan(stage, music, credits_given=0)
    assert names(stage) == []
    latest = stage.inboxes["session"].of(ScanAdvanced)[-1]
    assert (latest.files_expected, latest.bytes_expected, latest.expected_complete) == (3, 3, True)


def test_unchanged_files_are_counted_and_not_emitted(stage, scanner, music, library):
    library.knows(music / "a" / "1.mp3")
    scan(stage, music)
    assert names(stage) == ["2.mp3", "3.mp3"]
    latest = stage.inboxes["session"].of(ScanAdvanced)[-1]
    assert (latest.files_seen, latest.files_unchanged, latest.files_expected) == (3, 1, 2)


def test_a_file_to_be_cut_again_comes_with_what_a_sheet_says_whatever_the_credits(stage, scanner, music, library):
    (music / "a" / "1.cue").write_text(
        'FILE "1.mp3" WAVE\n  TRACK 01 AUDIO\n    TITLE "All"\n    INDEX 01 00:00:00\n', "utf-8"
    )
    given = Given(track_list="list", list_of=b"audio")
    file = FileInHand(run=RUN, path=os.fsencode(music / "a" / "1.mp3"), stamp=FileStamp(1, 1), given=given)
    scan(stage, music, credits_given=0)
    stage.ports["scanner"].tell(EmitAgain(file))
    stage.pump()
    (found,) = stage.inboxes["session"].of(FileInHand)
    assert [piece.title for piece in found.given.sheet.pieces] == ["All"]
    now = FileStamp.of(os.stat(file.path))
    assert replace(found, given=replace(found.given, sheet=None)) == replace(file, stamp=now)


def test_without_a_scan_it_comes_as_it_is_if_it_is_there(stage, scanner, music):
    path = os.fsencode(music / "a" / "1.mp3")
    file = FileInHand(run=RUN, path=path, stamp=FileStamp.of(os.stat(path)))
    for one in (file, replace(file, path=b"/nowhere")):
        stage.ports["scanner"].tell(EmitAgain(one))
    stage.pump()
    assert stage.inboxes["session"].take() == [file, NotThere(RUN, b"/nowhere")]


def test_pictures_and_texts_are_ignored_and_a_nameless_audio_file_is_found_by_its_content(stage, scanner, music):
    (music / "b" / "audio-without-a-name").write_bytes(b"x")
    scan(stage, music)
    assert names(stage) == ["1.mp3", "2.mp3", "3.mp3", "audio-without-a-name"]
    assert stage.inboxes["session"].of(ScanAdvanced)[-1].files_ignored == 2


def test_the_library_itself_is_never_emitted(stage, scanner, music):
    (music / "own.mp3").write_bytes(b"x")
    (music / "linked.mp3").hardlink_to(music / "own.mp3")
    scan(stage, music)
    assert names(stage) == ["1.mp3", "2.mp3", "3.mp3"]


def test_a_file_in_work_when_a_process_died_is_emitted_as_a_suspect(stage, scanner, music, library):
    library.knows(music / "a" / "1.mp3", state=FileState.BEGUN, attempts=2)
    scan(stage, music)
    found = stage.inboxes["session"].of(FileInHand)[0]
    assert (found.suspect, found.earlier_attempts) == (True, 2)


def test_files_that_are_gone_are_marked_missing_and_nothing_else_is(stage, scanner, music, library):
    library.knows(music / "a" / "1.mp3")
    library.knows(music / "a" / "gone.mp3", stamp=FileStamp(1, 1))
    library.knows(music / "vanished folder" / "gone too.mp3", stamp=FileStamp(1, 1))
    library.knows(music / "b" / "cover.jpg")
    scan(stage, music)
    gone = {os.path.basename(path) for write in writes(stage, MarkMissing) for path in write.paths}
    assert gone == {b"gone.mp3", b"gone too.mp3"}


def marked(stage, kind):
    return {os.path.basename(path).decode() for write in writes(stage, kind) for path in write.paths}


def parts_of(*parts):
    return ScanScope(tuple(ScanPart(os.fsencode(folder), below) for folder, below in parts))


def test_a_scan_of_a_folder_alone_looks_into_no_other_and_marks_nothing_there(stage, scanner, music, library):
    (music / "a" / "deep").mkdir()
    (music / "a" / "deep" / "4.mp3").write_bytes(b"x")
    library.knows(music / "a" / "1.mp3")
    library.knows(music / "a" / "gone.mp3", stamp=FileStamp(1, 1))
    library.knows(music / "a" / "gone" / "x.mp3", stamp=FileStamp(1, 1))
    library.knows(music / "b" / "gone elsewhere.mp3", stamp=FileStamp(1, 1))
    scan(stage, music, scope=parts_of((music / "a", False)))
    assert (names(stage), marked(stage, MarkMissing)) == (["2.mp3"], {"gone.mp3"})
    assert KnownFolders not in library.asked


def test_a_scan_below_a_folder_notices_what_is_gone_there_and_only_there(stage, scanner, music, library):
    (music / "a" / "deep").mkdir()
    (music / "a" / "deep" / "4.mp3").write_bytes(b"x")
    library.knows(music / "a" / "gone" / "x.mp3", stamp=FileStamp(1, 1))
    library.knows(music / "ab" / "y.mp3", stamp=FileStamp(1, 1))
    scan(stage, music, scope=parts_of((music / "a", True)))
    assert (names(stage), marked(stage, MarkMissing)) == (["1.mp3", "2.mp3", "4.mp3"], {"x.mp3"})


def test_a_part_that_is_gone_is_no_problem_and_its_files_are_missing(stage, scanner, music, library):
    library.knows(music / "c" / "x.mp3", stamp=FileStamp(1, 1))
    library.knows(music / "c" / "deep" / "y.mp3", stamp=FileStamp(1, 1))
    scan(stage, music, scope=parts_of((music / "c", True), (music / "d", False)))
    assert marked(stage, MarkMissing) == {"x.mp3", "y.mp3"}
    assert stage.inboxes["session"].of(ScanStumbled) == []


def test_files_of_a_part_are_not_missing_while_its_root_is_away(stage, scanner, music, library):
    library.knows(music / "a" / "1.mp3")
    shutil.rmtree(music)
    scan(stage, music, scope=parts_of((music / "a", True)))
    assert marked(stage, MarkMissing) == set()


def test_files_of_a_part_are_not_missing_while_a_disk_above_it_is_away(stage, scanner, music, library):
    disk = music / "disk"
    disk.mkdir()
    (disk / "what is below the disk").mkdir()
    library.seen[os.fsencode(disk)] = seen_now(disk, mounted=True)
    library.knows(disk / "a" / "x.mp3", stamp=FileStamp(1, 1))
    library.knows(disk / "b" / "y.mp3", stamp=FileStamp(1, 1))
    scan(stage, music, scope=parts_of((disk / "a", True), (disk / "b", False)))
    assert marked(stage, MarkMissing) == set()


def test_a_part_of_no_root_is_not_looked_at(stage, scanner, music):
    scan(stage, music / "a", scope=parts_of((music / "b", True)))
    assert names(stage) == []


def test_without_a_part_nothing_is_looked_at(stage, scanner, music, library):
    library.knows(music / "a" / "gone.mp3", stamp=FileStamp(1, 1))
    scan(stage, music, scope=parts_of())
    assert (names(stage), marked(stage, MarkMissing), finished(stage)) == ([], set(), 1)


def test_a_file_that_may_still_be_written_is_left_out_and_told(stage, scanner, music, library):
    for name, mtime_ns in (("a/1.mp3", 99), ("a/2.mp3", 100), ("b/3.mp3", 101), ("b/cover.jpg", 101), ("b/notes", 102)):
        os.utime(music / name, ns=(0, mtime_ns))
    library.knows(music / "a" / "2.mp3", stamp=FileStamp(7, 7))
    rest = RestRule(100, {os.fsencode(music / "b" / "3.mp3"): (1, 101)})
    scan(stage, music, scope=ScanScope(rest=rest))
    held = [file for told in stage.inboxes["session"].of(ScanHeldBack) for file in told.files]
    assert [(os.path.basename(file.path), file.size, file.mtime_ns) for file in held] == [
        (b"2.mp3", 1, 100),
        (b"notes", 1, 102),
    ]
    assert names(stage) == ["1.mp3", "3.mp3"]
    assert marked(stage, MarkMissing) == set()


def test_a_file_that_the_library_knows_as_it_is_is_not_held_back(stage, scanner, music, library):
    library.knows(music / "a" / "1.mp3")
    scan(stage, music / "a", scope=ScanScope(rest=RestRule(0)))
    (told,) = stage.inboxes["session"].of(ScanHeldBack)
    assert [os.path.basename(file.path) for file in told.files] == [b"2.mp3"]


def test_files_that_the_rules_now_leave_out_are_excluded_once_and_not_missing(stage, scanner, music, library):
    for name in (".hidden.mp3", "a/song.mp3.part"):
        (music / name).write_bytes(b"x")
        library.knows(music / name, state=FileState.FAILED)
    library.knows(music / "a" / "gone.mp3", stamp=FileStamp(1, 1), excluded=True)
    (music / "a" / ".still.mp3").write_bytes(b"x")
    library.knows(music / "a" / ".still.mp3", excluded=True)
    scan(stage, music)
    excluded = {os.path.basename(path) for write in writes(stage, MarkExcluded) for path in write.paths}
    assert excluded == {b".hidden.mp3", b"song.mp3.part"}
    assert writes(stage, MarkMissing) == [MarkMissing(RUN, (os.fsencode(music / "a" / "gone.mp3"),))]


def test_a_file_that_was_left_out_is_missing_when_its_folder_is_gone_also_without_new_files(
    stage, scanner, music, library
):
    for name in ("a/1.mp3", "a/2.mp3", "b/3.mp3"):
        library.knows(music / name)
    library.knows(music / "gone" / "x.mp3", stamp=FileStamp(1, 1), excluded=True)
    scan(stage, music)
    assert (names(stage), marked(stage, MarkMissing)) == ([], {"x.mp3"})


def test_a_file_that_came_back_is_marked_present_and_not_analysed(stage, scanner, music, library):
    library.knows(music / "a" / "1.mp3", missing=True)
    scan(stage, music)
    assert [write.paths for write in writes(stage, MarkPresent)] == [(os.fsencode(music / "a" / "1.mp3"),)]
    assert "1.mp3" not in names(stage)


@pytest.mark.parametrize("code", [ScanProblemCode.ROOT_MISSING, ScanProblemCode.ROOT_EMPTY])
def test_a_missing_or_empty_root_marks_nothing_and_says_so(stage, scanner, tmp_path, library, code):
    root = tmp_path / "unmounted"
    if code is ScanProblemCode.ROOT_EMPTY:
        root.mkdir()
    library.knows(root / "album" / "1.mp3", stamp=FileStamp(1, 1))
    library.knows(root / "2.mp3", stamp=FileStamp(1, 1))
    scan(stage, root)
    assert [message.problem.code for message in stage.inboxes["session"].of(ScanStumbled)] == [code]
    assert writes(stage, MarkMissing) == []
    assert finished(stage) == 1


@pytest.mark.parametrize("code", [ScanProblemCode.ROOT_MISSING, ScanProblemCode.ROOT_EMPTY])
@pytest.mark.parametrize("outer_first", [True, False])
def test_nor_does_it_where_it_lies_in_another_root(stage, scanner, music, library, code, outer_first):
    root = music / "unmounted"
    if code is ScanProblemCode.ROOT_EMPTY:
        root.mkdir()
    library.knows(root / "album" / "1.mp3", stamp=FileStamp(1, 1))
    library.knows(root / "2.mp3", stamp=FileStamp(1, 1))
    scan(stage, *((music, root) if outer_first else (root, music)))
    assert [message.problem.code for message in stage.inboxes["session"].of(ScanStumbled)] == [code]
    assert writes(stage, MarkMissing) == []


def test_what_cannot_be_looked_at_is_said_once_and_the_rest_of_its_folder_is_emitted(stage, scanner, music, library):
    (music / "a" / "circle.mp3").symlink_to("circle.mp3")
    library.knows(music / "a" / "circle.mp3", stamp=FileStamp(1, 1))
    library.away = True
    scan(stage, music)
    library.away = False
    stage.advance(1)
    assert names(stage) == ["1.mp3", "2.mp3", "3.mp3"]
    (told,) = stage.inboxes["session"].of(ScanStumbled)
    assert (told.problem.code, told.problem.path) == (ScanProblemCode.ENTRIES_UNREADABLE, os.fsencode(music / "a"))
    assert writes(stage, MarkMissing) == []


def test_a_stopped_scan_emits_nothing_more(stage, scanner, music):
    scan(stage, music, credits_given=1)
    stage.ports["scanner"].tell(StopScan())
    stage.ports["scanner"].tell(Credit(RUN, 10))
    stage.pump()
    assert names(stage) == ["1.mp3"]


def test_while_the_library_is_away_the_scan_waits_and_loses_nothing(stage, scanner, music, library):
    library.away = True
    scan(stage, music)
    assert names(stage) == []
    library.away = False
    stage.advance(1)
    assert names(stage) == ["1.mp3", "2.mp3", "3.mp3"]


def test_marks_are_sent_again_after_a_restart_of_the_library_and_acknowledged_once(stage, scanner, music, library):
    library.knows(music / "a" / "gone.mp3", stamp=FileStamp(1, 1))
    scan(stage, music)
    (first,) = stage.inboxes["persistence"].of(Submit)
    stage.ports["scanner"].tell(LibraryRestarted())
    stage.pump()
    again = stage.inboxes["persistence"].of(Submit)[1]
    assert (again.write, again.write_id) == (first.write, first.write_id)
    stage.ports["scanner"].tell(Committed((first.write_id,)))
    stage.ports["scanner"].tell(LibraryRestarted())
    stage.pump()
    assert len(stage.inboxes["persistence"].of(Submit)) == 2


def test_the_walk_waits_when_too_many_marks_are_not_acknowledged(stage, scanner, music, library, monkeypatch):
    monkeypatch.setattr("passagework.actors.scanner.scanner.MARKS_IN_FLIGHT", 1)
    monkeypatch.setattr("passagework.actors.scanner.course.FOLDERS_AT_ONCE", 1)
    library.knows(music / "a" / "1.mp3", missing=True)
    library.knows(music / "b" / "3.mp3", missing=True)
    scan(stage, music)
    assert (len(writes(stage, MarkPresent)), finished(stage)) == (1, 0)
    stage.ports["scanner"].tell(Rejected(1, Failure(FailureCode.LIBRARY_REJECTED)))
    stage.pump()
    assert len(writes(stage, MarkPresent)) == 2
    stage.ports["scanner"].tell(Committed((2,)))
    stage.pump()
    assert finished(stage) == 1


def test_files_below_a_folder_that_cannot_be_looked_into_are_not_missing(stage, scanner, music, library, monkeypatch):
    library.knows(music / "locked" / "sub" / "1.mp3", stamp=FileStamp(1, 1))
    look = os.lstat

    def locked(path, **more):
        if b"locked" in os.fsencode(path):
            raise PermissionError(errno.EACCES, "Permission denied")
        return look(path, **more)

    monkeypatch.setattr(os, "lstat", locked)
    scan(stage, music)
    assert (writes(stage, MarkMissing), finished(stage)) == ([], 1)


def test_a_root_that_vanishes_during_the_scan_makes_nothing_missing(stage, scanner, music, library):
    library.knows(music / "a" / "1.mp3")
    library.knows(music / "b" / "3.mp3")
    scanner.actor_ref.tell(Scan(RUN, (os.fsencode(music),), retry_failed=False))
    scanner.on_receive(scanner.actor_inbox.get_nowait().message)
    scanner.on_receive(scanner.actor_inbox.get_nowait().message)
    shutil.rmtree(music)
    stage.ports["scanner"].tell(Credit(RUN, 10))
    stage.pump()
    assert (writes(stage, MarkMissing), finished(stage)) == ([], 1)


def test_a_library_in_trouble_makes_the_scan_wait_as_one_that_is_away(stage, scanner, music, library, monkeypatch):
    answer = library.answer

    def in_trouble(_message):
        raise LibraryUnavailableError("the disk reports an error", UnavailableKind.IO)

    monkeypatch.setattr(stage.inboxes["persistence"], "answer", in_trouble)
    scan(stage, music)
    assert (names(stage), stage.inboxes["supervisor"].messages) == ([], [])
    monkeypatch.setattr(stage.inboxes["persistence"], "answer", answer)
    stage.advance(1)
    assert names(stage) == ["1.mp3", "2.mp3", "3.mp3"]


def test_credits_that_come_one_by_one_start_one_train_of_slices(stage, scanner, music):
    scanner.actor_ref.tell(Scan(RUN, (os.fsencode(music),), retry_failed=False))
    for _ in range(20):
        scanner.actor_ref.tell(Credit(RUN, 1))
    for _ in range(21):
        scanner.on_receive(scanner.actor_inbox.get_nowait().message)
    assert scanner.actor_inbox.qsize() == 1
    stage.pump()
    assert (names(stage), finished(stage)) == (["1.mp3", "2.mp3", "3.mp3"], 1)


def test_marks_that_are_acknowledged_after_a_stop_continue_nothing(stage, scanner, library, music):
    library.knows(music / "a" / "1.mp3")
    (music / "a" / "1.mp3").unlink()
    scan(stage, music)
    (mark,) = [submit for submit in stage.inboxes["persistence"].of(Submit) if isinstance(submit.write, MarkMissing)]
    stage.ports["scanner"].tell(StopScan())
    told = len(stage.inboxes["session"].messages)
    stage.ports["scanner"].tell(Committed((mark.write_id,)))
    stage.pump()
    assert stage.inboxes["supervisor"].messages == []
    assert len(stage.inboxes["session"].messages) == told


def test_marks_that_the_library_rejects_are_an_error_in_the_log(stage, scanner, library, music, logged):
    library.knows(music / "a" / "1.mp3")
    (music / "a" / "1.mp3").unlink()
    scan(stage, music)
    (mark,) = [submit for submit in stage.inboxes["persistence"].of(Submit) if isinstance(submit.write, MarkMissing)]
    stage.ports["scanner"].tell(Rejected(mark.write_id, Failure(FailureCode.LIBRARY_REJECTED, "full")))
    stage.pump()
    (event,) = [one for one in logged() if one["event"] == "mark-rejected"]
    assert (event["code"], event["detail"]) == (FailureCode.LIBRARY_REJECTED, "full")


def test_a_message_that_the_scanner_does_not_know_is_a_defect(stage, scanner):
    stage.ports["scanner"].tell("unknown")
    stage.pump()
    (down,) = stage.inboxes["supervisor"].of(Down)
    assert (down.name, "'unknown'" in down.error) == (ActorName.SCANNER, True)


def test_marks_name_the_run_and_the_files_that_are_gone_or_back(stage, scanner, library, music):
    library.knows(music / "a" / "1.mp3", missing=True)
    library.knows(music / "a" / "2.mp3")
    library.knows(music / "b" / "3.mp3")
    (music / "a" / "2.mp3").unlink()
    scan(stage, music)
    assert writes(stage, MarkPresent) == [MarkPresent(RUN, (os.fsencode(music / "a" / "1.mp3"),))]
    assert writes(stage, MarkMissing) == [MarkMissing(RUN, (os.fsencode(music / "a" / "2.mp3"),))]


def test_a_file_whose_link_leads_nowhere_is_missing(stage, scanner, library, music):
    link = music / "a" / "1.mp3"
    library.knows(link)
    link.unlink()
    link.symlink_to(music.parent / "nowhere")
    scan(stage, music)
    assert writes(stage, MarkMissing) == [MarkMissing(RUN, (os.fsencode(link),))]
    assert "1.mp3" not in names(stage)


def test_the_files_of_a_folder_that_is_gone_are_marked_with_the_run(stage, scanner, library, music):
    library.knows(music / "a" / "1.mp3")
    library.knows(music / "a" / "2.mp3", missing=True)
    shutil.rmtree(music / "a")
    scan(stage, music)
    assert writes(stage, MarkMissing) == [MarkMissing(RUN, (os.fsencode(music / "a" / "1.mp3"),))]


def test_a_file_where_a_folder_was_and_a_folder_where_a_file_was_are_not_what_the_library_knows(
    stage, scanner, library, music
):
    library.knows(music / "a" / "1.mp3")
    library.knows(music / "b" / "3.mp3")
    shutil.rmtree(music / "a")
    (music / "a").write_bytes(b"x")
    (music / "b" / "3.mp3").unlink()
    (music / "b" / "3.mp3").mkdir()
    scan(stage, music)
    gone = {os.path.relpath(os.fsdecode(path), music) for write in writes(stage, MarkMissing) for path in write.paths}
    assert gone == {"a/1.mp3", "b/3.mp3"}


def many_folders(library, root, number, **known):
    for folder in range(number):
        (root / f"{folder}").mkdir(parents=True)
        (root / f"{folder}" / "1.mp3").write_bytes(b"x")
        library.knows(root / f"{folder}" / "1.mp3", **known)


def test_many_unchanged_folders_take_no_more_questions_and_messages_than_one(stage, scanner, library, tmp_path):
    def taken_by(folders):
        library.files.clear()
        library.asked.clear()
        stage.inboxes["session"].messages.clear()
        many_folders(library, tmp_path / f"{folders}", folders)
        scan(stage, tmp_path / f"{folders}")
        latest = stage.inboxes["session"].of(ScanAdvanced)[-1]
        assert (latest.files_seen, latest.files_unchanged) == (folders, folders)
        return library.asked, [type(message) for message in stage.inboxes["session"].messages]

    assert (
        taken_by(1)
        == taken_by(30)
        == (
            [KnownFolders, SettledFiles, SheetFolders, SeenFolders, MayJoin],
            [ScanAdvanced, ScanAdvanced, ScanFinished],
        )
    )


def test_folders_are_asked_about_some_hundred_at_a_time(stage, scanner, library, tmp_path, monkeypatch):
    assert course.FOLDERS_AT_ONCE >= 100
    monkeypatch.setattr(course, "FOLDERS_AT_ONCE", 10)
    many_folders(library, tmp_path / "music", 12)
    scan(stage, tmp_path / "music")
    assert library.asked == [KnownFolders, SettledFiles, SheetFolders, SeenFolders, SettledFiles, MayJoin]


def test_many_folders_that_are_gone_or_back_take_one_mark(stage, scanner, library, tmp_path):
    many_folders(library, tmp_path / "music" / "back", 20, missing=True)
    many_folders(library, tmp_path / "music" / "gone", 20)
    shutil.rmtree(tmp_path / "music" / "gone")
    scan(stage, tmp_path / "music")
    (gone,), (back,) = writes(stage, MarkMissing), writes(stage, MarkPresent)
    assert (len(set(gone.paths)), len(set(back.paths))) == (20, 20)


def test_of_more_folders_that_are_gone_than_are_asked_about_at_once_all_are_marked(
    stage, scanner, library, tmp_path, monkeypatch
):
    monkeypatch.setattr(folder_planner, "FOLDERS_AT_ONCE", 2)
    monkeypatch.setattr("passagework.actors.scanner.scanner.MARKED_AT_ONCE", 2)
    many_folders(library, tmp_path / "music" / "gone", 5)
    shutil.rmtree(tmp_path / "music" / "gone")
    (tmp_path / "music" / "here").mkdir()
    scan(stage, tmp_path / "music")
    assert [len(mark.paths) for mark in writes(stage, MarkMissing)] == [2, 2, 1]


def test_folders_that_could_not_be_compared_are_the_next_ones_again(music):
    way = course.Course((os.fsencode(music),), ScanRules())
    first = way.take(lambda: True)
    way.put_back(first)
    assert way.take(lambda: True) == first


def test_a_slice_on_a_slow_disk_ends_after_the_folder_that_took_too_long(stage, scanner, library, music, monkeypatch):
    walk_ = course.walk

    def slow(*arguments):
        for listing in walk_(*arguments):
            stage.clock.now += 1
            yield listing

    monkeypatch.setattr(course, "walk", slow)
    for name in ("a/1.mp3", "a/2.mp3", "b/3.mp3"):
        library.knows(music / name)
    scan(stage, music)
    assert library.asked == [KnownFolders, SeenFolders, SettledFiles, SheetFolders, SettledFiles, MayJoin]
    assert finished(stage) == 1


def test_a_folder_that_was_listed_is_not_looked_at_again_and_one_that_was_left_out_is(
    stage, scanner, library, music, monkeypatch
):
    (music / "private").mkdir()
    (music / "private" / ".nomedia").touch()
    for name in ("a/1.mp3", "private/2.mp3"):
        (music / name).touch()
        library.knows(music / name, stamp=FileStamp(1, 1))
    looked_at = []
    look = Look._look_at
    monkeypatch.setattr(Look, "_look_at", lambda self, path: looked_at.append(path) or look(self, path))
    scan(stage, music)
    assert looked_at == [os.fsencode(music / "private"), os.fsencode(music)]
    assert writes(stage, MarkMissing) == []
    assert writes(stage, MarkExcluded) == [MarkExcluded(RUN, (os.fsencode(music / "private" / "2.mp3"),))]


def test_where_no_disk_is_any_more_but_most_of_its_files_are_what_lacks_is_missing(stage, scanner, music, library):
    disk = music / "disk"
    (disk / "a").mkdir(parents=True)
    library.seen[os.fsencode(disk)] = seen_now(disk, mounted=True)
    for name in ("1.mp3", "2.mp3"):
        (disk / "a" / name).write_bytes(b"x")
        library.knows(disk / "a" / name)
    library.knows(disk / "a" / "gone.mp3", stamp=FileStamp(1, 1))
    scan(stage, music)
    assert marked(stage, MarkMissing) == {"gone.mp3"}


def test_an_unchanged_file_comes_again_if_a_sheet_beside_it_is_new(stage, scanner, music, library):
    library.knows(music / "a" / "1.mp3")
    library.knows(music / "a" / "2.mp3")
    (music / "a" / "1.cue").write_text(
        'FILE "1.mp3" WAVE\n  TRACK 01 AUDIO\n    TITLE "All"\n    INDEX 01 00:00:00\n', "utf-8"
    )
    scan(stage, music / "a")
    assert names(stage) == ["1.mp3"]
