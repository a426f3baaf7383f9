import pytest

from passagework.domain.codes import UnknownCode
from passagework.domain.failures import FailureCode, WarningCode
from passagework.domain.given_cuts import CutSource, GivenCuts
from passagework.persistence.read.queries import (
    FailedFiles,
    KnownFiles,
    ListPassages,
    Runs,
    Status,
    Summary,
    WaitingFiles,
    WaitingGroups,
)

FINE = b"/music/fine.flac"
BAD = b"/music/bad.flac"


@pytest.fixture
def newer(library, make):
    """A library with codes that a newer Passagework stored, one of each kind."""
    library.write(
        make.store(library.run, FINE, warnings=(WarningCode.SILENT,)),
        make.fail(library.run, BAD, FailureCode.NOT_AUDIO, "a poodle"),
    )
    (guid,) = library.guids()
    library.write(make.store_links(library.run, FINE, make.links(guid, (make.song(1),))))
    library.connection.executescript("""
        PRAGMA ignore_check_constraints = ON;
        UPDATE file SET failure_code = 'new-failure', state = 'new-file-state' WHERE failure_code IS NOT NULL;
        UPDATE file SET warnings = '["new-warning", "silent"]' WHERE failure_code IS NULL;
        UPDATE run_file SET failure_code = 'new-failure' WHERE failure_code IS NOT NULL;
        UPDATE run_file SET warnings = '["new-warning"]' WHERE failure_code IS NULL;
        UPDATE passage SET link_state = 'new-link-state', link_doubt = 'new-doubt';
        UPDATE passage_evidence SET statements = '[["new-source", "recording", "x", 0.5]]';
        UPDATE run SET state = 'new-run-state';
    """)
    return library


def test_codes_of_a_newer_version_are_shown_as_they_are_stored(newer):
    bad, fine = newer.file(BAD), newer.file(FINE)
    (passage,) = newer.ask(ListPassages(10))
    (run,) = newer.ask(Runs(10))
    assert (bad.state, bad.failure.code, bad.failure.detail) == ("new-file-state", "new-failure", "a poodle")
    assert fine.warnings == ("new-warning", WarningCode.SILENT)
    assert (passage.link_state, passage.doubts) == ("new-link-state", {"new-doubt"})
    assert {evidence.source for evidence in passage.evidence} == {"new-source"}
    assert run.state == "new-run-state"
    assert {type(code) for code in (bad.state, bad.failure.code, passage.link_state, run.state)} == {UnknownCode}


def test_codes_of_a_newer_version_are_counted_and_listed(newer):
    status, summary = newer.ask(Status()), newer.ask(Summary(newer.run))
    assert status.file_states == (("analysed", 1), ("new-file-state", 1))
    assert status.link_states == summary.link_states == (("new-link-state", 1),)
    assert summary.warnings == (("new-warning", 1),)
    assert [failed.failure.code for failed in summary.failed] == ["new-failure"]
    assert [failed.failure.code for failed in newer.ask(FailedFiles(10))] == ["new-failure"]


def test_a_file_in_a_state_of_a_newer_version_is_known_to_the_scanner(newer):
    states = {known.path: (known.state, known.transient) for known in newer.ask(KnownFiles((b"/music",)))}
    assert states[BAD] == ("new-file-state", False)


def test_files_that_a_source_of_a_newer_version_has_cut_are_shown_and_wait_as_others(library, make):
    library.write(
        make.store(library.run, FINE, cut_by=CutSource.CHAIN, given=GivenCuts(source=CutSource.CHAIN, pieces=()))
    )
    library.connection.executescript("""
        UPDATE file SET cut_by = 'new-source', given_cuts = replace(given_cuts, 'chain', 'new-source');
    """)
    (waiting,), ((grouped,),) = library.ask(WaitingFiles(1)), library.ask(WaitingGroups(9, 1))
    assert library.file(FINE).cut_by == waiting.given.source == grouped.given.source == "new-source"
