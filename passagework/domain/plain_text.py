"""Text of unknown origin in one line: names of files and tags may contain anything."""

import unicodedata
from typing import Final

_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, format characters, surrogates, line and paragraph breaks."""

_OF_SCRIPTS: Final = frozenset(
    "\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
"""Format characters that scripts and emoji need: joiners, and the number signs that Unicode lists as
``Prepended_Concatenation_Mark``, which are visible."""

_REORDERING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Unicode's ``Bidi_Control``: marks, embeddings, overrides and isolates can disguise a name as another."""


def plain(text: str) -> str:
    r"""Return the text as one line in which controls and invisible characters are escapes (``\n``, ``\x1b``)."""
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii") if steers(character) else character for character in text
    )


def steers(character: str) -> bool:
    """Return whether a character moves, hides or reorders others where it is shown."""
    return unicodedata.category(character) in _STEERING and character not in _OF_SCRIPTS


def is_one_line(text: str) -> bool:
    """Return whether a text can be shown as it is: one line without controls, in the order in which it is written."""
    return text.isprintable() or not any(
        unicodedata.category(character) in _STEERING - {"Cf"} or character in _REORDERING for character in text
    )
