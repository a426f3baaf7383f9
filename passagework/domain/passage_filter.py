"""Which passages are asked for, and in which order: one value for lists, counts, and the choice of what to play.

A filter is checked when it is made, so whatever takes one need not look at it again. Its parts are combined: a passage
has to match them all.
"""

import re
import reprlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypedDict

from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.flavor.values import Groups, finite_shares
from passagework.domain.flavor.written_shares import MOST_CHARACTERISTICS, MOST_MEMBERS, is_name
from passagework.domain.playable import NotPlayable

LONGEST_TEXT: Final = 1_000
"""Characters of a name, or of a text."""

QUIETEST: Final = -200.0
LOUDEST: Final = 100.0
"""LUFS; what is measured lies far within."""

LONGEST_SECONDS: Final = 1e9

LAST_RUN: Final = (1 << 63) - 1

LARGEST_PAGE: Final = 10_000
"""Passages."""

_GUID: Final = re.compile("[0-9a-f][0-9a-f-]{5,35}")
"""A guid, or a prefix of it."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class FilterError(PassageworkError):
    """A filter, an order or a place in a list that cannot be: the message says what would be right."""

    code = "filter-invalid"
    exit_code = ExitCode.USAGE


class PassageOrder(StrEnum):
    """In which order passages are listed. What is equal, or not known, stands in the order of PATH; unknown last."""

    PATH = "path"
    """By the path of the file, and the place in the file."""

    TITLE = "title"
    ARTIST = "artist"
    ALBUM = "album"
    """By title of the album, disc and track."""

    LENGTH = "length"
    """The shortest first."""

    LOUDNESS = "loudness"
    """The quietest first."""

    NEWEST = "newest"
    """The one that was found last first."""

    CHANGED = "changed"
    """The one that changed last first."""


Shares = Mapping[str, Mapping[str, float]]
"""Named shares: ``{"mood": {"happy": 0.8, "sad": 0.2}}``."""


class FilterFields(TypedDict, total=False):
    """Fields of a :class:`PassageFilter` by name, for functions that take them one by one."""

    artist: str | None
    album: str | None
    song: str | None
    work: str | None
    loudness_from: float | None
    loudness_to: float | None
    seconds_from: float | None
    seconds_to: float | None
    near: str | Shares | None
    within: float | None
    not_playable_because: NotPlayable | str | None
    retired: bool
    changed_since: int | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageFilter:
    """The passages that match all of this; without a value, those that can be played now.

    ``artist``, ``album``, ``song`` and ``work`` are names, in any case and with or without accents, or MBIDs.
    ``album`` may also be an ``album_group``. ``text`` is words that begin words of title, artists, album and path, in
    any order. Both ends of the ranges belong to them: ``loudness_from`` and ``loudness_to`` in LUFS, ``seconds_from``
    and ``seconds_to`` of the length. What is not known is in no range.

    ``near`` is a passage, by its guid or a prefix of at least 6 characters, or named shares, which become sorted
    tuples; ``within`` is the largest distance from it, as ``library.flavor_distance`` measures it.

    ``playable``: True takes what can be played now, False what cannot, None both. ``not_playable_because`` takes what
    cannot be played for this reason, whatever ``playable`` says. Retired passages are left out unless that reason, or
    ``retired``, asks for them.

    ``changed_since`` is the number of a run, or a moment with a time zone: what has changed after that run, or since
    that moment (docs/queries.md says what counts).

    Raises FilterError for what cannot be. A filter is equal to another one that asks for the same, and hashable.
    """

    artist: str | None = None
    album: str | None = None
    song: str | None = None
    work: str | None = None
    text: str | None = None
    loudness_from: float | None = None
    loudness_to: float | None = None
    seconds_from: float | None = None
    seconds_to: float | None = None
    near: str | Shares | Groups | None = None
    within: float | None = None
    playable: bool | None = True
    not_playable_because: NotPlayable | str | None = None
    retired: bool = False
    changed_since: int | datetime | None = None

    def __post_init__(self) -> None:
        """Check all, and bring equal filters to one form."""
        for name in ("artist", "album", "song", "work", "text"):
            _check_text(name, getattr(self, name))
        _check_range("loudness", "LUFS", (self.loudness_from, self.loudness_to), (QUIETEST, LOUDEST))
        _check_range("seconds", "seconds", (self.seconds_from, self.seconds_to), (0.0, LONGEST_SECONDS))
        self._check_near()
        self._check_playable()
        _check_since(self.changed_since)

    def _check_near(self) -> None:
        if (self.near is None) != (self.within is None):
            raise FilterError("near and within go together: what passages are to be near, and the largest distance")
        if self.within is not None and not _is_number(self.within, 0.0, 1.0):
            raise FilterError(f"within is a distance from 0 to 1, not {_shown(self.within)}")
        match self.near:
            case None:
                pass
            case str():
                object.__setattr__(self, "near", guid_prefix("near", self.near))
            case _:
                object.__setattr__(self, "near", shares_of(self.near))

    def _check_playable(self) -> None:
        if type(self.playable) not in {bool, type(None)} or type(self.retired) is not bool:
            raise FilterError("playable is True, False or None, and retired is True or False")
        if self.not_playable_because is not None:
            object.__setattr__(self, "not_playable_because", reason_of(self.not_playable_because))
            object.__setattr__(self, "playable", False)


def order_of(order: PassageOrder | str) -> PassageOrder:
    """Return an order by its name. Raises FilterError, with all names, for another one."""
    try:
        return PassageOrder(order)
    except ValueError:
        raise FilterError(f"order is one of {', '.join(PassageOrder)}, not {_shown(order)}") from None


def count_of(name: str, number: object, most: int) -> int:
    """Return a number of passages, rows or the like. Raises FilterError unless it is from 1 to ``most``."""
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
        raise FilterError(f"{name} is a whole number from 1 to {most}, not {_shown(number)}")
    return number


def wanted_of(
    wanted: PassageFilter | None, *, text: str | None, fields: FilterFields, playable: bool | None = True
) -> PassageFilter:
    """Return the filter that a function was given: one made by the caller, or its fields. FilterError for both."""
    if wanted is None:
        try:
            return PassageFilter(text=text, playable=playable, **fields)
        except TypeError as error:
            raise FilterError(str(error).partition(" ")[2]) from None
    if text is not None or fields:
        raise FilterError("give a filter, or the fields of one, and not both")
    if not isinstance(wanted, PassageFilter):
        raise FilterError(f"a filter is a PassageFilter, not {_shown(wanted)}")
    return wanted


def guid_prefix(name: str, text: str) -> str:
    """Return a guid, or a prefix of one, in lower case. Raises FilterError for what is none."""
    if not _GUID.fullmatch(folded := text[:40].lower()):
        raise FilterError(f"{name} is a guid, or its first 6 or more characters, not {_shown(text)}")
    return folded


def nanoseconds_of(moment: datetime) -> int:
    """Return a moment as nanoseconds since 1970."""
    since = moment - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000


def _check_text(name: str, text: object) -> None:
    if text is None:
        return
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT:
        raise FilterError(f"{name} is a text of 1 to {LONGEST_TEXT} characters, not {_shown(text)}")
    if any(unicodedata.category(character) == "Cs" or character == "\0" for character in text):
        raise FilterError(f"{name} has characters that no name has: {_shown(text)}")


def _check_range(name: str, unit: str, ends: tuple[float | None, float | None], limits: tuple[float, float]) -> None:
    for which, end in zip(("from", "to"), ends, strict=True):
        if end is not None and not _is_number(end, *limits):
            raise FilterError(
                f"{name}_{which} is a number from {limits[0]:.0f} to {limits[1]:.0f} ({unit}), not {_shown(end)}"
            )
    lowest, highest = ends
    if lowest is not None and highest is not None and lowest > highest:
        raise FilterError(f"{name}_from is above {name}_to: {lowest:g} and {highest:g}")


def _check_since(since: object) -> None:
    match since:
        case None:
            return
        case int() if not isinstance(since, bool) and 0 <= since <= LAST_RUN:
            return
        case datetime() if since.tzinfo is not None and since.utcoffset() is not None:
            return
    raise FilterError(f"changed_since is the number of a run, or a datetime with a time zone, not {_shown(since)}")


def reason_of(reason: NotPlayable | str) -> NotPlayable:
    """Return a reason by its stored code. Raises FilterError, with all of them, for another one."""
    found = next((one for one in NotPlayable if one == reason), None)
    if found is None:
        names = ", ".join(one.value for one in NotPlayable)
        raise FilterError(f"not_playable_because is one of {names}, not {_shown(reason)}")
    return found


def shares_of(near: Shares | Groups) -> Groups:
    """Return named shares, sorted by their names. Raises FilterError for what is none."""
    try:
        groups = finite_shares({name: dict(members) for name, members in dict(near).items()})
    except (TypeError, ValueError):
        raise FilterError(
            f"near is a guid, or shares from 0 to 1 by member by characteristic, not {_shown(near)}"
        ) from None
    names = [name for name, _ in groups] + [member for _, members in groups for member, _ in members]
    if not all(map(is_name, map(str, names))) or {*map(type, names)} - {str}:
        raise FilterError("near has a characteristic or a member without a name, or with one that none can have")
    fits = 1 <= len(groups) <= MOST_CHARACTERISTICS and all(2 <= len(each) <= MOST_MEMBERS for _, each in groups)  # noqa: PLR2004 - fewer say nothing
    if not fits:
        raise FilterError(
            f"near has 1 to {MOST_CHARACTERISTICS} characteristics, each with 2 to {MOST_MEMBERS} members"
        )
    return tuple(sorted((name, tuple(sorted(members))) for name, members in groups))


def _is_number(value: object, lowest: float, highest: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and lowest <= value <= highest


def _shown(value: object) -> str:
    try:
        return reprlib.repr(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "a number of thousands of digits"
