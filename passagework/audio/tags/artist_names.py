"""Split a text that names several artists, without splitting a name that contains a delimiter."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from passagework.domain.analysis_rules import TagRules


def split_artists(text: str, rules: TagRules) -> tuple[str, ...]:
    """Return the names in a text, each once, in order: the text itself where nothing in it separates names."""
    return tuple(dict.fromkeys(_split(text, rules.artist_delimiters, rules.artist_exceptions)))


def split_at(text: str, delimiter: str, rules: TagRules) -> tuple[str, ...]:
    """Return the names in a text of which something else says that this delimiter separates them; two may be equal."""
    return _split(text, (delimiter,), rules.artist_exceptions)


def _split(text: str, delimiters: tuple[str, ...], exceptions: tuple[str, ...]) -> tuple[str, ...]:
    if not delimiters:
        return (text,)
    names = (name.strip() for name in _between(text, _pattern(delimiters, exceptions)))
    return tuple(name for name in names if name) or (text,)


def _between(text: str, pattern: re.Pattern[str]) -> Iterator[str]:
    begin = 0
    for found in pattern.finditer(text):
        if found.lastgroup == "delimiter":
            yield text[begin : found.start()]
            begin = found.end()
    yield text[begin:]


@lru_cache(maxsize=64)
def _pattern(delimiters: tuple[str, ...], exceptions: tuple[str, ...]) -> re.Pattern[str]:
    """Match an exception that is no part of a longer word, or else a delimiter; the longest of each first."""
    whole = rf"(?<!\w)(?:{_any(exceptions)})(?!\w)|" if exceptions else ""
    return re.compile(rf"{whole}(?P<delimiter>{_any(delimiters)})", re.IGNORECASE)


def _any(texts: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(texts, key=len, reverse=True)))
