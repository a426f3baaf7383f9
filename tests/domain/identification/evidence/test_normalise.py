import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.identification.evidence.normalise import (
    TitleKey,
    compact,
    tells_versions_apart,
    title_key,
    without_guests,
    words,
)


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


@given(st.text())
def test_normalising_what_is_normalised_changes_nothing(text):
    assert words(" ".join(words(text))) == words(text)


@given(st.text(min_size=1).filter(str.strip))
def test_no_title_loses_everything(title):
    assert title_key(title).main


@pytest.mark.parametrize(
    ("title", "rest"),
    [
        ("Otis (feat. Otis Redding)", "Otis"),
        ("Otis feat. Otis Redding", "Otis"),
        ("Otis FT Redding", "Otis"),
        ("Otis (featuring A) [live]", "Otis  [live]"),
        ("Otis [with A] {demo}", "Otis  {demo}"),
        ("Otis (live)", "Otis (live)"),
        ("After the feast", "After the feast"),
        (" Otis ", "Otis"),
    ],
)
def test_guests_are_removed_and_the_rest_stays(title, rest):
    assert without_guests(title) == rest


@pytest.mark.parametrize(
    ("title", "main", "versions"),
    [
        ("Otis (live) [demo]", "otis", {"live", "demo"}),
        ("Otis (Live at Home) - Remix", "otis", {"liveathome", "remix"}),
        ("Otis (remastered) - 2011 version", "otis", set()),
        ("Otis - A Man - Live", "otisaman", {"live"}),
        ("Otis - A Man", "otisaman", set()),
        ("Otis (feat. Live)", "otis", set()),
        ("Otis (part of it)", "otis", {"partofit"}),
        ("Otis (subtitle)", "otis", set()),
        ("(live)", "live", set()),
        ("Heave(n) (1999 mix)", "heaven", {"1999mix"}),
        ("Otis \N{EM DASH} Live", "otis", {"live"}),
    ],
)
def test_a_title_is_its_letters_and_the_versions_that_it_names(title, main, versions):
    assert title_key(title) == TitleKey(main, frozenset(versions))


@pytest.mark.parametrize(
    ("qualifier", "tells"),
    [
        ("live", True),
        ("remix", True),
        ("pt. 2", True),
        ("vol 1", True),
        ("2nd time", True),
        ("original mix", False),
        ("mix", True),
        ("2011 remastered version", False),
        ("20111 version", True),
        ("1 version", True),
        ("version", False),
        ("album version live", True),
        ("with the live band", False),
        ("somewhere", False),
    ],
)
def test_a_qualifier_tells_recordings_apart_or_does_not(qualifier, tells):
    assert tells_versions_apart(qualifier) is tells
