"""What extensions say of passages: stored with them, replaced as a whole, kept while it is not asked for."""

from dataclasses import replace

import pytest

from passagework.domain.extensions import ExtensionId, PassageValue, value_failure
from passagework.persistence.read.queries import ValuesOf
from passagework.persistence.write.writes import StoreAnalysis

CREST = ExtensionId("crest", "1.0")
NUMBER = PassageValue("crest", "1.0", "crest_db", 12.25)
TEXT = PassageValue("crest", "1.0", "dynamics", "wide")
OTHER = PassageValue("mood", "3.1", "mood", "calm")


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
