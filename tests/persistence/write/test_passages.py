"""A passage keeps its guid and its links while the cuts around it change."""

from dataclasses import replace

import pytest

from passagework.domain.flavor.values import Flavor, FlavorLevel
from passagework.domain.given_cuts import PieceTags
from passagework.domain.links import LinkState
from passagework.domain.parts import Provenance
from passagework.domain.playable import NotPlayable
from passagework.domain.redone import RedoneCues, RedoneFile
from passagework.domain.tags import Tags
from passagework.persistence.read.queries import ShowPassage
from passagework.persistence.write.writes import StoreRedone
from tests.support.library import Maker

PATH = b"/music/a.flac"


def guids(library):
    return [passage.guid for passage in library.passages()]


def link_all(library, make):
    library.write(
        make.store_links(
            library.run, PATH, *(make.links(guid, [make.song(n)]) for n, guid in enumerate(guids(library)))
        )
    )


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        (((0, 60),), ((2, 58),), [0]),
        (((0, 60),), ((0, 30), (30, 60)), [0, None]),
        (((0, 60),), ((0, 25), (25, 60)), [None, 0]),
        (((0, 60),), ((0, 20), (20, 40), (40, 60)), [None, None, None]),
        (((0, 20), (25, 60)), ((0, 60),), [1]),
        (((0, 20), (20, 40), (40, 60)), ((0, 20), (40, 60)), [0, 2]),
        (((0, 20), (40, 60)), ((0, 20), (20, 40), (40, 60)), [0, None, 1]),
        (((0, 20), (20, 40)), ((0, 9), (10, 30), (31, 40)), [None, 0, None]),
        (((0, 20), (20, 40)), ((5, 20), (20, 35)), [0, 1]),
    ],
)
def test_old_and_new_passages_pair_by_largest_overlap(library, make, before, after, kept):
    library.write(make.store(library.run, spans=before))
    old = guids(library)
    library.write(make.store(library.run, spans=after))
    new = guids(library)
    assert [old.index(guid) if guid in old else None for guid in new] == kept
    assert len(set(new)) == len(after)
    assert library.rows()["passage"] == len(set(old) | set(new))


def test_a_passage_without_a_partner_is_retired_and_comes_back_with_its_bounds(library, make):
    library.write(make.store(library.run, spans=((0, 20), (30, 60))))
    first, second = guids(library)
    link_all(library, make)
    library.write(make.store(library.run, spans=((0, 20),)))
    assert guids(library) == [first]
    assert library.ask(ShowPassage(second)).not_playable_because == (NotPlayable.RETIRED,)
    library.write(make.store(library.run, spans=((0, 20), (30, 60))))
    assert guids(library) == [first, second]
    assert library.passages()[1].title.mbid == make.mbid(1, 1)


def test_links_survive_an_analysis_that_changes_neither_passage_nor_tags(library, make):
    library.write(make.store(library.run))
    link_all(library, make)
    linked = library.passages()
    library.write(make.store(library.run, passages=(make.passage(0, 60, lead_in=5),)))
    assert library.passages() == (replace(linked[0], lead_in=5),)
    assert library.waiting() == ()


@pytest.mark.parametrize(
    "change",
    [
        {"tags": Tags(title="Another")},
        {"spans": ((1, 60),)},
        {"spans": ((0, 60), (70, 90))},
        {"passages": (Maker.passage(0, 60, piece=PieceTags(isrc="GBAYE6800011")),)},
    ],
    ids=["tags", "bounds", "number of passages", "what is said of its piece"],
)
def test_what_changes_the_grounds_of_a_link_sends_the_passage_back_to_the_linker(library, make, change):
    library.write(make.store(library.run))
    link_all(library, make)
    library.write(make.store(library.run, **change))
    passage = library.passages()[0]
    assert passage.link_state is LinkState.WAITING
    assert passage.title.mbid == make.mbid(1, 0)
    assert [file.path for file in library.waiting()] == [PATH]


def test_a_decision_made_from_tags_that_changed_meanwhile_is_ignored(library, make):
    library.write(make.store(library.run))
    (waiting,) = library.waiting()
    decided = make.store_links(library.run, PATH, make.links(waiting.passages[0].guid, [make.song(1)]))
    decided = replace(decided, links=replace(decided.links, revision=waiting.revision))
    library.write(make.store(library.run, tags=Tags(title="Another")), decided)
    assert library.passages()[0].link_state is LinkState.WAITING
    assert library.rows()["song"] == 0
    again = replace(decided, links=replace(decided.links, revision=library.waiting()[0].revision))
    library.write(again)
    assert library.passages()[0].link_state is LinkState.LINKED


def test_retagging_raw_fields_that_nobody_links_by_leaves_the_links(library, make):
    library.write(make.store(library.run, tags=Tags(title="T", raw=(("T", ("T",)),))))
    link_all(library, make)
    library.write(make.store(library.run, tags=Tags(title="T", raw=(("T", ("T",)), ("LYRICS", ("la",))))))
    assert library.passages()[0].link_state is LinkState.LINKED
    assert library.file().tags.raw[1] == ("LYRICS", ("la",))


def test_flavor_is_replaced_by_its_extractor_and_forgotten_with_other_audio(library, make):
    def stored(*groups, audio=b"a", level=FlavorLevel.BASIC, switched_off=False):
        flavor = None if switched_off else Flavor(level=level, groups=groups, seconds=1.5)
        library.write(make.store(library.run, audio=audio, passages=(make.passage(0, 60, flavor=flavor),)))
        return [tuple(row) for row in library.connection.execute("SELECT level, shares FROM passage_flavor")]

    mood = ("mood", (("sad", 0.25), ("happy", 0.75)))
    dance = ("dance", (("yes", 0.5), ("no", 0.5)))
    assert stored(mood, dance) == [("basic", '{"mood":{"sad":0.25,"happy":0.75},"dance":{"yes":0.5,"no":0.5}}')]
    assert stored(dance, level=FlavorLevel.FULL) == [("full", '{"dance":{"yes":0.5,"no":0.5}}')]
    assert stored(switched_off=True) == [("full", '{"dance":{"yes":0.5,"no":0.5}}')]
    assert stored() == [("basic", "{}")]
    assert stored(audio=b"b", switched_off=True) == []


def test_cues_that_were_redone_are_those_of_the_passage_in_use_also_where_a_retired_one_had_its_bounds(library, make):
    for span in ((0, 20), (11, 31), (5, 25), (0, 20)):
        library.write(make.store(library.run, PATH, (span,)))
    spans = library.connection.execute("SELECT start_ticks, end_ticks FROM passage").fetchall()
    assert spans == [(0, 20 * make.second)] * 2
    cues = RedoneCues(start=0, end=20 * make.second, lead_in=3, lead_out=4, fade_in=1, fade_out=2)
    library.write(StoreRedone(library.run, (RedoneFile(PATH, Provenance("{}"), (cues,)),)))
    (passage,) = library.passages()
    assert (passage.fade_in, passage.lead_in, passage.lead_out, passage.fade_out) == (1, 3, 4, 2)
