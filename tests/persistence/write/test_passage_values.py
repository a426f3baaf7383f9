"""What extensions say of passages: stored with them, replaced as a whole, kept while it is not asked for."""

from dataclasses import replace

import pytest

from passagework.domain.extensions import ExtensionId, PassageValue, value_failure
from passagework.domain.forgetting import Forget
from passagework.domain.tags import Tags
from passagework.domain.views import RunState
from passagework.persistence.read.queries import ValuesOf
from passagework.persistence.user.forget import forget_files
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import JoinMoved, MarkMissing, StoreAnalysis

CREST = ExtensionId("crest", "1.0")
NUMBER = PassageValue("crest", "1.0", "crest_db", 12.25)
TEXT = PassageValue("crest", "1.0", "dynamics", "wide")
OTHER = PassageValue("mood", "3.1", "mood", "calm")
KEPT = b"/music/kept.flac"
USING_TWO = '{"segmentation": {}, "extensions": {"measures": ["crest==2.0"]}}'


def values(library):
    return library.connection.execute(
        "SELECT measure, extension, version, value, text, failure, passage_id FROM passage_value ORDER BY 1, 2"
    ).fetchall()


def analysis(make, values, spans=((0, 60),), **more):
    made = make.analysis(spans=spans, **more)
    return replace(made, passages=tuple(replace(one, values=values) for one in made.passages))


@pytest.fixture
def store(library, make):
    """Store an analysis in a run of its own; the first one takes the straight path, all others the staged one."""

    def store(values, spans=((0, 60),), **more):
        library.write(StoreAnalysis(library.new_run(), analysis(make, values, spans, **more)))
        return stored(library)

    return store


def stored(library):
    guids = tuple(one.guid for one in library.passages())
    return [library.ask(ValuesOf(guids)).get(guid, ()) for guid in guids]


def test_numbers_texts_and_failures_come_back(store):
    failure = value_failure(ExtensionId("mood", "3.1"), "it crashed")
    assert store((NUMBER, TEXT, failure)) == [(NUMBER, TEXT, failure)]


def test_a_new_analysis_replaces_all_that_an_extension_has_said(store):
    store((NUMBER, TEXT, OTHER))
    newer = PassageValue("crest", "2.0", "crest_db", 13.5)
    assert store((newer, OTHER)) == [(newer, OTHER)]


def test_a_failure_takes_the_place_of_the_values_and_they_of_it(store):
    store((NUMBER, TEXT))
    failure = value_failure(CREST, "it crashed")
    assert store((failure,)) == [(failure,)]
    assert store((NUMBER, TEXT)) == [(NUMBER, TEXT)]


def test_what_an_extension_has_said_stays_when_it_is_not_used(store):
    store((NUMBER, OTHER))
    assert store((OTHER,)) == [(NUMBER, OTHER)]


def test_of_another_span_nothing_is_left(store):
    store((NUMBER, OTHER))
    assert store((OTHER,), spans=((0, 58),)) == [(OTHER,)]


def test_equal_values_keep_their_run(library, store):
    store((NUMBER, OTHER))
    store((NUMBER, replace(OTHER, value="sad")))
    (crest, first), (mood, second) = library.connection.execute(
        "SELECT extension, run_id FROM passage_value ORDER BY extension"
    )
    assert (crest, mood, second - first) == ("crest", "mood", 1)


def test_values_of_a_passage_that_was_retired_are_there_again_when_it_returns(library, make, store):
    store((NUMBER, OTHER))
    (guid,) = (one.guid for one in library.passages())
    library.write(make.fail(library.run))
    assert store((OTHER,), tags=Tags(title="Back")) == [(NUMBER, OTHER)]
    assert [one.guid for one in library.passages()] == [guid]


def test_undo_gives_back_what_an_extension_said_before(library, store):
    store((NUMBER, TEXT, OTHER))
    library.close_run(RunState.COMPLETED)
    before = values(library)
    store((replace(NUMBER, version="2.0", value=13.5), value_failure(ExtensionId("mood", "4"), "it crashed")))
    run = library.run
    library.close_run(RunState.COMPLETED)
    assert values(library) != before
    undo_run(library.connection, run, 5)
    assert values(library) == before


def test_undo_of_the_first_run_leaves_none(library, store):
    store((NUMBER, OTHER))
    library.close_run(RunState.COMPLETED)
    undo_run(library.connection, library.run, 5)
    assert values(library) == []


def test_nothing_is_left_of_a_file_that_is_forgotten(library, make, store):
    store((NUMBER, OTHER))
    library.write(StoreAnalysis(library.run, analysis(make, (TEXT,), path=KEPT, audio=b"k")))
    library.write(MarkMissing(library.run, (b"/music/a.flac",)))
    library.close_run(RunState.COMPLETED)
    forget_files(library.connection, Forget(paths=(b"/music/a.flac",)))
    assert [row[0] for row in values(library)] == ["dynamics"]
    library.check()


@pytest.mark.parametrize("again", [False, True], ids=["not asked", "asked again"])
def test_values_go_with_a_file_that_moves_and_new_ones_take_their_place(library, make, store, again):
    store((NUMBER, TEXT, OTHER))
    (guid,) = (one.guid for one in library.passages())
    library.close_run(RunState.COMPLETED)
    library.new_run(config_text=USING_TWO if again else "{}")
    newer = replace(NUMBER, version="2.0", value=13.5)
    said = (newer,) if again else ()
    library.write(StoreAnalysis(library.run, analysis(make, said, path=KEPT)))
    library.write(MarkMissing(library.run, (b"/music/a.flac",)))
    library.write(JoinMoved(library.run))
    (passage,) = library.passages(KEPT)
    assert passage.guid == guid
    assert library.ask(ValuesOf((guid,)))[guid] == ((newer, OTHER) if again else (NUMBER, TEXT, OTHER))
    library.check()


def test_of_a_moved_file_with_other_bounds_only_what_is_said_now_is_left(library, make, store):
    store((NUMBER, OTHER))
    library.close_run(RunState.COMPLETED)
    library.new_run(config_text='{"segmentation": {"trim": false}}')
    moved = analysis(make, (OTHER,), ((0, 58),), path=KEPT)
    library.write(StoreAnalysis(library.run, moved))
    library.write(MarkMissing(library.run, (b"/music/a.flac",)))
    library.write(JoinMoved(library.run))
    (passage,) = library.passages(KEPT)
    assert library.ask(ValuesOf((passage.guid,))) == {passage.guid: (OTHER,)}
    library.check()
