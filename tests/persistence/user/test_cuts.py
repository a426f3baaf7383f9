"""A person's cuts: stored with the file, kept by every import, and what they make due."""

import pytest

from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.edits import Edit, Edited, EditError, Subject
from passagework.domain.given_cuts import Bound, CutSource, Given, write_bounds
from passagework.domain.moves import FilePlace
from passagework.domain.units import TICKS_PER_SECOND
from passagework.domain.views import RunState
from passagework.persistence.read.queries import CutsOf, GivenAbout, SettledFiles, ShowPassage
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import StorePlaces

S = TICKS_PER_SECOND
PATH = b"/music/a.flac"
NOW = 1_900_000_000_000_000_000


@pytest.fixture
def file(library, make):
    library.write(make.store(library.run, PATH, ((0, 20), (25, 60))))
    return library.ask(CutsOf(PATH))


def in_ticks(*bounds):
    return tuple(Bound(start=start * S, end=end * S, keeps=guid) for start, end, guid in bounds)


def cut(library, file, *bounds):
    text = write_bounds(in_ticks(*bounds)) if bounds else None
    return apply_edits(library.connection, [Edit(file.guid, "cuts", text)], NOW)


def recut(make, library, bounds, spans, keeps):
    """Store the analysis that such bounds make."""
    passages = tuple(make.passage(*span, keeps=guid, fingerprint=None) for span, guid in zip(spans, keeps, strict=True))
    analysis = make.store(library.run, PATH, passages=passages, made_cuts=bounds, cut_by=CutSource.PERSON)
    return library.write(analysis)


def is_settled(library):
    return PATH in library.ask(SettledFiles((b"/music",), ANALYSIS_VERSION)).files


