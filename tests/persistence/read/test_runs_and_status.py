from passagework.domain.edits import Edit
from passagework.domain.failures import FailureCode, WarningCode
from passagework.domain.links import LinkState
from passagework.domain.parts import Provenance, Wanted
from passagework.domain.views import FileState, RunState
from passagework.persistence.file.counts import FORGET_COUNTS
from passagework.persistence.file.full_check import check_library
from passagework.persistence.read.queries import Runs, StaleParts, Status, Summary
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.runs import open_run
from passagework.persistence.write.writes import MarkExcluded, MarkMissing


def test_a_run_knows_how_it_began_and_ended(library):
    library.new_run(roots=(b"/music", b"/\xff"))
    library.close_run(RunState.COMPLETED, files_seen=12, files_unchanged=5)
    run = library.ask(Runs(1))[0]
    assert (run.id, run.state, run.roots, run.config_hash) == (2, RunState.COMPLETED, (b"/music", b"/\xff"), "hash")
    assert (run.files_seen, run.files_unchanged) == (12, 5)
    assert run.started_ns < run.ended_ns
    library.close_run(RunState.CANCELLED)
    assert library.ask(Runs(1)) == (run,)


def test_a_run_that_never_ended_has_crashed_when_the_next_one_opens(library):
    library.new_run()
    assert [run.state for run in library.ask(Runs(5))] == [RunState.RUNNING, RunState.CRASHED]


def test_a_summary_counts_what_the_run_did(library, make):
    library.write(
        make.store(library.run, spans=((0, 20), (30, 60)), warnings=(WarningCode.TRUNCATED, WarningCode.SILENT)),
        make.store(library.run, b"/music/b.flac", warnings=(WarningCode.SILENT,)),
        make.fail(library.run, b"/music/c.flac"),
    )
    library.write(
        MarkMissing(library.run, (b"/music/c.flac",)),
        make.store_links(library.run, b"/music/b.flac", make.links(library.passages(b"/music/b.flac")[0].guid)),
    )
    summary = library.ask(Summary(library.run))
    assert (summary.run.id, summary.analysed, summary.passages, summary.missing) == (library.run, 2, 3, 1)
    assert summary.audio == 120 * make.second
    assert [failed.path for failed in summary.failed] == [b"/music/c.flac"]
    assert summary.link_states == ((LinkState.LINKED, 1), (LinkState.WAITING, 2))
    assert dict(summary.warnings) == {WarningCode.TRUNCATED: 1, WarningCode.SILENT: 2}
    assert library.ask(Summary(99)) is None


def test_a_summary_does_not_change_with_later_runs(library, make):
    first = library.run
    library.write(make.store(first), make.fail(first, b"/music/b.flac"))
    library.close_run(RunState.COMPLETED)
    before = library.ask(Summary(first))
    second = library.new_run()
    library.write(make.fail(second), make.store(second, b"/music/b.flac", spans=((0, 5), (6, 10))))
    after = library.ask(Summary(first))
    assert (after.analysed, after.failed, after.passages, after.audio) == (
        before.analysed,
        before.failed,
        before.passages,
        before.audio,
    )


def test_a_summary_counts_links_of_files_that_an_earlier_run_analysed(library, make):
    library.write(make.store(library.run))
    second = library.new_run()
    library.write(make.store_links(second, b"/music/a.flac", make.links(library.passages()[0].guid)))
    summary = library.ask(Summary(second))
    assert (summary.analysed, summary.link_states) == (0, ((LinkState.LINKED, 1),))


def test_a_failure_is_new_unless_the_run_before_ended_with_it(library, make):
    def news(*codes):
        library.new_run()
        library.write(
            *(
                make.store(library.run) if code is None else make.fail(library.run, code=code, detail=str(library.run))
                for code in codes
            )
        )
        return [failed.new for failed in library.ask(Summary(library.run)).failed]

    assert news(FailureCode.READ_ERROR) == [True]
    assert news(FailureCode.READ_ERROR) == [False]
    assert news(FailureCode.READ_ERROR, FailureCode.READ_ERROR) == [False]
    assert news(FailureCode.WORKER_CRASHED) == [True]
    assert news(None) == []
    assert news(FailureCode.WORKER_CRASHED) == [True]


