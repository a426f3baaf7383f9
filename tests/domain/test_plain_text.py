import unicodedata

import pytest

from passagework.domain.plain_text import is_one_line, plain

BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Unicode's PropList.txt, ``Bidi_Control``."""


JOINERS_AND_VISIBLE_SIGNS = (
    "\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)


def test_of_all_controls_and_format_characters_only_those_are_shown_that_scripts_need():
    controls = {each for each in map(chr, range(0x110000)) if unicodedata.category(each) in {"Cc", "Cf", "Zl", "Zp"}}
    assert controls > set(BIDI_CONTROLS)
    assert {each for each in controls if plain(each) == each} == controls & set(JOINERS_AND_VISIBLE_SIGNS)


def test_what_steers_is_shown_as_an_escape():
    assert plain("a\x1b[2J\u200e\u202eb\n\ud800") == r"a\x1b[2J\u200e\u202eb\n\ud800"


@pytest.mark.parametrize("name", ["\u06a9\u062a\u0627\u0628\u200c\u0647\u0627", "\U0001f469\u200d\U0001f680", "東京"])
def test_names_of_all_scripts_are_shown_as_they_are(name):
    assert plain(name) == name
    assert is_one_line(name)


@pytest.mark.parametrize("character", [*BIDI_CONTROLS, "\x07", "\x1b", "\n", "\x85", "\u2028", "\u2029", "\x9b"])
def test_a_text_with_a_character_that_steers_is_not_one_line(character):
    assert not is_one_line(f"a{character}b")


def test_an_invisible_character_leaves_a_text_one_line():
    assert is_one_line("soft\u00adhyphen")