def spans(library):
    return [(one.start // S, one.end // S, one.guid) for one in library.passages(PATH)]


def test_a_file_is_cut_as_it_is_until_a_person_cuts_it(library, file):
    one, other = library.passages(PATH)
    assert file.bounds == in_ticks((0, 20, one.guid), (25, 60, other.guid))
    assert (file.path, file.duration, file.has_history, file.before) == (PATH, 60 * S, False, None)
    assert library.ask(CutsOf(passage=other.guid[:8])) == file
    assert library.ask(CutsOf(b"/music/none.flac")) is library.ask(CutsOf(passage="no-such")) is None


def test_a_file_is_found_by_its_places_and_by_six_characters_of_a_passage_in_use_that_no_other_file_has(
    library, file, make
):
    place = FilePlace(b"/music/b.flac", PATH, make.stamp)
    library.write(StorePlaces(library.run, (place,)), make.store(library.run, b"/music/c.flac", audio=b"c"))
    assert library.ask(CutsOf(place.path)) == file
    first, second = (one.guid for one in library.passages(PATH))
    assert library.ask(CutsOf(passage=second[:6].upper())) == file
    assert library.ask(CutsOf(passage=second[:5])) is None
    other = f"{first[:6]}{'0' * 26}"
    library.connection.execute("UPDATE passage SET guid = ? WHERE file_id <> (SELECT min(id) FROM file)", (other,))
    assert library.ask(CutsOf(passage=first[:6])) is None
    library.write(make.store(library.run, PATH, ((0, 20),)))
    assert library.ask(CutsOf(PATH)).bounds == in_ticks((0, 20, first))
    assert library.ask(CutsOf(passage=second)) is None


def test_a_file_that_a_person_cut_waits_for_the_next_import_and_its_passages_stay_meanwhile(library, file):
    before = spans(library)
    (edited,) = cut(library, file, (0, 30, None), (30, 60, before[1][2]))
    assert edited == Edited(Subject.FILE, file.guid, "cuts", None, None, edited.after)
    assert not is_settled(library)
    assert library.ask(GivenAbout((PATH, b"/music/b.flac"))) == {PATH: Given(bounds=edited.after)}
    assert spans(library) == before
    assert library.ask(CutsOf(PATH)).bounds == in_ticks((0, 30, None), (30, 60, before[1][2]))


def test_a_passage_keeps_its_guid_however_far_a_person_moves_its_bounds(library, file, make):
    (_, _, first), (_, _, second) = spans(library)
    (edited,) = cut(library, file, (0, 3, first), (3, 18, None), (50, 60, second))
    recut(make, library, edited.after, [(0, 3), (3, 18), (50, 60)], [first, None, second])
    (_, _, one), (_, _, new), (_, _, other) = found = spans(library)
    assert [bound[:2] for bound in found] == [(0, 3), (3, 18), (50, 60)]
    assert (one, other) == (first, second)
    assert new not in {first, second}
    assert is_settled(library)


def test_what_a_person_keeps_may_lie_where_another_passage_was_and_may_have_been_out_of_use(library, file, make):
    first, second = (guid for _, _, guid in spans(library))
    (edited,) = cut(library, file, (25, 60, first))
    recut(make, library, edited.after, [(25, 60)], [first])
    assert spans(library) == [(25, 60, first)]
    (edited,) = cut(library, file, (0, 10, second), (30, 50, first))
    recut(make, library, edited.after, [(0, 10), (30, 50)], [second, first])
    assert spans(library) == [(0, 10, second), (30, 50, first)]


def test_a_passage_that_a_cut_has_made_is_known_afterwards(library, file, make):
    (_, _, first), _ = spans(library)
    # The end of the last one is behind that of the file.
    (edited,) = cut(library, file, (0, 4, None), (4, 20, first), (25, 61, "gone-in-an-undo"))
    assert [bound.keeps for bound in library.ask(CutsOf(PATH)).bounds] == [None, first, "gone-in-an-undo"]
    recut(make, library, edited.after, [(0, 4), (4, 20), (25, 60)], [None, first, "gone-in-an-undo"])
    found = [bound.keeps for bound in library.ask(CutsOf(PATH)).bounds]
    assert found == [guid for _, _, guid in spans(library)]
    assert found[1] == first


def test_a_file_that_was_cut_otherwise_while_it_was_analysed_is_analysed_again(library, file, make):
    (older,) = cut(library, file, (0, 60, None))
    cut(library, file, (0, 10, None), (10, 60, None))
    recut(make, library, older.after, [(0, 60)], [None])
    assert not is_settled(library)
    cut(library, file)
    recut(make, library, older.after, [(0, 60)], [None])
    assert not is_settled(library)


def test_the_last_cut_can_be_taken_back(library, file, make):
    (first,) = cut(library, file, (0, 60, None))
    cut(library, file, (0, 10, None), (10, 60, None))
    assert library.ask(CutsOf(PATH)).before == first.after
    assert cut(library, file)[0].after is None
    found = library.ask(CutsOf(PATH))
    assert (found.bounds, found.has_history) == (file.bounds, True)
    assert library.ask(GivenAbout((PATH,))) == {}
    assert cut(library, file) == ()
    library.write(make.store(library.run, PATH, ((0, 20), (25, 60))))
    assert is_settled(library), "though nothing else has changed"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_passages_of_almost_equal_length_that_were_joined_and_parted_again_keep_their_guids(library, make, order):
    """Neither is half of the two with the gap between them."""
    whole = ((0, 20), (25, 45))
    library.write(make.store(library.run, PATH, whole))
    before = spans(library)
    file = library.ask(CutsOf(PATH))
    kept = before[order[0]][2]
    (joined,) = cut(library, file, (0, 45, kept))
    recut(make, library, joined.after, [(0, 45)], [kept])
    assert spans(library) == [(0, 45, kept)]
    cut(library, file)
    back = make.store(library.run, PATH, whole)
    library.write(back)
    assert spans(library) == before
    library.write(back)
    assert spans(library) == before


def test_a_passage_that_was_cut_in_three_and_is_whole_again_keeps_its_guid(library, file, make):
    before = spans(library)
    (_, _, first), (_, _, second) = before
    (parts,) = cut(library, file, (0, 20, first), (25, 35, None), (35, 48, second), (48, 60, None))
    recut(make, library, parts.after, [(0, 20), (25, 35), (35, 48), (48, 60)], [first, None, second, None])
    cut(library, file)
    library.write(make.store(library.run, PATH, ((0, 20), (25, 60))))
    assert spans(library) == before


def test_an_undone_run_keeps_a_persons_cuts_and_has_the_file_cut_again(library, file, make):
    library.close_run(RunState.COMPLETED)
    (edited,) = cut(library, file, (0, 60, None))
    run = library.new_run()
    recut(make, library, edited.after, [(0, 60)], [None])
    assert is_settled(library)
    library.close_run(RunState.COMPLETED)
    undo_run(library.connection, run, NOW)
    assert [bound[:2] for bound in spans(library)] == [(0, 20), (25, 60)]
    assert library.ask(GivenAbout((PATH,))) == {PATH: Given(bounds=edited.after)}
    assert not is_settled(library)


def test_what_an_undone_run_had_replaced_is_cut_again_if_a_person_cut_it_meanwhile(library, file, make):
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    library.write(make.store(run, PATH, ((0, 21), (25, 60))))
    (edited,) = cut(library, file, (0, 60, None))
    recut(make, library, edited.after, [(0, 60)], [None])
    library.close_run(RunState.COMPLETED)
    undo_run(library.connection, run, NOW)
    assert [bound[:2] for bound in spans(library)] == [(0, 20), (25, 60)]
    assert not is_settled(library)


@pytest.mark.parametrize("field", ["lead_in", "lead_out"])
def test_an_undone_first_import_leaves_a_passage_with_the_lead_that_a_person_set(library, file, field):
    guid = spans(library)[0][2]
    apply_edits(library.connection, [Edit(guid, field, 1.25)], NOW)
    library.close_run(RunState.COMPLETED)
    undo_run(library.connection, library.run, NOW)
    assert library.connection.execute(f"SELECT guid, user_{field}_ticks / {S}e0 FROM passage").fetchall() == [
        (guid, 1.25)
    ]


def test_an_undone_first_import_leaves_a_file_that_a_person_cut_with_its_cuts(library, file, make):
    run = library.run
    (edited,) = cut(library, file, (0, 60, None))
    library.close_run(RunState.COMPLETED)
    undo_run(library.connection, run, NOW)
    assert spans(library) == []
    assert library.ask(GivenAbout((PATH,))) == {PATH: Given(bounds=edited.after)}
    library.write(make.begin(library.new_run(), PATH), make.store(library.run, PATH))
    assert not is_settled(library), "it was not cut like that"


def test_leads_of_a_person_count_up_to_the_length_of_the_passage_and_are_taken_back(library, file):
    guid = spans(library)[0][2]
    edits = [Edit(guid, "lead_in", 1.25), Edit(guid, "lead_out", 400)]
    assert [(one.field, one.before, one.after) for one in apply_edits(library.connection, edits, NOW)] == [
        ("lead_in", 1.0, 1.25),
        ("lead_out", 2.0, 400.0),
    ]
    view = library.ask(ShowPassage(guid))
    assert (view.lead_in, view.lead_out) == (round(1.25 * S), 20 * S)
    assert {(own.field, own.value) for own in view.own} == {("lead_in", 1.25), ("lead_out", 400.0)}
    assert apply_edits(library.connection, edits, NOW) == ()
    apply_edits(library.connection, [Edit(guid, "lead_in", None), Edit(guid, "lead_out", None)], NOW)
    view = library.ask(ShowPassage(guid))
    assert (view.lead_in, view.lead_out, view.own) == (S, 2 * S, ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "no",
        "[[0]]",
        "[[5,5,null]]",
        "[[0,9,null],[8,12,null]]",
        '[["a","b",null]]',
        "[[-5,1,null]]",
        '[[0,9,null,"1",null,null,null]]',
        "[[0,9,null,1,2,3,4]]",
        "[[0,9,null,1]]",
        "3",
    ],
)
def test_bounds_that_no_file_can_have_are_refused(library, file, text):
    with pytest.raises(EditError, match="nothing was changed"):
        apply_edits(library.connection, [Edit(file.guid, "cuts", text)], NOW)