def test_status_counts_the_library(library, make):
    library.write(
        make.store(library.run),
        make.fail(library.run, b"/music/b.flac"),
        make.begin(library.run, b"/music/c.flac"),
        MarkMissing(library.run, (b"/music/b.flac",)),
    )
    status = library.ask(Status())
    assert dict(status.file_states) == {FileState.ANALYSED: 1, FileState.FAILED: 1, FileState.BEGUN: 1}
    assert (status.missing, status.passages, status.audio) == (1, 1, 60 * make.second)
    assert status.link_states == ((LinkState.WAITING, 1),)
    assert status.last_run.id == library.run
    assert status.bytes > 4096


def test_status_counts_every_table(library):
    tables = library.connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' "
        "AND name NOT LIKE 'search_index%' AND name NOT LIKE 'sqlite%' AND name <> 'library'"
    )
    assert {name for (name,) in tables} == set(library.rows())


def test_kept_counts_are_those_of_the_library_after_whatever_happens(library, make):
    def kept():
        return library.connection.execute("SELECT counts FROM library").fetchone()[0]

    def status_is_counted():
        shown = library.ask(Status())
        library.connection.execute(FORGET_COUNTS)
        assert library.ask(Status()) == shown

    library.write(make.store(library.run, spans=((0, 20), (30, 60))), make.fail(library.run, b"/music/b.flac"))
    status_is_counted()
    library.close_run(RunState.COMPLETED)
    assert kept() is not None
    library.new_run()
    library.close_run(RunState.COMPLETED)
    assert kept() is not None, "a run that found nothing counts nothing"
    status_is_counted()
    library.new_run()
    assert kept() is None
    library.close_run(RunState.COMPLETED)
    apply_edits(library.connection, (Edit(library.passages()[0].guid, "recording", "none"),), 1)
    assert kept() is None
    library.new_run()
    library.write(make.store(library.run, b"/music/b.flac"))
    library.close_run(RunState.COMPLETED)
    undo_run(library.connection, library.run, 1)
    assert kept() is None
    status_is_counted()


def test_decisions_that_are_due_again_belong_to_no_run_that_crashed_and_leave_the_counts_true(library, make):
    library.write(make.store(library.run))
    links = make.links(library.guids()[0], (make.song(1),))
    library.write(make.store_links(library.run, b"/music/a.flac", links))
    library.close_run(RunState.COMPLETED)
    library.new_run()
    open_run(library.connection, config_hash="", config_text="", roots=(), now_ns=1, services=("acoustid",))
    assert library.connection.execute("SELECT link_retry_ns FROM passage").fetchone() == (1,)
    assert library.connection.execute("SELECT * FROM before_image").fetchall() == []
    assert check_library(library.path).wrong == ()


def test_counts_of_an_earlier_schema_are_not_shown(library):
    library.close_run(RunState.COMPLETED)
    library.connection.execute("UPDATE library SET counts = json_set(counts, '$.schema', 1, '$.audio', 77)")
    assert library.ask(Status()).audio == 0


def test_what_is_missing_or_excluded_is_not_stale_also_where_it_is_counted_before(library, make):
    library.new_run(config_text='{"segmentation": {"trim": true}}')
    paths = [b"/music/%d.flac" % number for number in range(6)]
    library.write(*(make.store(library.run, path) for path in paths))
    library.write(MarkMissing(library.run, tuple(paths[:1])), MarkExcluded(library.run, tuple(paths[1:3])))
    library.close_run(RunState.COMPLETED)
    now = Provenance.of_run('{"segmentation": {"trim": false}}')
    for roots in (None, (b"/music",)):
        assert library.ask(StaleParts(Wanted(now), roots)).files == 3


def test_a_check_notices_wrong_counts_and_the_next_writer_forgets_them(library, make, open_at):
    library.write(make.store(library.run))
    library.close_run(RunState.COMPLETED)
    library.connection.execute("UPDATE library SET counts = json_set(counts, '$.audio', 77)")
    library.close()
    assert check_library(library.path).wrong == ("counts",)
    library.reopen()
    assert library.ask(Status()).audio == 60 * make.second
