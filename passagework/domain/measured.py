"""The one table of what is measured of passages and files: unit, range and meaning of each value, and its column.

A field of :class:`PassageMeasures` or :class:`Loudness` is a row of that table. Staging, INSERT, UPDATE, comparison,
SELECT, views, JSON and exports are derived from it, by name and never by position. A new value is a field here, a
column in a migration, and the code that measures it.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final, get_type_hints

from passagework.domain.units import TICKS_PER_SECOND, Ticks


class Unit(StrEnum):
    """The unit of a measured value; the value of the member is the suffix of its name where a machine reads it."""

    TICKS = "ticks"
    LUFS = "lufs"
    LU = "lu"
    DBTP = "dbtp"
    DBFS = "dbfs"


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What the table says of one field."""

    column: str
    unit: Unit
    name: str
    meaning: str
    lowest: float
    highest: float


_KEY: Final = "measured"
_LONGEST: Final = 2**63 - 1


def _measured(
    column: str,
    unit: Unit,
    name: str,
    meaning: str,
    *,
    lowest: float = 0,
    highest: float = _LONGEST,
) -> Mapping[str, _About]:
    about = _About(column=column, unit=unit, name=name, meaning=meaning, lowest=lowest, highest=highest)
    return {_KEY: about}


@dataclass(frozen=True, slots=True)
class Loudness:
    """EBU R128 values of a span: of a passage, or of a file from its first sample to its last.

    ``integrated`` and ``range`` are None where the gates leave nothing (silence, below 0.4 s). ``true_peak`` is None
    where it was switched off or the span is digital silence.
    """

    integrated: float | None = dataclasses.field(
        metadata=_measured(
            "loudness_integrated", Unit.LUFS, "loudness", "integrated loudness", lowest=-1000, highest=1000
        )
    )
    range: float | None = dataclasses.field(
        metadata=_measured("loudness_range", Unit.LU, "loudness_range", "loudness range", highest=1000)
    )
    true_peak: float | None = dataclasses.field(
        metadata=_measured(
            "true_peak",
            Unit.DBTP,
            "true_peak",
            "highest level between the samples; NULL where it was not measured",
            lowest=-1000,
            highest=1000,
        )
    )
    sample_peak: float | None = dataclasses.field(
        metadata=_measured("sample_peak", Unit.DBFS, "sample_peak", "highest sample", lowest=-1000, highest=1000)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageMeasures:
    """Where a passage is, where its neighbours may overlap it, how loud it is.

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
    """One measured value: where it lies in a value of ours, in a table, and in what machines read.

    ``path`` leads to it through attributes. ``name`` is without its unit: JSON and exports add the suffix, seconds for
    ticks. ``lowest`` and ``highest`` bound it, both included.
    """

    path: tuple[str, ...]
    column: str
    unit: Unit
    name: str
    meaning: str
    lowest: float
    highest: float

    def of(self, value: object) -> int | float | None:
        """Give this value of a PassageMeasures or a Loudness."""
        for attribute in self.path:
            value = getattr(value, attribute)
        assert value is None or isinstance(value, int | float)
        return value

    def named(self, value: object) -> dict[str, int | float | None]:
        """Give the value under the names that machines read; a time both in seconds and in ticks."""
        found = self.of(value)
        if self.unit is not Unit.TICKS:
            return {f"{self.name}_{self.unit}": found}
        return {
            f"{self.name}_seconds": None if found is None else found / TICKS_PER_SECOND,
            f"{self.name}_{self.unit}": found,
        }


@cache
def measured_columns(of: type[PassageMeasures | Loudness]) -> tuple[MeasuredColumn, ...]:
    """Give the measured columns of passages (``PassageMeasures``) or of files (``Loudness``), in order."""
    return tuple(_columns(of, ()))


def measures_from(row: Mapping[str, object]) -> dict[str, object]:
    """Give the fields of a PassageMeasures from a row by column names, for the constructor of a subclass."""
    return _fields(PassageMeasures, row)


def loudness_from(row: Mapping[str, object]) -> Loudness:
    """Give the loudness of a row by column names."""
    return Loudness(**_fields(Loudness, row))  # type: ignore[arg-type] # the columns of a STRICT table


def _columns(of: type, path: tuple[str, ...]) -> list[MeasuredColumn]:
    found = []
    hints = get_type_hints(of)
    for one in dataclasses.fields(of):
        here = (*path, one.name)
        about = one.metadata.get(_KEY)
        if isinstance(about, _About):
            found.append(MeasuredColumn(path=here, **dataclasses.asdict(about)))
        elif dataclasses.is_dataclass(inner := hints[one.name]) and isinstance(inner, type):
            found += _columns(inner, here)
        else:
            raise TypeError(f"{of.__name__}.{one.name} says neither its column nor its parts")
    return found


def _fields(of: type, row: Mapping[str, object]) -> dict[str, object]:
    hints = get_type_hints(of)
    values: dict[str, object] = {}
    for one in dataclasses.fields(of):
        about = one.metadata.get(_KEY)
        values[one.name] = (
            row[about.column] if isinstance(about, _About) else hints[one.name](**_fields(hints[one.name], row))
        )
    return values
