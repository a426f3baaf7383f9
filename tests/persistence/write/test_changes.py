"""The findings of a run about each file, true of a run that was killed as well."""

from dataclasses import replace

import pytest

from passagework.domain.analysis import SameAudio
from passagework.domain.changes import FileChange, Found
from passagework.domain.failures import FailureCode
from passagework.domain.tags import Tags
from passagework.domain.views import RunState
from passagework.persistence.read.queries import Summary
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import MarkMissing, MarkPresent, StoreAnalysis, StoreTags

A, B, C = b"/music/a.flac", b"/music/b.flac", b"/music/c.flac"


@pytest.fixture
def filled(library, make):
    """Give a library with three files of a first run, and a second run under way."""
    library.write(*(make.store(1, path, audio=path[-6:-5]) for path in (A, B, C)))
    return next_run(library)


def next_run(library):
    library.close_run(RunState.COMPLETED)
    library.new_run()
    return library


def findings(library, run=None):
    """Give what a run found, by path: of content, then of place."""
    found = library.connection.execute(
        """
        SELECT path, what, NULL FROM run_file JOIN file ON file.id = file_id WHERE run_id = :run
        UNION ALL SELECT path, what, from_path FROM run_change JOIN file ON file.id = file_id WHERE run_id = :run
        """,
        {"run": library.run if run is None else run},
    )
    return sorted(found, key=repr)


def move(library, file, to):
    library.connection.execute("UPDATE file SET path = ?, path_text = ? WHERE path = ?", (to, to.decode(), file))


@pytest.mark.parametrize("straight", [True, False])
def test_a_first_result_is_an_added_file_whatever_was_begun_before(library, make, monkeypatch, straight):
    if not straight:
        monkeypatch.setattr("passagework.persistence.write.batch._write_straight", lambda *_: ())
    library.write(make.begin(1, A), make.begin(1, B), make.begin(1, C), make.store(1, A))
    next_run(library)
    library.write(make.store(2, B), make.fail(2, C))
    assert findings(library, 1) == [(A, "added", None)]
    assert findings(library, 2) == [(B, "added", None), (C, "added", None)]


def test_the_content_decides_whether_a_file_has_changed(filled, make):
    touched = replace(make.stamp, mtime_ns=7)
    outcome = filled.write(
        make.store(2, A, audio=b"a", stamp=touched), make.store(2, B, audio=b"B"), make.store(2, C, audio=b"c")
    )
    assert findings(filled) == [(A, "redone", None), (B, "changed", None), (C, "redone", None)]
    assert [(one.found, one.path) for one in outcome.changes] == [(Found.CHANGED, B)]
    assert outcome.changes[0].guid == filled.file(B).guid


@pytest.mark.parametrize("read", ["all", "tags"])
def test_other_bytes_with_the_same_audio_are_new_tags_however_they_were_read(filled, make, read):
    new = make.analysis(A, audio=b"a", content_hash=b"n" * 32, tags=Tags(title="New"))
    tags = SameAudio(new.path, new.stamp, new.content_hash, new.audio_hash, new.tags, ())
    outcome = filled.write(StoreAnalysis(2, new) if read == "all" else StoreTags(2, tags))
    assert findings(filled) == [(A, "retagged", None)]
    assert [(one.found, one.path) for one in outcome.changes] == [(Found.RETAGGED, A)]
    summary = filled.ask(Summary(2))
    assert (summary.analysed, summary.tags_read) == ((1, 0) if read == "all" else (0, 1))
    assert summary.audio == (60 * make.second if read == "all" else 0)
    filled.write(make.store(2, A, audio=b"A"))
    assert findings(filled) == [(A, "changed", None)]


