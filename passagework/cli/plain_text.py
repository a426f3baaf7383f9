"""Text of unknown origin on a terminal: names of files and tags may hold anything."""

import unicodedata
from typing import Final

_STEERING: Final = frozenset({"Cc", "Zl", "Zp"})
"""Unicode categories of what ends a line or steers a terminal."""


def plain(text: str) -> str:
    r"""Give the text as one line in which control characters appear as escapes (``\n``, ``\x1b``)."""
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _STEERING
        else character
        for character in text
    )
