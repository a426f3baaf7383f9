"""The likeness of two titles or two names, from 0 to 1."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from passagework.domain.identification.evidence.normalise import compact, title_key, without_guests, words

_OTHER_VERSION: Final = 0.25
"""The penalty if one title says "live" or "remix" and the other does not."""

_CONTAINED: Final = 0.9
"""One name inside the other: most often one artist of a joint credit, sometimes another, longer name."""

_SAME_TITLE: Final = 0.85
"""Titles that are less alike are not spellings of one, and no slips of the pen."""

_CUT_SHORT: Final = 20
"""Letters; ID3v1 keeps 30 characters of a title."""

_ENDLESS: Final = 200
"""Longer texts are no titles; the time to compare is quadratic."""


@lru_cache(maxsize=50_000)
def title_likeness(one: str, other: str) -> float:
    """Compare two titles of tracks, recordings or works; guests and neutral qualifiers do not count."""
    left, right = title_key(one), title_key(other)
    alike = _ratio(left.main, right.main)
    whole = compact(without_guests(one)), compact(without_guests(other))
    if whole != (left.main, right.main):
        alike = max(alike, _ratio(*whole))
    return alike if left.versions == right.versions else max(0.0, alike - _OTHER_VERSION)


def titles_contradict(one: str, other: str) -> bool:
    """Return whether two titles name different things: they are not alike, nor is one a part of the other.

    A title with a guest, a subtitle or the name of its version contains the title without. Numbers that differ tell
    "Part 1" from "Part 2", however alike the titles are.
    """
    left, right = words(one), words(other)
    if not left or not right or _contains(left, right) or _contains(right, left):
        return False
    short, long = sorted(("".join(left), "".join(right)), key=len)
    if len(short) >= _CUT_SHORT and long.startswith(short):
        return False
    numbers = [[word for word in found if word.isdigit()] for found in (left, right)]
    return (all(numbers) and numbers[0] != numbers[1]) or title_likeness(one, other) < _SAME_TITLE


def name_likeness(ones: Iterable[str], others: Iterable[str]) -> float:
    """Compare two lists of names (a credit, and the names in it): the best pair, or the best containment.

    One artist of a joint credit counts nearly as much as the credit, since tags name either.
    """
    right = [words(name) for name in others]
    best = 0.0
    for left in (words(name) for name in ones):
        for found in right:
            if left and found and (_contains(left, found) or _contains(found, left)):
                best = max(best, _CONTAINED)
            best = max(best, _ratio("".join(left), "".join(found)))
    return best


def album_likeness(one: str, other: str) -> float:
    """Compare two titles of albums; editions ("deluxe", a subtitle in brackets) do not count."""
    main, whole = (title_key(one).main, title_key(other).main), (compact(one), compact(other))
    return _ratio(*main) if main == whole else max(_ratio(*main), _ratio(*whole))


def _contains(longer: tuple[str, ...], shorter: tuple[str, ...]) -> bool:
    """Return whether one list of words contains the other, in order and without gaps."""
    return any(longer[start : start + len(shorter)] == shorter for start in range(len(longer) - len(shorter) + 1))


def _ratio(one: str, other: str) -> float:
    """Return twice the matching letters over all letters (Ratcliff and Obershelp), made symmetric."""
    if one == other:
        return 1.0 if one else 0.0
    first, second = sorted((one[:_ENDLESS], other[:_ENDLESS]))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
