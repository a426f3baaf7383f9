"""The words of a text, as searches compare them: folded, so that spellings of one word are equal.

Case, accents and compatibility forms make no difference, and neither does the normal form: ``Größe``, ``GRÖSSE`` and
``grosse`` are one word. What is neither letter, digit nor symbol separates words. Scripts that are written without
spaces give one word for each character, and so do symbols beyond ASCII (``★``). A text of nothing but other signs
(``!!!``) is one word. So a word consists of ASCII letters and digits, and of any characters beyond ASCII.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

FOLD: Final = f"2 {unicodedata.unidata_version}"
"""The version of the folding. Another version of Unicode may fold a rare character otherwise."""

_ASCII_WORDS: Final = re.compile("[a-z0-9]+").findall

_WITHOUT_SPACES: Final = ("CJK ", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "THAI ", "LAO ", "KHMER ", "MYANMAR ")
"""How the names of those characters begin whose scripts do not separate words."""

_DOTLESS_I: Final = "\N{LATIN SMALL LETTER DOTLESS I}"
_LETTERS: Final = dict.fromkeys("dđð", "d") | dict.fromkeys(("i", _DOTLESS_I), "i")
_LETTERS.update({"æ": "ae", "ħ": "h", "ł": "l", "ŋ": "n", "ø": "o", "œ": "oe", "þ": "th", "ŧ": "t"})
"""Letters that people type without their stroke, and that Unicode does not decompose."""

_LONGEST: Final = 8_000
"""Characters of a word; more of them make no difference. FTS5 keeps 32,768 bytes of one."""

_LONGEST_ORDERED: Final = 100

_SIGNS_AT: Final = 0xF0000
"""Signs become characters of the private use area that begins here: they are none that end a word, in ASCII or not."""

_VARIATION_SELECTORS: Final = range(0xFE00, 0xFE10)


class _Folded(dict[int, str]):
    """What each decomposed character becomes; filled in as characters occur."""

    def __missing__(self, code: int) -> str:
        # Some become decomposable ones.
        self[code] = found = "".join(map(_folded, unicodedata.normalize("NFKD", chr(code).casefold())))
        return found


_FOLDED: Final = _Folded()


def search_words(*texts: str | None) -> str:
    """Return the words of some texts, each once, with a space between; the words of words are the same."""
    text = " ".join(filter(None, texts))
    words = _words(text)
    for one in texts:
        # Almost every text begins with a letter or a digit.
        if one and not (one[0].isalnum() or any(map(str.isalnum, one)) or _words(one)) and (signs := _signs(one)):
            words.append(signs)
    found = " ".join(dict.fromkeys(words))
    return found if len(found) <= _LONGEST else " ".join(dict.fromkeys(word[:_LONGEST] for word in words))


def folded_name(name: str) -> str:
    """Return a name in the form in which names are compared: equal for spellings of one name."""
    return search_words(name) or name


def ordered_name(name: str | None) -> str | None:
    """Return the form of a name by which lists are ordered: the beginning of :func:`folded_name`."""
    return None if name is None else folded_name(name)[:_LONGEST_ORDERED]


def _words(text: str) -> list[str]:
    if text.isascii():
        return _ASCII_WORDS(text.lower())
    return unicodedata.normalize("NFKD", text).translate(_FOLDED).split()


def _signs(text: str) -> str:
    """Return the word that stands for a text without words; empty if it has no signs either."""
    signs = (sign for sign in unicodedata.normalize("NFKD", text) if unicodedata.category(sign)[0] in "PS")
    return "".join(chr(_SIGNS_AT | ord(sign) & 0xFFFF) for sign in signs)


def query_words(text: str) -> tuple[str, ...]:
    """Return the words that a text asks for; one that another one begins with asks for nothing more."""
    words = sorted(search_words(text).split(), reverse=True)
    return tuple(word for previous, word in zip(["", *words], words, strict=False) if not previous.startswith(word))


def having_words(words: Iterable[str], texts: Mapping[int, str]) -> set[int]:
    """Return the numbers of those texts in which each word begins a word; a space is before each word of a text."""
    numbers: Iterable[int] = texts
    for word in words:
        beginning = f" {word}"
        numbers = [number for number in numbers if beginning in texts[number]]
    return set(numbers)


def _folded(character: str) -> str:
    kind = unicodedata.category(character)
    if unicodedata.combining(character) or kind == "Cf" or ord(character) in _VARIATION_SELECTORS:
        return ""
    if character in _LETTERS:
        return _LETTERS[character]
    if character.isascii():
        return character if character.isalnum() else " "
    if kind.startswith("S") or unicodedata.name(character, "").startswith(_WITHOUT_SPACES):
        return f" {character} "
    # Characters that are not assigned may be letters of a newer Unicode.
    return character if kind[0] in "LNM" or kind in {"Co", "Cn"} else " "
