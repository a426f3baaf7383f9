"""The words that searches compare."""

import re
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from passagework.domain.search_words import having_words, query_words, search_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Größe", "grosse"),
        ("GRÖSSE", "grosse"),
        (unicodedata.normalize("NFD", "Größe"), "grosse"),
        ("Røyksopp & Sigur Rós", "royksopp sigur ros"),
        ("/m/01 Don't_Stop.flac", "m 01 don t stop flac"),
        ("one two ONE", "one two"),
        ("ﬁne \N{FULLWIDTH LATIN CAPITAL LETTER A}", "fine a"),
        ("宇多田ヒカル", "宇 多 田 ヒ カ ル"),
        ("ガ", "カ"),
        ("Blackstar ★÷", "blackstar ★ ÷"),
        ("한국어", unicodedata.normalize("NFD", "한국어")),
        ("co\u00adop\u200d", "coop"),
        ('"NEAR"(*^-:) \0 \ud800', "near"),
        ("", ""),
        ("!!!", "\U000f0021" * 3),
        ("?!", "\U000f003f\U000f0021"),
        ("+", "\U000f002b"),
        ("\N{DIVISION SIGN}", "\N{DIVISION SIGN}"),
        ("Why?!", "why"),
        (" \t", ""),
        (
            "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}stanbul ISPARTA \N{LATIN SMALL LETTER DOTLESS I}",
            "istanbul isparta i",
        ),
        ("Stra\N{LATIN SMALL LETTER SHARP S}e STRA\N{LATIN CAPITAL LETTER SHARP S}E", "strasse"),
        ("\u00c6on \u00d8de \u0141om", "aeon ode lom"),
    ],
)
def test_spellings_of_a_word_are_one_word(text, words):
    assert search_words(text) == words


def test_texts_are_put_together_and_those_that_are_not_there_are_left_out():
    assert search_words("One", None, "two") == "one two"


def test_signs_are_a_word_only_where_a_text_has_no_other():
    signs = search_words("!!!")
    assert search_words("!!!", "Louden Up", "me and") == f"louden up me and {signs}"
    assert search_words("!!! Louden") == "louden"
    assert search_words(f"louden {signs}") == f"louden {signs}"
    assert query_words("!!") == ("\U000f0021" * 2,)
    assert having_words(query_words("!!"), {1: f" {signs}", 2: f" {search_words('?')}"}) == {1}


@pytest.mark.slow
def test_every_character_gives_the_same_words_in_each_case_and_form_and_the_words_of_words_are_the_same():
    """What FTS5 takes as the end of a word must not be in one: its tokenizer knows ASCII only."""
    separators = re.compile(r"[\x00-/:-`{-\x7f]")
    for first in range(0, 0x20000, 64):
        text = " ".join(f"a{chr(code)}b" for code in range(first, first + 64))
        words = search_words(text)
        assert search_words(words) == words
        assert not separators.search(words.replace(" ", ""))
        if not any(0xD800 <= ord(character) < 0xE000 for character in text):
            assert {search_words(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC")} == {words}
        for character in text:
            assert search_words(character.upper()) == search_words(character.lower()) == search_words(character)


def is_sign(character):
    return 0xF0000 <= ord(character) < 0x100000


@given(st.text(), st.text())
def test_ascii_and_other_texts_are_folded_alike(ascii_text, other):
    words = search_words(ascii_text).split()
    assume(not any(map(is_sign, "".join(words))))
    assert search_words(f"é {ascii_text}").split() == list(dict.fromkeys(["e", *words]))
    assert {*words, *search_words(other).split()} == set(search_words(ascii_text, other).split())


def test_a_word_that_another_one_begins_with_asks_for_nothing_more():
    assert query_words("the theory of Them, o") == ("theory", "them", "of")
    assert query_words(" \t") == ()


def test_a_text_has_words_if_each_begins_one_of_its_words():
    texts = {7: " kind of blue", 8: " kind", 9: " skin bluegrass"}
    assert having_words(("kin", "bl"), texts) == {7}
    assert having_words(("kin", "lue"), texts) == set()
    assert having_words((), texts) == {7, 8, 9}
