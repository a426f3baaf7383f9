"""The table of measured values of passages and files: unit, range, meaning and column of each.

A field of :class:`PassageMeasures` or :class:`Loudness` is a row of that table. Staging, INSERT, UPDATE, comparison,
SELECT, views, JSON and exports are derived from it, by name and never by position. A new value is a field here, a
column in a migration with the CHECK of its range, and the code that measures it.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from operator import attrgetter, itemgetter
from types import NoneType
from typing import Any, Final, Self, get_args, get_type_hints

from passagework.domain.units import TICKS_PER_SECOND, Ticks


class Unit(StrEnum):
    """The unit of a measured value: ``NAME = suffix, symbol, decimals``.

    The suffix is that of names that machines read, symbol and decimals are for people.
    """

    symbol: str
    decimals: int

    def __new__(cls, suffix: str, symbol: str, decimals: int) -> Self:
        """Make a member, whose value is ``suffix`` alone; one without all three parts fails at import."""
        member = str.__new__(cls, suffix)
        member._value_ = suffix
        member.symbol = symbol
        member.decimals = decimals
        return member

    TICKS = "ticks", "ticks", 0
    LUFS = "lufs", "LUFS", 1
    LU = "lu", "LU", 1
    DBTP = "dbtp", "dBTP", 1
    DBFS = "dbfs", "dBFS", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """The entry of the table for one field."""

    column: str
    unit: Unit
    name: str
    meaning: str
    lowest: float
    highest: float
    can_be_off: bool


_KEY: Final = "measured"
_LONGEST: Final = 2**63 - 1

LARGEST_SAMPLE: Final = 1e5
"""The largest magnitude of a sample that is measured; full scale is 1. +100 dBFS: files whose floating-point samples
have the scale of 16-bit integers reach +90 dBFS."""

_FAINTEST: Final = -1000.0
"""dBFS. The smallest number of single precision is -897 dBFS."""

_LOUDEST: Final = 150.0
"""dBFS, dBTP and LUFS, with room above the largest sample: for values between samples, for the sum of many channels,
and for rounding."""

_FAINTEST_LOUDNESS: Final = -100.0
"""LUFS. The absolute gate is -70 LUFS."""


def _measured(
    column: str,
    unit: Unit,
    name: str,
    meaning: str,
    *,
    lowest: float = 0,
    highest: float = _LONGEST,
    can_be_off: bool = False,
) -> Mapping[str, _About]:
    return {
        _KEY: _About(
            column=column,
            unit=unit,
            name=name,
            meaning=meaning,
            lowest=lowest,
            highest=highest,
            can_be_off=can_be_off,
        )
    }


@dataclass(frozen=True, slots=True)
class Loudness:
    """EBU R128 values of a span: of a passage, or of a file from its first sample to its last.

    ``integrated`` and ``range`` are None where the gates leave nothing (silence, below 0.4 s). ``true_peak`` is None
    where it was switched off or the span is digital silence. All are None in a file with many invalid
    samples (``WarningCode.INVALID_SAMPLES``).
    """

    integrated: float | None = dataclasses.field(
        metadata=_measured(
            "loudness_integrated",
            Unit.LUFS,
            "loudness",
            "integrated loudness",
            lowest=_FAINTEST_LOUDNESS,
            highest=_LOUDEST,
        )
    )
    range: float | None = dataclasses.field(
        metadata=_measured(
            "loudness_range",
            Unit.LU,
            "loudness_range",
            "loudness range",
            highest=_LOUDEST - _FAINTEST_LOUDNESS,
        )
    )
    true_peak: float | None = dataclasses.field(
        metadata=_measured(
            "true_peak",
            Unit.DBTP,
            "true_peak",
            "highest level between the samples; NULL where it was not measured",
            lowest=_FAINTEST,
            highest=_LOUDEST,
            can_be_off=True,
        )
    )
    sample_peak: float | None = dataclasses.field(
        metadata=_measured(
            "sample_peak", Unit.DBFS, "sample_peak", "highest sample", lowest=_FAINTEST, highest=_LOUDEST
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageMeasures:
    """The span, cues and loudness of a passage.

    ``start`` and ``end`` are ticks from the first sample of the file, end exclusive. ``lead_in`` and ``lead_out``
    are lengths: until ``start + lead_in`` the previous passage may overlap, from ``end - lead_out`` on the next one.
    ``fade_in`` and ``fade_out`` are lengths of fades found in the recording itself, None where there is none.
    """

    start: Ticks = dataclasses.field(
        metadata=_measured("start_ticks", Unit.TICKS, "start", "where it begins, from the first sample of the file")
    )
    end: Ticks = dataclasses.field(
        metadata=_measured("end_ticks", Unit.TICKS, "end", "where it ends; the end itself is no part of it")
    )
    lead_in: Ticks = dataclasses.field(
        metadata=_measured(
            "lead_in_ticks", Unit.TICKS, "lead_in", "length: the previous passage may overlap until start + lead_in"
        )
    )
    lead_out: Ticks = dataclasses.field(
        metadata=_measured(
            "lead_out_ticks", Unit.TICKS, "lead_out", "length: the next passage may overlap from end - lead_out on"
        )
    )
    fade_in: Ticks | None = dataclasses.field(
        metadata=_measured(
            "fade_in_ticks",
            Unit.TICKS,
            "fade_in",
            "length of a fade-in of the recording itself; NULL where it has none",
        )
    )
    fade_out: Ticks | None = dataclasses.field(
        metadata=_measured(
            "fade_out_ticks",
            Unit.TICKS,
            "fade_out",
            "length of a fade-out of the recording itself; NULL where it has none",
        )
    )
    loudness: Loudness


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredColumn:
    """One measured value: its path in a dataclass, its column, and its name in JSON and exports.

    ``path`` leads to it through attributes. ``name`` is without its unit: JSON and exports add the suffix, seconds for
    ticks. ``lowest`` and ``highest`` bound it, both included. ``optional``: it may be None. ``can_be_off``: a setting
    switches the measurement off; a stored value of the same audio then stays.
    """

    path: tuple[str, ...]
    column: str
    unit: Unit
    name: str
    meaning: str
    lowest: float
    highest: float
    can_be_off: bool
    optional: bool

    @property
    def check(self) -> str:
        """The CHECK constraint of its column, as the schema has it."""
        if self.unit is not Unit.TICKS:
            return f"{self.column} BETWEEN {self.lowest:g} AND {self.highest:g}"
        # An INTEGER has 64 bits, so only the lower bound can be violated.
        return f"{self.column} >= {self.lowest:g}"

    @property
    def names(self) -> tuple[str, ...]:
        """The names that machines read; a time is given both in seconds and in ticks."""
        return _names(self.name, self.unit)

    def of(self, value: object) -> int | float | None:
        """Return this value of a PassageMeasures or a Loudness."""
        found = _getter(self.path)(value)
        assert found is None or isinstance(found, int | float)
        return found

    def named(self, value: object) -> dict[str, int | float | None]:
        """Return the value under the names that machines read; a time both in seconds and in ticks."""
        found = self.of(value)
        if self.unit is not Unit.TICKS:
            return dict.fromkeys(self.names, found)
        in_seconds = None if found is None else found / TICKS_PER_SECOND
        return dict(zip(self.names, (in_seconds, found), strict=True))


@cache
def _names(name: str, unit: Unit) -> tuple[str, ...]:
    own = f"{name}_{unit}"
    return (own,) if unit is not Unit.TICKS else (f"{name}_seconds", own)


@cache
def _getter(path: tuple[str, ...]) -> Callable[[object], object]:
    return attrgetter(".".join(path))


@cache
def measured_columns(of: type[PassageMeasures | Loudness]) -> tuple[MeasuredColumn, ...]:
    """Return the measured columns of passages (``PassageMeasures``) or of files (``Loudness``), in order."""
    return tuple(_columns(of, ()))


def measures_from(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a PassageMeasures from a row by column names, for the constructor of a subclass."""
    return _fields_reader(PassageMeasures)(row)


