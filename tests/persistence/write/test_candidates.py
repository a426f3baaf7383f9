"""What a passage may be: candidates, confidence, doubts and evidence as the last decision left them."""

from dataclasses import replace

import pytest

from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.links import CandidateRow, CandidateTerm, Doubt, LinkState
from passagework.domain.views import RunState
from passagework.persistence.read.queries import ReviewList, Status
from passagework.persistence.user.undo import undo_run

PATH = b"/music/a.flac"
TERMS = (CandidateTerm("base", 1.0, -2.07, ""), CandidateTerm("title", 0.93, 2.5, 'the title "A\N{SNOWMAN}"'))


@pytest.fixture
def guid(library, make):
    library.write(make.store(library.run))
    return library.passages()[0].guid


@pytest.fixture
def candidates(make):
    first = CandidateRow(make.mbid(1, 1), "Song", ("A", "B"), 0.875, 1.95, TERMS, ("text-only",), 61.5)
    second = replace(first, recording=make.mbid(1, 2), confidence=0.1, release=make.mbid(4, 1), album="Album")
    return (first, replace(second, medium=1, track=7, caps=(), seconds=None), replace(first, terms=()))


@pytest.fixture
def decide(library, make, guid):
    """Give a function that stores a decision about the passage."""

    def write(candidates=(), state=LinkState.PROPOSAL, run=None, **more):
        links = replace(make.links(guid, state=state), candidates=tuple(candidates), **more)
        return library.write(make.store_links(run or library.run, PATH, links))

    return write


def shown(library):
    return library.passages()[0]


def test_a_decision_comes_back_with_everything_that_led_to_it(library, decide, candidates):
    decide(candidates, confidence=0.875, weights="1", doubts=frozenset(Doubt), reason="two songs are as likely")
    passage = shown(library)
    assert passage.candidates == candidates
    assert (passage.link_state, passage.confidence, passage.weights) == (LinkState.PROPOSAL, 0.875, "1")
    assert (passage.doubts, passage.reason) == (frozenset(Doubt), "two songs are as likely")


@pytest.mark.parametrize("state", [state for state in LinkState if state is not LinkState.WAITING])
@pytest.mark.parametrize("doubts", [(), (Doubt.CONFLICT,), (Doubt.AMBIGUOUS,)])
def test_every_state_and_every_doubt_can_be_kept(library, decide, state, doubts):
    assert decide(state=state, doubts=frozenset(doubts)).rejected == ()
    assert (shown(library).link_state, shown(library).doubts) == (state, frozenset(doubts))
    assert library.ask(Status()).link_states == ((state, 1),)


def test_the_same_decision_again_changes_no_row(library, decide, candidates):
    decide(candidates, confidence=0.875, weights="1", doubts=frozenset({Doubt.CONFLICT}))
    assert decide(candidates, confidence=0.875, weights="1", doubts=frozenset({Doubt.CONFLICT})).rows == 0


def test_only_candidates_that_changed_are_written(library, decide, candidates):
    decide(candidates)
    first, second, third = candidates
    assert decide([first, replace(second, confidence=0.2), third]).rows == 1
    assert shown(library).candidates[1].confidence == 0.2


@pytest.mark.parametrize("left", [0, 1, 2])
def test_candidates_that_a_decision_no_longer_names_go(library, decide, candidates, left):
    decide(candidates)
    decide(candidates[:left])
    assert shown(library).candidates == candidates[:left]


def test_a_candidate_that_cannot_be_stored_costs_its_message_alone(library, make, guid, decide, candidates):
    outcome = decide([replace(candidates[0], confidence=float("nan"))])
    assert len(outcome.rejected) == 1
    assert shown(library).link_state is LinkState.FAILED
    assert shown(library).candidates == ()


