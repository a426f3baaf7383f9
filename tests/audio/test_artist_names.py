"""Texts that name several artists: split at the delimiters of the settings, never within an exception."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.audio.tags.artist_names import split_artists, split_at
from passagework.audio.tags.block import Field, TagBlock
from passagework.audio.tags.normalise import normalise
from passagework.domain.analysis_rules import TagRules

RULES = TagRules(artist_delimiters=(";", "/", ", ", " & ", " feat. "))
MBIDS = ("0000000a-0000-4000-8000-000000000000", "0000000b-0000-4000-8000-000000000000")


def tags(rules=TagRules(), **fields):  # noqa: B008 - frozen
    found = {getattr(Field, name): (texts,) for name, texts in fields.items()}
    return normalise([TagBlock("test", (("any", ("x",)),), found, 0)], rules)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Jay; Bee", ("Jay", "Bee")),
        ("Jay FEAT. Bee", ("Jay", "Bee")),
        ("AC/DC", ("AC/DC",)),
        ("ac/dc", ("ac/dc",)),
        ("Earth, Wind & Fire", ("Earth, Wind & Fire",)),
        ("Tyler, The Creator", ("Tyler, The Creator",)),
        ("Tyler, The Creator, Kali Uchis & AC/DC", ("Tyler, The Creator", "Kali Uchis", "AC/DC")),
        ("Earth, Wind & Fire feat. The Emotions", ("Earth, Wind & Fire", "The Emotions")),
        ("Mac/DC", ("Mac", "DC")),
        ("Jay / Jay", ("Jay",)),
        (" ; ", (" ; ",)),
        ("Jay,Bee", ("Jay,Bee",)),
    ],
)
def test_names_are_split_at_delimiters_and_exceptions_are_not(text, names):
    assert split_artists(text, RULES) == names


def test_without_delimiters_nothing_is_split():
    assert split_artists("Jay; Bee / Cee", TagRules()) == ("Jay; Bee / Cee",)


def test_a_credit_is_split_only_by_the_settings_and_stays_as_it_is_printed():
    assert tags(ARTIST=("Jay; Bee",)).artists == ()
    split = tags(RULES, ARTIST=("Jay; Bee",), ALBUM_ARTIST=("AC/DC & Cee",))
    assert (split.artist_credit, split.artists) == ("Jay; Bee", ("Jay", "Bee"))
    assert (split.album_artist_credit, split.album_artists) == ("AC/DC & Cee", ("AC/DC", "Cee"))
    assert tags(RULES, ARTISTS=("Jay & Bee", "Cee")).artists == ("Jay", "Bee", "Cee")
    assert tags(RULES, ARTIST=("Jay",)).artists == ()


def test_where_names_and_mbids_are_not_as_many_nothing_is_split():
    assert tags(RULES, ARTIST=("Jay & Bee",), ARTIST_ID=MBIDS[:1]).artists == ()
    assert tags(RULES, ARTISTS=("Jay & Bee",), ARTIST_ID=MBIDS[:1]).artists == ("Jay & Bee",)
    assert tags(RULES, ARTIST=("Jay & Bee",), ARTIST_ID=MBIDS).artists == ("Jay", "Bee")


def test_a_list_that_mbids_prove_is_split_at_the_usual_places_but_not_within_exceptions():
    assert tags(ARTISTS=("Jay/Bee",), ARTIST_ID=MBIDS).artists == ("Jay", "Bee")
    assert tags(ARTISTS=("AC/DC/Bee",), ARTIST_ID=MBIDS).artists == ("AC/DC", "Bee")
    assert split_at("AC/DC", "/", TagRules(artist_exceptions=())) == ("AC", "DC")
    assert tags(ARTISTS=("Nirvana/Nirvana",), ARTIST_ID=MBIDS).artists == ("Nirvana", "Nirvana")


@given(st.text(), st.lists(st.text(min_size=1), max_size=3), st.lists(st.text(min_size=1), max_size=3))
def test_any_text_has_a_name_and_none_is_named_twice(text, delimiters, exceptions):
    rules = TagRules(artist_delimiters=tuple(delimiters), artist_exceptions=tuple(exceptions))
    names = split_artists(text, rules)
    assert names
    assert len(set(names)) == len(names)
    assert all(name in text for name in names)