def loudness_from(row: Mapping[str, Any]) -> Loudness:
    """Return the loudness of a row by column names."""
    return Loudness(**_fields_reader(Loudness)(row))


def _columns(of: type, path: tuple[str, ...]) -> list[MeasuredColumn]:
    found = []
    hints = get_type_hints(of)
    for one in dataclasses.fields(of):
        here = (*path, one.name)
        about = one.metadata.get(_KEY)
        if isinstance(about, _About):
            optional = NoneType in get_args(hints[one.name])
            found.append(MeasuredColumn(path=here, optional=optional, **dataclasses.asdict(about)))
        elif dataclasses.is_dataclass(inner := hints[one.name]) and isinstance(inner, type):
            found += _columns(inner, here)
        else:
            raise TypeError(f"{of.__name__}.{one.name} says neither its column nor its parts")
    return found


@cache
def _fields_reader(of: type) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Make the function that reads the fields of a dataclass of this table from a row, without reflection per row."""
    columns = {one.name: about.column for one in dataclasses.fields(of) if (about := one.metadata.get(_KEY))}
    names, values_of = tuple(columns), itemgetter(*columns.values())
    parts = tuple(
        (name, inner, _fields_reader(inner)) for name, inner in get_type_hints(of).items() if name not in columns
    )

    def read(row: Mapping[str, Any]) -> dict[str, Any]:
        fields = dict(zip(names, values_of(row), strict=True))
        for name, inner, of_inner in parts:
            fields[name] = inner(**of_inner(row))
        return fields

    return read
