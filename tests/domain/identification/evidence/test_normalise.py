import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.identification.evidence.normalise import compact, title_key, words
from tests.support.effort import examples


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("H•A•M", "HAM"),
        ("That\N{RIGHT SINGLE QUOTATION MARK}s My Bitch", "Thats my bitch"),
        ("Beyoncé", "BEYONCE"),
        ("Father & Son", "Father and Son"),
        ("Volume 2", "Vol. 2"),
        ("Heave(n)", "Heaven"),
    ],
)
def test_spellings_of_one_title_have_the_same_letters(one, other):
    assert compact(one) == compact(other)


@pytest.mark.parametrize(
    "title",
    [
        "Otis (feat. Otis Redding)",
        "Otis feat. Otis Redding",
        "Otis (remastered)",
        "Otis (2011 remastered version)",
        "Otis - Remastered 2011",
        "Otis [Explicit]",
        "Otis (original mix)",
        "Otis (with the trumpet song)",
    ],
)
def test_guests_subtitles_and_neutral_qualifiers_do_not_make_another_song(title):
    assert title_key(title) == title_key("Otis")


@pytest.mark.parametrize(
    "title",
    ["Otis (live)", "Otis - Live", "Otis (club mix)", "Otis (part 2)", "Otis (demo)", "Otis (2012)", "Otis (reprise)"],
)
def test_a_qualifier_that_names_another_recording_makes_another_song(title):
    assert title_key(title).main == "otis"
    assert title_key(title) != title_key("Otis")


def test_what_is_written_without_brackets_belongs_to_the_title():
    assert title_key("Expressions, Part 2") != title_key("Expressions, Part 1")


def test_a_title_in_brackets_alone_is_kept():
    assert title_key("(Untitled)").main == "untitled"


def test_titles_in_other_scripts_keep_their_letters():
    assert words("さくら さくら") == ("さくら", "さくら")


def test_a_title_of_signs_alone_is_not_empty():
    assert title_key("***").main == "***"
    assert title_key("***") != title_key("???")


@examples(40)
@given(st.text())
def test_normalising_what_is_normalised_changes_nothing(text):
    assert words(" ".join(words(text))) == words(text)


@examples(40)
@given(st.text(min_size=1).filter(str.strip))
def test_no_title_loses_everything(title):
    assert title_key(title).main
