"""What a person decides about a passage is final: imports carry it out, and nothing else is stored."""

from dataclasses import replace

import pytest

from passagework.domain.edits import Edit, EditError
from passagework.domain.identification.evidence.group_evidence import build_evidence
from passagework.domain.identification.linking.links import identify
from passagework.domain.links import NO_RECORDING, LinkState
from passagework.domain.tags import Tags
from passagework.domain.views import RunState
from passagework.persistence.read.queries import ReviewList, WaitingGroups
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import StoreLinks

PATH = b"/music/a.flac"


@pytest.fixture
def guid(library, make):
    """Give a passage that is proposed for review."""
    library.write(make.store(library.run))
    guid = library.passages()[0].guid
    library.write(make.store_links(library.run, PATH, make.links(guid, state=LinkState.PROPOSAL)))
    return guid


def decide(library, guid, recording):
    return apply_edits(library.connection, [Edit(guid, "recording", recording)], next(library.clock))


def links_of(file):
    """Link a file as an import does that asks no service."""
    (links,) = identify((file,), build_evidence((file,)), None)
    return links


def songs(library):
    return [mbid for (mbid,) in library.connection.execute("SELECT mbid FROM song JOIN passage_song ON song_id = id")]


def link(library, make, guid, *songs, state=LinkState.LINKED, **more):
    return library.write(make.store_links(library.run, PATH, make.links(guid, songs, state=state, **more)))


def test_a_decision_takes_the_passage_off_the_review_list_and_makes_it_wait_with_it(library, make, guid):
    changed = decide(library, guid, make.mbid(1, 1).upper())
    assert [(edit.field, edit.before, edit.after) for edit in changed] == [("recording", None, make.mbid(1, 1))]
    assert library.ask(ReviewList(5)) == ()
    (file,) = library.waiting()
    assert [passage.decided for passage in file.passages] == [make.mbid(1, 1)]
    ((waiting,),) = library.ask(WaitingGroups(5, 0))
    assert [passage.decided for passage in waiting.passages] == [make.mbid(1, 1)]
    (own,) = library.passages()[0].own
    assert (own.field, own.value) == ("recording", make.mbid(1, 1))


def test_only_what_agrees_with_the_decision_is_stored(library, make, guid):
    decide(library, guid, make.mbid(1, 1))
    for wrong in ((make.song(2),), (make.song(1), make.song(2)), ()):
        assert link(library, make, guid, *wrong).rows == 0
        assert library.passages()[0].link_state is LinkState.WAITING
    link(library, make, guid, make.song(1))
    assert songs(library) == [make.mbid(1, 1)]
    assert library.passages()[0].link_state is LinkState.LINKED
    assert link(library, make, guid, make.song(2)).rows == 0
    assert songs(library) == [make.mbid(1, 1)]


def test_a_passage_that_is_nothing_known_gets_no_song(library, make, guid):
    link(library, make, guid, make.song(1), state=LinkState.LIKELY)
    decide(library, guid, NO_RECORDING)
    link(library, make, guid, make.song(1))
    assert library.passages()[0].link_state is LinkState.WAITING
    link(library, make, guid, state=LinkState.UNIDENTIFIED)
    assert songs(library) == []
    assert library.passages()[0].link_state is LinkState.UNIDENTIFIED


def test_the_recording_into_which_the_decided_one_was_merged_agrees(library, make, guid):
    decide(library, guid, make.mbid(1, 1))
    link(library, make, guid, replace(make.song(2), former=(make.mbid(1, 1),)))
    assert songs(library) == [make.mbid(1, 2)]
    assert library.connection.execute("SELECT old, new FROM merged_mbid").fetchall() == [
        (make.mbid(1, 1), make.mbid(1, 2))
    ]


def test_that_no_decision_could_be_made_is_visible(library, make, guid):
    decide(library, guid, make.mbid(1, 1))
    link(library, make, guid, state=LinkState.FAILED, reason="a defect")
    assert library.passages()[0].link_state is LinkState.FAILED


