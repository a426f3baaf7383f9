"""The fields that a person can set: which subject has which, and their valid values."""

import datetime as dt
import difflib
import re
import reprlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from passagework.domain.edits import EditError, Subject, Value
from passagework.domain.flavor.written_shares import FORM, LONGEST_NAME, read_shares, write_shares
from passagework.domain.given_cuts import read_bounds, write_bounds
from passagework.domain.ids import parse_mbid
from passagework.domain.links import NO_RECORDING
from passagework.domain.units import TICKS_PER_SECOND, Ticks, seconds

LONGEST_TEXT: Final = 1_000
HIGHEST_PROBABILITY: Final = 1_000.0
LONGEST_SECONDS: Final = 10 * 366 * 86_400
"""Ten years: to exclude something for longer, reject it."""

LONGEST_FILE: Final = 10**6
"""Seconds: eleven days."""

_CLOCK_UNITS: Final = 2
"""Hours and minutes, before the seconds."""

WEIGHT_TOLERANCE: Final = 0.001
"""Permits three artists at 0.333 each."""

CHARACTERISTIC: Final = f"text of one line, 1 to {LONGEST_NAME} characters, without : , and ="

_BREAKING: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, halves of surrogate pairs (which cannot be stored), line and paragraph breaks."""

_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


@dataclass(frozen=True, slots=True)
class _Text:
    expected: str = f"text of one line, 1 to {LONGEST_TEXT} characters"

    def read(self, text: str) -> Value:
        return text

    def fit(self, value: object) -> Value:
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT:
            return None
        return None if any(unicodedata.category(each) in _BREAKING for each in value) else str(value)


@dataclass(frozen=True, slots=True)
class _Date:
    expected: str = "a date as YYYY, YYYY-MM or YYYY-MM-DD"

    def read(self, text: str) -> Value:
        return text

    def fit(self, value: object) -> Value:
        found = _DATE.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return None
        try:
            dt.date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
        except ValueError:
            return None
        return found[0]


@dataclass(frozen=True, slots=True)
class _Choice:
    choices: tuple[str, ...]

    @property
    def expected(self) -> str:
        return " or ".join(self.choices)

    def read(self, text: str) -> Value:
        return text

    def fit(self, value: object) -> Value:
        return str(value) if isinstance(value, str) and value in self.choices else None


@dataclass(frozen=True, slots=True)
class _Recording:
    expected: str = f"the MBID of a recording, or {NO_RECORDING}"

    def read(self, text: str) -> Value:
        return text

    def fit(self, value: object) -> Value:
        if not isinstance(value, str):
            return None
        return NO_RECORDING if value.lower() == NO_RECORDING else parse_mbid(value)


@dataclass(frozen=True, slots=True)
class _Number:
    highest: float

    @property
    def expected(self) -> str:
        return f"a number from 0 to {self.highest:g}"

    def read(self, text: str) -> Value:
        return float(text)

    def fit(self, value: object) -> Value:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= self.highest:
            return None
        return abs(float(value))


@dataclass(frozen=True, slots=True)
class _Seconds:
    expected: str = f"a whole number of seconds from 0 to {LONGEST_SECONDS}"

    def read(self, text: str) -> Value:
        return int(text)

    def fit(self, value: object) -> Value:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_SECONDS:
            return None
        return int(value)


@dataclass(frozen=True, slots=True)
class _Moment:
    """A moment in a file, or a length: in seconds, stored as ticks."""

    expected: str = f"seconds, or minutes and seconds as 3:20.5, up to {LONGEST_FILE} seconds"

    def read(self, text: str) -> Value:
        *units, last = text.split(":")
        if len(units) > _CLOCK_UNITS or not all(unit.isascii() and unit.isdigit() for unit in units):
            return text
        whole = 0
        for unit in units:
            whole = 60 * whole + int(unit)
        return 60 * whole + float(last)

    def fit(self, value: object) -> Value:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_FILE:
            return None
        return float(round(value * TICKS_PER_SECOND) / TICKS_PER_SECOND)


@dataclass(frozen=True, slots=True)
class _Cuts:
    expected: str = "the bounds of the passages of a file, one after the other"

    def read(self, text: str) -> Value:
        return text

    def fit(self, value: object) -> Value:
        try:
            bounds = read_bounds(value) if isinstance(value, str) else ()
        except (ValueError, TypeError):
            return None
        edges = [edge for one in bounds for edge in (one.start, one.end or one.start)]
        if not bounds or edges != sorted(edges) or any(one.start >= (one.end or 0) for one in bounds):
            return None
        return write_bounds(bounds)


@dataclass(frozen=True, slots=True)
class _Shares:
    expected: str = FORM

    def read(self, text: str) -> Value:
        return text

    def fit(self, value: object) -> Value:
        try:
            return write_shares(read_shares(value)) if isinstance(value, str) else None
        except ValueError:
            return None


_Kind = _Text | _Date | _Choice | _Recording | _Number | _Seconds | _Moment | _Cuts | _Shares

_MOMENT: Final = _Moment()

_KINDS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "title": _Text(),
        "name": _Text(),
        "date": _Date(),
        "recording": _Recording(),
        "probability": _Number(HIGHEST_PROBABILITY),
        "approval": _Choice(("approved", "rejected")),
        "cooldown_seconds": _Seconds(),
        "ramp_seconds": _Seconds(),
        "weight": _Number(1.0),
        "start": _MOMENT,
        "end": _MOMENT,
        "lead_in": _MOMENT,
        "lead_out": _MOMENT,
        "cuts": _Cuts(),
        "flavor": _Shares(),
    }
)

FIELDS: Final[Mapping[Subject, tuple[str, ...]]] = MappingProxyType(
    {
        Subject.PASSAGE: ("title", "recording", "probability", "approval", "lead_in", "lead_out", "flavor"),
        Subject.SONG: ("title", "probability", "cooldown_seconds", "ramp_seconds", "weight"),
        Subject.ARTIST: ("name", "probability", "cooldown_seconds", "ramp_seconds"),
        Subject.WORK: ("title", "probability", "cooldown_seconds", "ramp_seconds"),
        Subject.ALBUM: ("title", "date"),
        Subject.FILE: ("cuts",),
    }
)
"""The fields of each subject. An album is not played itself, so it has no probability."""

_SYNONYMS: Final = MappingProxyType({"title": "name", "name": "title"})


def fitting(field: str, value: Value) -> Value:
    """Return the value as it is stored; None, which clears, is valid for every field.

    Raises EditError for an unknown field, naming the nearest one, and for an invalid value, naming the
    range: text that cannot be stored, NaN, numbers that are too large.
    """
    kind = _kind(field)
    if value is None:
        return None
    if (fit := kind.fit(value)) is None:
        raise EditError(f"{field} must be {kind.expected}, not {_shown(value)}; nothing was changed")
    return fit


def from_text(field: str, text: str) -> Value:
    """Parse a value that a person typed; empty text is None. EditError as for :func:`fitting`."""
    if not text:
        return None
    kind = _kind(field)
    try:
        value = kind.read(text)
    except ValueError:
        value = text
    return fitting(field, value)


def ticks_of(name: str, value: object) -> Ticks:
    """Return a moment that a person gave, in seconds, as ticks. Raises EditError, with its name, for what is none."""
    fit = _MOMENT.fit(value)
    if not isinstance(fit, float):
        raise EditError(f"{name} must be {_MOMENT.expected}, not {_shown(value)}; nothing was changed")
    return Ticks(round(fit * TICKS_PER_SECOND))


def moment_from_text(name: str, text: str) -> float:
    """Parse a moment that a person typed: seconds, or with minutes and hours; EditError as for :func:`ticks_of`."""
    try:
        value = _MOMENT.read(text)
    except ValueError:
        value = text
    return seconds(ticks_of(name, value))


def require(subject: Subject, field: str) -> None:
    """Raise EditError, naming the nearest field, if the subject has no such field."""
    if field not in FIELDS[subject]:
        article = "an" if subject in {Subject.ARTIST, Subject.ALBUM} else "a"
        raise EditError(f"{article} {subject} has no {field}{_suggestion(field, FIELDS[subject])}; nothing was changed")


def _kind(field: str) -> _Kind:
    if field not in _KINDS:
        raise EditError(f"nothing has a field {_shown(field)}{_suggestion(field, _KINDS)}; nothing was changed")
    return _KINDS[field]


def _suggestion(field: str, known: Iterable[str]) -> str:
    names = list(known)
    near = [name for name in names if name == _SYNONYMS.get(field) or (field and name.startswith(field))]
    near = near or difflib.get_close_matches(field.lower(), names, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there is {', '.join(names)}"


def _shown(value: object) -> str:
    try:
        return reprlib.repr(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "a number of thousands of digits"