def test_undoing_the_run_brings_the_former_candidates_back(library, decide, candidates):
    decide(candidates, confidence=0.875, doubts=frozenset({Doubt.CONFLICT}))
    before = shown(library)
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    decide([replace(candidates[0], confidence=0.99)], LinkState.LIKELY, confidence=0.99, run=run)
    undo_run(library.connection, run, 1)
    assert shown(library) == before


def test_a_passage_that_changed_is_undecided_and_keeps_its_candidates_until_the_next_decision(
    library, make, decide, candidates
):
    decide(candidates, confidence=0.875, weights="1", doubts=frozenset({Doubt.CONFLICT}))
    library.write(make.store(library.run, spans=((0, 59),)))
    passage = shown(library)
    assert (passage.link_state, passage.confidence, passage.doubts) == (LinkState.WAITING, None, frozenset())
    assert passage.candidates == candidates


def test_evidence_keeps_its_source_and_its_strength_and_names_the_run_that_wrote_it_last(library, make, guid):
    evidence = tuple(
        Statement(source, "recording", make.mbid(1, 1), 0.1 * n) for n, source in enumerate(EvidenceSource)
    )
    library.write(make.store_links(library.run, PATH, make.links(guid, evidence=evidence)))
    assert shown(library).evidence == evidence
    later = library.new_run()
    stronger = (replace(evidence[0], strength=0.9), *evidence[1:], Statement(EvidenceSource.NUMBER, "track", "7"))
    outcome = library.write(make.store_links(later, PATH, make.links(guid, evidence=stronger)))
    assert shown(library).evidence == stronger
    assert outcome.rows == 1
    assert library.write(make.store_links(library.new_run(), PATH, make.links(guid, evidence=stronger))).rows == 0
    rows = "SELECT source, kind, value, strength, position, run_id FROM evidence ORDER BY position"
    assert library.connection.execute(rows).fetchall() == [
        (row.source, row.kind, row.value, row.strength, place, later) for place, row in enumerate(stronger)
    ]
    library.write(make.store_links(later, PATH, make.links(guid, evidence=())))
    assert library.rows()["passage_evidence"] == 0


def test_of_one_statement_with_two_strengths_the_first_counts(library, make, guid):
    said = [Statement(EvidenceSource.ACOUSTID, "acoustid", "x", strength) for strength in (0.9, 0.5)]
    links = make.store_links(library.run, PATH, make.links(guid, evidence=tuple(said)))
    library.write(links)
    assert library.write(links).rows == 0
    assert shown(library).evidence == (said[0],)


# The review list


def test_the_review_list_holds_proposals_and_doubts_in_the_order_of_the_files(library, make):
    paths = [b"/music/%d.flac" % n for n in (3, 1, 2)]
    library.write(*(make.store(library.run, path, ((0, 20), (30, 60))) for path in paths))
    for path in paths:
        first, second = library.passages(path)
        doubtful = replace(make.links(second.guid, [make.song(1)]), doubts=frozenset({Doubt.AMBIGUOUS}))
        settled = make.links(first.guid, [make.song(2)])
        proposed = make.links(first.guid, state=LinkState.PROPOSAL)
        library.write(make.store_links(library.run, path, settled if path == paths[0] else proposed, doubtful))
    assert [(p.path, p.start) for p in library.ask(ReviewList(10))] == [
        (b"/music/1.flac", 0),
        (b"/music/1.flac", 30 * make.second),
        (b"/music/2.flac", 0),
        (b"/music/2.flac", 30 * make.second),
        (b"/music/3.flac", 30 * make.second),
    ]
    pages, after = [], None
    while page := library.ask(ReviewList(2, after)):
        pages += page
        after = page[-1].guid
    assert tuple(pages) == library.ask(ReviewList(10))


def test_what_waits_again_is_not_on_the_review_list(library, make, decide):
    decide()
    assert len(library.ask(ReviewList(10))) == 1
    library.write(make.store(library.run, spans=((0, 59),)))
    assert library.ask(ReviewList(10)) == ()