def test_a_decision_of_the_linker_under_way_comes_too_late(library, make, guid):
    library.write(make.store(library.run, tags=Tags(title="New")))
    (waiting,) = library.waiting()
    decide(library, guid, make.mbid(1, 1))
    links = replace(links_of(waiting), passages=(make.links(guid, [make.song(1)]),))
    assert library.write(StoreLinks(library.run, links)).rows == 0


@pytest.mark.parametrize("recording", [NO_RECORDING, "00000001-0000-4000-8000-000000000001"])
@pytest.mark.parametrize("spans", [((0, 60),), ((0, 20), (30, 60))])
def test_the_decision_from_tags_carries_out_what_a_person_decided(library, make, recording, spans):
    tags = Tags(title="T", recording_ids=(make.mbid(1, 9),))
    library.write(make.store(library.run, spans=spans, tags=tags))
    decide(library, library.passages()[0].guid, recording)
    for file in library.waiting():
        library.write(StoreLinks(library.run, links_of(file)))
    assert library.waiting() == ()
    expected = [] if recording == NO_RECORDING else [recording]
    assert songs(library) == expected


def test_the_same_decision_again_does_nothing(library, make, guid):
    decide(library, guid, make.mbid(1, 1))
    link(library, make, guid, make.song(1))
    assert decide(library, guid, make.mbid(1, 1)) == ()
    assert library.waiting() == ()


def test_a_decision_that_is_taken_back_leaves_it_to_imports_again(library, make, guid):
    decide(library, guid, make.mbid(1, 1))
    link(library, make, guid, make.song(1))
    changed = decide(library, guid, None)
    assert [(edit.before, edit.after) for edit in changed] == [(make.mbid(1, 1), make.mbid(1, 1))]
    assert [passage.decided for file in library.waiting() for passage in file.passages] == [None]
    link(library, make, guid, make.song(2))
    assert songs(library) == [make.mbid(1, 2)]


@pytest.mark.parametrize("wrong", ["", "no-mbid", "00000001-0000-4000-8000", 5, "accept"])
def test_what_is_no_recording_is_refused(library, make, guid, wrong):
    with pytest.raises(EditError, match="MBID of a recording, or none"):
        decide(library, guid, wrong)


def test_only_a_passage_can_be_said_to_be_a_recording(library, make, guid):
    link(library, make, guid, make.song(1))
    with pytest.raises(EditError, match="has no recording"):
        decide(library, make.mbid(1, 1), make.mbid(1, 2))


def test_a_decision_survives_another_analysis(library, make, guid):
    decide(library, guid, make.mbid(1, 1))
    library.write(make.store(library.run, spans=((0, 58),), tags=Tags(title="Other"), audio=b"z"))
    assert link(library, make, guid, make.song(2)).rows == 0
    assert [passage.decided for file in library.waiting() for passage in file.passages] == [make.mbid(1, 1)]


def test_undoing_the_run_that_carried_a_decision_out_leaves_it_to_be_carried_out_again(library, make, guid):
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    decide(library, guid, make.mbid(1, 1))
    link(library, make, guid, make.song(1))
    undo_run(library.connection, run, 1)
    assert songs(library) == []
    assert [passage.decided for file in library.waiting() for passage in file.passages] == [make.mbid(1, 1)]


def test_a_passage_of_an_undone_run_keeps_its_decision(library, make, guid):
    decide(library, guid, make.mbid(1, 1))
    library.close_run(RunState.COMPLETED)
    assert undo_run(library.connection, library.run, 1).kept == 1
    library.new_run()
    library.write(make.store(library.run))
    assert [passage.guid for passage in library.passages()] == [guid]
    assert [passage.decided for file in library.waiting() for passage in file.passages] == [make.mbid(1, 1)]


def test_undoing_a_later_run_leaves_what_was_carried_out_before(library, make, guid):
    decide(library, guid, make.mbid(1, 1))
    link(library, make, guid, make.song(1))
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    library.write(make.store(run, tags=Tags(title="New")))
    link(library, make, guid, make.song(1, (5,)))
    undo_run(library.connection, run, 1)
    assert songs(library) == [make.mbid(1, 1)]
    assert library.passages()[0].link_state is LinkState.LINKED