def test_of_a_file_that_cannot_be_read_size_and_mtime_decide(filled, make):
    filled.write(make.fail(2, A), make.fail(2, B, stamp=replace(make.stamp, size=7)))
    assert findings(filled) == [(A, "redone", None), (B, "changed", None)]
    next_run(filled)
    filled.write(make.store(3, A, audio=b"x"), make.store(3, B, stamp=replace(make.stamp, size=7), audio=b"y"))
    assert findings(filled) == [(A, "redone", None), (B, "redone", None)]


def test_of_several_results_of_a_run_the_first_says_what_was_found_unless_the_content_changes_later(filled, make):
    filled.write(make.store(2, b"/music/new.flac"), make.store(2, A, audio=b"a"), make.store(2, B, audio=b"B"))
    filled.write(
        make.fail(2, b"/music/new.flac", FailureCode.DAMAGED),
        make.store(2, A, audio=b"other"),
        make.store(2, B, audio=b"B"),
    )
    assert findings(filled) == [(A, "changed", None), (B, "changed", None), (b"/music/new.flac", "added", None)]


def test_files_that_go_and_come_back_are_named_once_each(filled, make):
    gone = filled.write(MarkMissing(2, (A, B)), MarkMissing(2, (B, C)))
    assert gone.changes == tuple(FileChange(Found.MISSING, filled.file(path).guid, path) for path in (A, B, C))
    assert findings(filled) == [(A, "missing", None), (B, "missing", None), (C, "missing", None)]
    next_run(filled)
    back = filled.write(MarkPresent(3, (A,)), make.store(3, B, audio=b"b"), make.fail(3, C))
    assert {(one.found, one.path) for one in back.changes} == {(Found.BACK, path) for path in (A, B, C)}
    assert findings(filled) == sorted(
        [(A, "back", None), (B, "back", None), (B, "redone", None), (C, "back", None), (C, "redone", None)], key=repr
    )


def test_findings_say_what_is_different_at_the_end_of_the_run(filled):
    filled.write(MarkMissing(2, (A, B)))
    filled.write(MarkPresent(2, (A,)))
    assert findings(filled) == [(B, "missing", None)]
    next_run(filled)
    filled.write(MarkPresent(3, (B,)))
    filled.write(MarkMissing(3, (B,)))
    assert findings(filled) == []


def test_a_mark_that_is_written_twice_is_noted_once(filled):
    filled.write(MarkMissing(2, (A,)))
    assert filled.write(MarkMissing(2, (A,)), MarkPresent(2, (B,))).changes == ()
    assert findings(filled) == [(A, "missing", None)]


def test_two_files_that_swap_names_are_moved_from_where_they_were(filled):
    guids = {path: filled.file(path).guid for path in (A, B)}
    for file, to in ((A, b"/tmp"), (B, A), (b"/tmp", B)):
        move(filled, file, to)
    changes = filled.write(MarkMissing(2, (C,))).changes
    assert findings(filled) == [(A, "moved", B), (B, "moved", A), (C, "missing", None)]
    assert changes == (
        FileChange(Found.MOVED, guids[A], B, A),
        FileChange(Found.MOVED, guids[B], A, B),
        FileChange(Found.MISSING, filled.file(C).guid, C),
    )


def test_findings_are_rolled_back_with_the_change(filled, make):
    outcome = filled.write(MarkMissing(2, (A,)), make.store(2, B, samples=2**70))
    assert outcome.replayed
    assert [(one.found, one.path) for one in outcome.changes] == [(Found.MISSING, A)]
    assert findings(filled) == [(A, "missing", None), (B, "redone", None)]


def test_undoing_a_run_leaves_no_findings_of_it_and_makes_none(filled):
    filled.write(MarkMissing(2, (A,)))
    move(filled, B, b"/music/moved.flac")
    # As the process died, the run is still open.
    undo_run(filled.connection, 2, 5)
    assert filled.file(B) is not None
    assert findings(filled, 2) == []
    filled.new_run()
    assert filled.write(MarkMissing(3, (C,))).changes == (FileChange(Found.MISSING, filled.file(C).guid, C),)
    assert findings(filled, 3) == [(C, "missing", None)]
