"""One playable passage, as every format gives it."""

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from types import MappingProxyType, NoneType
from typing import Any, Final, get_args, get_origin, get_type_hints

from passagework.domain.measured import PassageMeasures, Unit, measured_columns
from passagework.domain.units import TICKS_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow(PassageMeasures):
    r"""A passage that can be played now.

    ``path``: bytes that are not UTF-8 appear as ``\xNN``; ``path_hex`` then has all bytes in hexadecimal, else it is
    None. ``..._source``: ``user`` (a person set it), ``song`` or ``album`` (of the linked entity), ``tags``, or None.
    Lists of names and of MBIDs have the same order and length; an MBID is None for a name from the tags.
    """

    guid: str
    path: str
    path_hex: str | None
    title: str | None
    title_source: str | None
    song_mbids: tuple[str, ...]
    artists: tuple[str | None, ...]
    artist_mbids: tuple[str | None, ...]
    artists_source: str | None
    works: tuple[str | None, ...]
    work_mbids: tuple[str, ...]
    album: str | None
    album_mbid: str | None
    album_source: str | None
    medium: int | None
    track: int | None
    state: str
    confidence: float | None
    doubt: str | None
    approval: str | None

    @property
    def path_bytes(self) -> bytes:
        """The path, byte for byte."""
        return self.path.encode() if self.path_hex is None else bytes.fromhex(self.path_hex)

    def values(self) -> dict[str, Any]:
        """Give all values by name, in the order of COLUMNS. Times are seconds, but for those in ticks."""
        values = dict(zip(_NAMES, _values_of(self), strict=True))
        for name in _SECONDS:
            if (ticks := values[name]) is not None:
                values[name] = ticks / TICKS_PER_SECOND
        for name in _LEVELS:
            # Not a number, or endless: JSON cannot say it.
            if (level := values[name]) is not None and not math.isfinite(level):
                values[name] = None
        return values


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    TEXTS = "texts"
    INTEGER = "integer"
    NUMBER = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of an export: ``path`` leads to its value through attributes of a row."""

    name: str
    path: str
    kind: Kind
    optional: bool
    in_seconds: bool = False


_FORMER_NAMES: Final = frozenset({"start", "end", "lead_in", "lead_out", "fade_in", "fade_out"})
"""Times in seconds that did not say so: deprecated, and there beside the names with a unit."""

_KINDS: Final = MappingProxyType({str: Kind.TEXT, tuple: Kind.TEXTS, int: Kind.INTEGER, float: Kind.NUMBER})


def _columns() -> Iterator[Column]:
    """Give the columns; new ones stand behind those that were there, for readers who count them."""
    measured = measured_columns(PassageMeasures)
    own = {column.name: column for column in _own_columns()}
    yield from (own.pop(name) for name in ("guid", "path", "path_hex"))
    for one in measured:
        path = ".".join(one.path)
        if one.name in _FORMER_NAMES:
            yield Column(name=one.name, path=path, kind=Kind.NUMBER, optional=one.optional, in_seconds=True)
        elif one.unit is not Unit.TICKS:
            (name,) = one.names
            yield Column(name=name, path=path, kind=Kind.NUMBER, optional=one.optional)
    yield from own.values()
    for one in measured:
        path = ".".join(one.path)
        if one.unit is Unit.TICKS:
            in_seconds, in_ticks = one.names
            yield Column(name=in_seconds, path=path, kind=Kind.NUMBER, optional=one.optional, in_seconds=True)
            yield Column(name=in_ticks, path=path, kind=Kind.INTEGER, optional=one.optional)


def _own_columns() -> Iterator[Column]:
    hints = get_type_hints(ExportRow)
    inherited = {field.name for field in dataclasses.fields(PassageMeasures)}
    for field in dataclasses.fields(ExportRow):
        if field.name not in inherited:
            hint = hints[field.name]
            optional = NoneType in get_args(hint)
            (kind,) = (one for one in (get_args(hint) if optional else (hint,)) if one is not NoneType)
            yield Column(name=field.name, path=field.name, kind=_KINDS[get_origin(kind) or kind], optional=optional)


COLUMNS: Final = tuple(_columns())
"""The columns of JSON, CSV and Parquet, in order."""

_NAMES: Final = tuple(column.name for column in COLUMNS)
_SECONDS: Final = tuple(column.name for column in COLUMNS if column.in_seconds)
_LEVELS: Final = tuple(column.names[0] for column in measured_columns(PassageMeasures) if column.unit is not Unit.TICKS)
_values_of: Final = attrgetter(*(column.path for column in COLUMNS))
