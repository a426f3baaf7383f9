"""What a run found, file by file."""

from passagework.domain.changes import Found
from passagework.domain.failures import Failure, FailureCode, WarningCode
from passagework.domain.views import Finding, RunState
from passagework.persistence.read.queries import Findings
from passagework.persistence.write.writes import MarkMissing, MarkPresent

A, B, C, D = (b"/music/%c.flac" % letter for letter in b"abcd")


def findings(library, run):
    """Give all findings, read in pages of two files."""
    found, after = [], 0
    while after is not None:
        page = library.ask(Findings(run, 2, after))
        found += page.findings
        after = page.last
    return found


def move(library, file, to):
    library.connection.execute("UPDATE file SET path = ?, path_text = ? WHERE path = ?", (to, to.decode(), file))


def test_each_file_is_named_once_with_all_that_was_found(library, make):
    library.write(*(make.store(1, path, audio=path[-6:-5]) for path in (C, B, A)))
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    guids = {path: library.file(path).guid for path in (A, B, C)}
    library.write(MarkMissing(run, (A, B)))
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    move(library, C, b"/music/moved.flac")
    library.write(
        MarkPresent(run, (A,)),
        make.store(run, B, audio=b"B", warnings=(WarningCode.SILENT, WarningCode.TRUNCATED)),
        make.fail(run, b"/music/moved.flac", FailureCode.DAMAGED, "why"),
        make.store(run, D),
    )
    expected = [
        Finding(guids[A], A, (Found.BACK,), None, None, ()),
        Finding(
            guids[B],
            B,
            (Found.CHANGED, Found.BACK, Found.WARNED),
            None,
            None,
            (WarningCode.SILENT, WarningCode.TRUNCATED),
        ),
        Finding(library.file(D).guid, D, (Found.ADDED,), None, None, ()),
        Finding(
            guids[C],
            b"/music/moved.flac",
            (Found.REDONE, Found.MOVED, Found.FAILED),
            C,
            Failure(FailureCode.DAMAGED, "why"),
            (),
        ),
    ]
    assert list(library.ask(Findings(run, 9)).findings) == expected
    assert sorted(findings(library, run), key=lambda one: one.path) == expected
    assert findings(library, 99) == []


def test_a_file_is_named_by_the_path_that_it_had(library, make):
    library.write(make.store(1, A))
    for to in (B, C):
        library.close_run(RunState.COMPLETED)
        library.new_run()
        move(library, library.connection.execute("SELECT path FROM file").fetchone()[0], to)
    paths = [[(one.path, one.from_path) for one in findings(library, run)] for run in (1, 2, 3)]
    assert paths == [[(A, None)], [(B, A)], [(C, B)]]


def test_results_of_earlier_versions_are_those_of_new_files_or_of_files_that_were_read_again(library, make):
    library.write(make.store(1, A))
    library.close_run(RunState.COMPLETED)
    library.new_run()
    library.write(make.store(2, A), make.store(2, B))
    library.connection.execute("UPDATE run_file SET what = NULL")
    assert [one.found for one in findings(library, 2)] == [(Found.REDONE,), (Found.ADDED,)]
