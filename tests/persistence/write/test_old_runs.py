"""Old runs: those that changed nothing are folded, and of the others the findings by name are forgotten."""

import pytest

from passagework.domain.changes import Found
from passagework.domain.views import RunState
from passagework.persistence.read.queries import Findings, RunAt, Runs, Summary
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.runs import close_run, open_run
from passagework.persistence.write.writes import MarkMissing

A, B = b"/music/a.flac", b"/music/b.flac"
KEEP = 3


@pytest.fixture
def run(library):
    """Give a function that makes a run of these messages, which keeps three of each kind."""
    library.close_run(RunState.COMPLETED)

    def make_run(*messages, state=RunState.COMPLETED, settings="{}"):
        now = next(library.clock)
        number = open_run(library.connection, config_hash="", config_text=settings, roots=(b"/music",), now_ns=now)
        if messages:
            library.write(*(message(number) for message in messages))
        close_run(
            library.connection,
            number,
            state,
            files_seen=1,
            files_unchanged=1,
            now_ns=next(library.clock),
            keep_runs=KEEP,
        )
        return number

    return make_run


def shown(library):
    """Give the runs that have a row: their numbers, and how many others each stands for."""
    return [(run.id, run.folded) for run in reversed(library.ask(Runs(1_000)))]


def test_runs_that_changed_nothing_are_one_row_but_for_the_latest(library, run):
    since = library.ask(Runs(1))[0].started_ns
    for _ in range(9):
        run()
    assert shown(library) == [(7, 6), (8, 0), (9, 0), (10, 0)]
    folded = library.ask(Runs(9))[-1]
    assert (folded.folded_since_ns, folded.changed, folded.state) == (since, False, RunState.COMPLETED)
    assert library.rows()["run_root"] == 4
    assert run() == 11
    library.check()


def test_a_folded_run_is_found_in_the_row_that_stands_for_it(library, run):
    for _ in range(9):
        run()
    assert [library.ask(RunAt(number)).id for number in (1, 6, 7, 8, 10)] == [7, 7, 7, 8, 10]
    assert library.ask(RunAt(11)) is None


def test_runs_that_changed_something_or_did_not_end_well_separate_those_that_are_folded(library, run, make):
    def three():
        for _ in range(3):
            run()

    three()
    run(lambda number: make.fail(number, A))
    three()
    run(state=RunState.CANCELLED)
    three()
    three()
    assert shown(library) == [
        *((4, 3), (5, 0), (8, 2), (9, 0), (12, 2)),
        *((13, 0), (14, 0), (15, 0)),
    ]
    library.check()


@pytest.mark.slow
def test_folding_looks_only_at_what_is_not_folded_yet(library, run, make):
    def statements():
        said = []
        library.connection.set_trace_callback(said.append)
        run()
        library.connection.set_trace_callback(None)
        return len(said)

    for number in range(4):
        run(lambda of, number=number: make.fail(of, b"/music/%d.flac" % number))
        run()
    few = statements()
    for number in range(30):
        run(lambda of, number=number: make.fail(of, b"/music/%d.flac" % number))
        run()
    assert statements() == few


def test_neither_the_library_nor_what_a_run_asks_grows_with_the_number_of_runs(library, run):
    def cost():
        said = []
        library.connection.set_trace_callback(said.append)
        run()
        library.connection.set_trace_callback(None)
        (pages,) = library.connection.execute("SELECT page_count FROM pragma_page_count").fetchone()
        return len(said), pages

    for _ in range(2 * KEEP):
        run()
    first = cost()
    for _ in range(100):
        run()
    assert cost() == first


def test_settings_are_stored_once_and_go_with_their_last_run(library, run):
    for settings in ("a", "b", "a"):
        run(settings=settings)
    texts = "SELECT text FROM run_settings ORDER BY text"
    assert library.connection.execute(texts).fetchall() == [("a",), ("b",), ("{}",)]
    for _ in range(3):
        run(settings="c")
    assert library.connection.execute(texts).fetchall() == [("a",), ("c",)]


def test_a_run_during_which_anything_was_written_is_not_one_that_changed_nothing(library, run, make):
    run(lambda number: make.fail(number, A))
    again = run(lambda number: make.fail(number, A))
    assert library.ask(RunAt(again)).changed
    assert library.ask(RunAt(run())).changed is False


def test_a_run_that_died_has_true_numbers(library, make):
    library.write(make.store(1, A), make.fail(1, B))
    open_again = open_run(library.connection, config_hash="", config_text="", roots=(), now_ns=1)
    assert open_again == 2
    died = library.ask(RunAt(1))
    assert (died.state, died.changed) == (RunState.CRASHED, True)
    assert died.found == ((Found.ADDED, 2), (Found.FAILED, 1))


def test_an_open_run_has_the_numbers_so_far(library, make):
    library.write(make.store(1, A))
    found = library.ask(RunAt(1))
    assert (found.found, found.changed) == (((Found.ADDED, 1),), None)


def test_findings_are_kept_by_name_of_the_latest_runs_that_changed_something(library, run, make):
    first = run(lambda number: make.store(number, A), lambda number: make.fail(number, B))
    gone = run(lambda number: MarkMissing(number, (A,)))
    for _ in range(KEEP):
        run()
        last = run(lambda number: make.store(number, A))
    kept = {number: library.ask(RunAt(number)).has_findings for number in (first, gone, last)}
    assert kept == {first: False, gone: False, last: True}
    assert library.ask(RunAt(first)).found == ((Found.ADDED, 2), (Found.FAILED, 1))
    assert library.ask(RunAt(gone)).found == ((Found.MISSING, 1),)
    assert [one.path for one in library.ask(Findings(last, 9)).findings] == [A]
    # Whether a failure is a new one can still be said.
    again = run(lambda number: make.fail(number, B))
    assert [failed.new for failed in library.ask(Summary(again)).failed] == [False]


def test_a_run_can_be_undone_however_many_followed_that_changed_nothing(library, run, make):
    run(lambda number: make.store(number, A))
    changed = run(lambda number: make.store(number, A, audio=b"b"))
    hashes = library.file(A).content_hash
    for _ in range(9):
        run()
    undo_run(library.connection, changed, 5)
    assert library.file(A).content_hash != hashes
    undone = library.ask(RunAt(changed))
    assert (undone.undone_ns, undone.found) == (5, ((Found.CHANGED, 1),))
    assert library.ask(Findings(changed, 9)).findings == ()
