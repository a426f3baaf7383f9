"""Text of unknown origin on a terminal: names of files and tags may contain anything."""

import unicodedata
from typing import Final

_STEERING: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories of line ends, control characters, and characters that cannot be written."""

_REORDERING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Embeddings, overrides and isolates of the bidirectional algorithm: they can disguise a name as another."""


def plain(text: str) -> str:
    r"""Return the text as one line in which control characters appear as escapes (``\n``, ``\x1b``)."""
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _STEERING or character in _REORDERING
        else character
        for character in text
    )
