import itertools
import os

import pytest

from passagework.actors.messages import (
    Ask,
    Committed,
    Credit,
    FileFound,
    Scan,
    ScanAdvanced,
    ScanFinished,
    ScanStumbled,
    StopScan,
    Submit,
)
from passagework.actors.outstanding import Outstanding
from passagework.actors.port import NobodyThereError
from passagework.actors.scan_plan import Extensions
from passagework.actors.scanner import ScannerActor, ScannerParts
from passagework.actors.walk import ScanRules
from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.files import FileStamp
from passagework.domain.progress import ScanProblemCode
from passagework.domain.views import FileState, KnownFile
from passagework.persistence.queries import KnownFiles, KnownFolders
from passagework.persistence.writes import MarkMissing, MarkPresent

RUN = 7


class KnownLibrary:
    """Answers what a library would that knows ``files``; goes away while ``away`` is set."""

    def __init__(self):
        self.files = {}
        self.away = False

    def knows(self, path, *, stamp=None, **changes):
        entry = {"state": FileState.ANALYSED, "attempts": 0, "transient": False, "missing": False} | changes
        stamp = stamp or FileStamp.of(os.stat(path))
        self.files[os.fsencode(path)] = KnownFile(os.fsencode(path), stamp, analysis_version=ANALYSIS_VERSION, **entry)

    def answer(self, message):
        assert isinstance(message, Ask)
        if self.away:
            raise NobodyThereError("persistence")
        match message.query:
            case KnownFiles(folder):
                return tuple(known for path, known in self.files.items() if os.path.dirname(path) == folder)
            case KnownFolders(root):
                present = {os.path.dirname(path) for path, known in self.files.items() if not known.missing}
                return tuple(f for f in present if (f + b"/").startswith(root + b"/"))


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
        outstanding=Outstanding(),
        scheduler=stage.scheduler,
        tokens=itertools.count(1),
        rules=ScanRules(),
        extensions=Extensions(frozenset({b".mp3"}), frozenset({b".jpg"})),
        library_path=os.fsencode(tmp_path / "music" / "own.mp3"),
        is_audio=lambda path: path.endswith(b"audio-without-a-name"),
    )
    return stage.put_actor("scanner", ScannerActor(stage.ports["supervisor"], parts))


@pytest.fixture
def music(tmp_path):
    root = tmp_path / "music"
    for name in ("a/1.mp3", "a/2.mp3", "b/3.mp3", "b/cover.jpg", "b/notes"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def scan(stage, *roots, credits_given=100, retry_failed=False):
    scanner = stage.ports["scanner"]
    scanner.tell(Scan(RUN, tuple(os.fsencode(root) for root in roots), retry_failed))
    if credits_given:
        scanner.tell(Credit(RUN, credits_given))
    stage.pump()


def names(stage):
    return [os.path.basename(found.path).decode() for found in stage.inboxes["session"].of(FileFound)]


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
    found = stage.inboxes["session"].of(FileFound)[0]
    assert (found.suspect, found.attempts) == (True, 2)


def test_files_that_are_gone_are_marked_missing_and_nothing_else_is(stage, scanner, music, library):
    library.knows(music / "a" / "1.mp3")
    library.knows(music / "a" / "gone.mp3", stamp=FileStamp(1, 1))
    library.knows(music / "vanished folder" / "gone too.mp3", stamp=FileStamp(1, 1))
    library.knows(music / "b" / "cover.jpg")
    scan(stage, music)
    gone = {os.path.basename(path) for write in writes(stage, MarkMissing) for path in write.paths}
    assert gone == {b"gone.mp3", b"gone too.mp3"}


def test_a_file_that_the_rules_now_leave_out_is_not_missing(stage, scanner, music, library):
    (music / ".hidden.mp3").write_bytes(b"x")
    library.knows(music / ".hidden.mp3")
    scan(stage, music)
    assert writes(stage, MarkMissing) == []


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


def test_marks_count_as_outstanding_until_they_are_acknowledged(stage, scanner, music, library):
    library.knows(music / "a" / "gone.mp3", stamp=FileStamp(1, 1))
    scan(stage, music)
    outstanding = scanner._parts.outstanding
    assert outstanding.count == 1
    stage.ports["scanner"].tell(Committed((stage.inboxes["persistence"].of(Submit)[0].token,)))
    stage.pump()
    assert outstanding.count == 0
