import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.identification.evidence.likeness import (
    album_likeness,
    name_likeness,
    title_likeness,
    titles_contradict,
)
from tests.support.effort import examples


def test_the_same_title_in_another_spelling_is_wholly_alike():
    assert title_likeness("Suit & Tie (feat. Jay-Z)", "suit and tie") == 1.0


def test_a_slip_of_the_pen_is_nearly_alike():
    assert title_likeness("The Bare Necessities", "The Bare Necessitites") > 0.9


def test_another_version_is_less_alike_than_a_slip_of_the_pen():
    assert 0.5 < title_likeness("The First", "The First (live)") <= 0.8


def test_other_titles_are_not_alike():
    assert title_likeness("Otis", "New Day") < 0.5


def test_an_artist_of_a_joint_credit_is_nearly_the_credit():
    assert name_likeness(["Kanye West"], ["Jay-Z & Kanye West"]) == 0.9
    assert name_likeness(["Jay-Z & Kanye West"], ["JAY\N{HYPHEN}Z & Kanye West"]) == 1.0
    assert name_likeness(["Adele"], ["Fluke"]) < 0.5


def test_an_edition_is_the_album():
    assert album_likeness("Born to Die (deluxe edition)", "Born to Die") == 1.0


@examples(30)
@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_symmetric_and_between_0_and_1(one, other):
    for compare in (title_likeness, album_likeness):
        assert compare(one, other) == compare(other, one)
        assert 0.0 <= compare(one, other) <= 1.0
    assert name_likeness([one], [other]) == name_likeness([other], [one])


@examples(30)
@given(st.text(min_size=1, max_size=40).filter(str.strip))
def test_a_title_is_wholly_like_itself(title):
    assert title_likeness(title, title) == 1.0


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("abcd", "abcx", 0.75),
        ("abcd", "abcx (live)", 0.5),
        ("abcd (live)", "abcx (live)", 14 / 16),
        ("abcd (feat. Guest)", "abcd", 1.0),
        ("ab", "xy (live)", 0.0),
        ("A Title (subtitle)", "A Title", 1.0),
        ("***", "", 0.0),
    ],
)
def test_titles_are_as_alike_as_their_letters_less_a_quarter_for_another_version(one, other, alike):
    assert title_likeness(one, other) == pytest.approx(alike)


@pytest.mark.parametrize(
    ("ones", "others", "alike"),
    [
        (["abcd"], ["abcx"], 0.75),
        (["x", "abcd"], ["abcx", "y"], 0.75),
        (["One"], ["One Two"], 0.9),
        (["Two One"], ["One"], 0.9),
        (["One Three"], ["One Two Three"], 2 * 8 / 19),
        (["One Two"], ["One Two Three"], 0.9),
        ([""], ["One"], 0.0),
        ([], ["One"], 0.0),
        (["One"], [], 0.0),
    ],
)
def test_names_are_as_alike_as_the_best_pair(ones, others, alike):
    assert name_likeness(ones, others) == pytest.approx(alike)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("Compass (deluxe)", "Compass [bonus]", 1.0), ("abcd", "abcx", 0.75), ("abcd (live)", "abcx (live)", 14 / 16)],
)
def test_albums_are_as_alike_as_their_titles_with_or_without_what_is_in_brackets(one, other, alike):
    assert album_likeness(one, other) == pytest.approx(alike)


def test_only_the_beginning_of_an_endless_text_is_compared():
    assert title_likeness("a" * 200 + "b" * 100, "a" * 200 + "c" * 50) == 1.0
    assert title_likeness("a" * 199 + "b" * 100, "a" * 200 + "c" * 50) < 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(
            ("Prologue", "Epilogue"),
            ("Chapter One", "Chapter Two"),
            ("Part 1", "Part 2"),
            ("Symphony 5", "Symphony 55"),
        ),
        *(("Song (live)", "Song (remix)"), ("Love Story", "Hate Story"), ("Intro", "Outro")),
    ],
)
def test_titles_of_different_things_contradict_each_other(one, other):
    assert titles_contradict(one, other)
    assert titles_contradict(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(
            ("Bohemian Rhapsody", "Bohemian Rapsody"),
            ("Song", "song (Remastered 2009)"),
            ("Otis", "Otis (feat. Redding)"),
        ),
        *(
            ("Song", "Song (live)"),
            ("Dont Stop", "Don't Stop"),
            ("Part 1", "Pt. 1"),
            ("Love", "Love Me Do"),
            ("", "Song"),
        ),
        ("A Title That Is Longer Than An Old Tag", "A Title That Is Longer Tha"),
        ("Déjà Vu", "De\u0301ja\u0300 Vu"),
    ],
)
def test_spellings_of_one_title_do_not_contradict_each_other(one, other):
    assert not titles_contradict(one, other)
    assert not titles_contradict(other, one)


def test_what_says_nothing_is_like_nothing_not_even_itself():
    for likeness in (title_likeness, name_likeness, album_likeness):
        assert [likeness(*pair) for pair in (("", ""), ("!", "?"), ("", "Song"))] == [0.0, 0.0, 0.0]
