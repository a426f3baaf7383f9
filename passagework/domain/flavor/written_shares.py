"""Characteristics that a person writes: ``winter:0.7,summer:0.2,other:0.1``."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import fsum, isfinite
from typing import Final

from passagework.domain.flavor.values import Groups, Members
from passagework.domain.plain_text import is_one_line

LONGEST_NAME: Final = 100
MOST_MEMBERS: Final = 100
MOST_CHARACTERISTICS: Final = 100

TOLERANCE: Final = 0.0001
"""A sum that is further from 1 is shown with a warning."""

_PUNCTUATION: Final = frozenset(":,=")

FORM: Final = f"name:share for 2 to {MOST_MEMBERS} members, as winter:0.7,summer:0.3, each share from 0 to 1"


def read_shares(text: str) -> Members:
    """Read the members of a characteristic. Raises ValueError for what has not this form."""
    members = tuple(_member(word) for word in text.split(","))
    names = sorted(name for name, _ in members)
    if not 2 <= len(members) <= MOST_MEMBERS or any(one == next_ for one, next_ in pairwise(names)):  # noqa: PLR2004 - fewer say nothing
        raise ValueError(text)
    if not any(share for _, share in members):
        raise ValueError(text)
    return members


def write_shares(members: Iterable[tuple[str, float]]) -> str:
    """Write members as a person does, without loss."""
    return ",".join(f"{name}:{float(share)!r}" for name, share in members)


def written_groups(groups: Groups) -> Mapping[str, str]:
    """Return the text of each characteristic by its name."""
    return {name: write_shares(members) for name, members in groups}


def is_name(text: str) -> bool:
    """Return whether a characteristic or a member can be called so."""
    return 0 < len(text) <= LONGEST_NAME and text == text.strip() and is_one_line(text) and not _PUNCTUATION & set(text)


def sums_to_1(members: Members) -> bool:
    """Return whether the shares are shares of one whole."""
    return abs(fsum(share for _, share in members) - 1) <= TOLERANCE


def _member(word: str) -> tuple[str, float]:
    name, _, number = word.rpartition(":")
    name, share = name.strip(), float(number)
    if not is_name(name) or not isfinite(share) or not 0 <= share <= 1:
        raise ValueError(word)
    return name, abs(share)
