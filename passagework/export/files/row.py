"""One playable passage, as in every format."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from operator import attrgetter, itemgetter
from types import MappingProxyType, NoneType
from typing import Any, Final, TypedDict, get_args, get_origin, get_type_hints

from passagework.domain.gains import GAIN_NAMES, PassageGains, gain_values
from passagework.domain.measured import PassageMeasures, Unit, measured_columns
from passagework.domain.units import TICKS_PER_SECOND

# As a call: read as a class, its keys would be variables that nobody uses.
Names = TypedDict(  # noqa: UP013
    "Names",
    {
        "guid": str,
        "path": str,
        "path_hex": str | None,
        "title": str | None,
        "title_source": str | None,
        "song_mbids": tuple[str, ...],
        "artists": tuple[str | None, ...],
        "artist_mbids": tuple[str | None, ...],
        "artists_source": str | None,
        "works": tuple[str | None, ...],
        "work_mbids": tuple[str, ...],
        "album": str | None,
        "album_mbid": str | None,
        "album_source": str | None,
        "medium": int | None,
        "track": int | None,
        "state": str,
        "confidence": float | None,
        "doubt": str | None,
        "approval": str | None,
        "album_group": str | None,
        "gapless_with_next": bool,
        "tag_replaygain_track_gain_db": float | None,
        "tag_replaygain_track_peak": float | None,
        "tag_replaygain_album_gain_db": float | None,
        "tag_replaygain_album_peak": float | None,
        "tag_r128_track_gain_db": float | None,
        "tag_r128_album_gain_db": float | None,
        "flavor_level": str | None,
        "tempo_bpm": float | None,
        "key": str | None,
        "key_share": float | None,
        "flavor": dict[str, dict[str, float]] | None,
        "extension_values": list[dict[str, str | float | None]] | None,
    },
)
r"""What a passage is.

``path``: bytes that are not UTF-8 appear as ``\xNN``; ``path_hex`` then has all bytes in hexadecimal, else it is None.
``..._source``: ``user`` (a person set it), ``song`` or ``album`` (of the linked entity), ``tags``, ``file-name`` (of
the names of the file and its folders), or None. ``album_group`` is the same for the passages of one album.
``gapless_with_next``: the sound goes on in the next passage. ``tag_...``: gains that the tags of the file have, as they
were found. From ``flavor_level`` on: the musical character (docs/flavor.md), None if it was not found out; last what
extensions say, by extension and measure, each with the names of VALUE (persistence/rows/passage_values.py).
Lists of names and of MBIDs have the same order and length; an MBID is None for a name from the tags.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow(PassageMeasures):
    """A passage that can be played now."""

    names: Names
    gains: PassageGains

    @property
    def path_bytes(self) -> bytes:
        """The path, byte for byte."""
        path_hex = self.names["path_hex"]
        return self.names["path"].encode() if path_hex is None else bytes.fromhex(path_hex)

    def values(self) -> dict[str, Any]:
        """Give all values by name, in the order of COLUMNS."""
        measured = dict(zip(_MEASURED, _measures_of(self), strict=True))
        for name in _IN_SECONDS:
            if (ticks := measured[name]) is not None:
                measured[name] = ticks / TICKS_PER_SECOND
        for name in _LEVELS:
            # Not a number, or endless: JSON cannot say it.
            if (level := measured[name]) is not None and not math.isfinite(level):
                measured[name] = None
        return dict(zip(_ALL, _values_of({**self.names, **measured, **gain_values(self.gains)}), strict=True))


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    TEXTS = "texts"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    SHARES = "shares"
    """Named shares by characteristic."""
    VALUES = "values"
    """What extensions say: a list of objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of an export. ``path`` leads to a measured value through attributes; it is None for names."""

    name: str
    kind: Kind
    optional: bool
    path: str | None = None
    in_seconds: bool = False


_FORMER_NAMES: Final = frozenset({"start", "end", "lead_in", "lead_out", "fade_in", "fade_out"})
"""Times in seconds that did not say so: deprecated, and there beside the names with a unit."""

_FORMER_LEVELS: Final = frozenset({"loudness", "loudness_range", "true_peak", "sample_peak"})
"""Levels that stand before the names; a new one stands at the end, as new times do."""

_ADDED_NAMES: Final = frozenset(
    {
        *("album_group", "gapless_with_next", "tag_replaygain_track_gain_db", "tag_replaygain_track_peak"),
        *("tag_replaygain_album_gain_db", "tag_replaygain_album_peak"),
        *("tag_r128_track_gain_db", "tag_r128_album_gain_db"),
    }
)
"""Names that stand at the end, since they are newer than the times with a unit."""

_HEARD_NAMES: Final = frozenset({"flavor_level", "tempo_bpm", "key", "key_share", "flavor", "extension_values"})
"""Names that stand at the very end, since they are newer than the gains."""

_KINDS: Final = MappingProxyType(
    {
        str: Kind.TEXT,
        tuple: Kind.TEXTS,
        int: Kind.INTEGER,
        float: Kind.NUMBER,
        bool: Kind.BOOLEAN,
        dict: Kind.SHARES,
        list: Kind.VALUES,
    }
)


def _columns() -> Iterator[Column]:
    """Give the columns; new ones stand behind those that were there, for readers who count them."""
    names = {column.name: column for column in _name_columns()}
    former: list[Column] = []
    levels: list[Column] = []
    added: list[Column] = []
    for one in measured_columns(PassageMeasures):
        path = ".".join(one.path)
        if one.unit is not Unit.TICKS:
            (name,) = one.names
            place = levels if one.name in _FORMER_LEVELS else added
            place.append(Column(name=name, kind=Kind.NUMBER, optional=one.optional, path=path))
            continue
        in_seconds, in_ticks = one.names
        seconds = Column(name=in_seconds, kind=Kind.NUMBER, optional=one.optional, path=path, in_seconds=True)
        added += [seconds, Column(name=in_ticks, kind=Kind.INTEGER, optional=one.optional, path=path)]
        if one.name in _FORMER_NAMES:
            former.append(replace(seconds, name=one.name))
    yield from (names.pop(name) for name in ("guid", "path", "path_hex"))
    late = [names.pop(name) for name in list(names) if name in _ADDED_NAMES]
    heard = [names.pop(name) for name in list(names) if name in _HEARD_NAMES]
    yield from (*former, *levels, *names.values(), *added, *late)
    yield from (Column(name=name, kind=_KINDS[kind], optional=True) for name, kind in GAIN_NAMES.items())
    yield from heard


def _name_columns() -> Iterator[Column]:
    for name, hint in get_type_hints(Names).items():
        kinds = get_args(hint) if NoneType in get_args(hint) else (hint,)
        (kind,) = (get_origin(one) or one for one in kinds if one is not NoneType)
        yield Column(name=name, kind=_KINDS[kind], optional=len(kinds) > 1)


COLUMNS: Final = tuple(_columns())
"""The columns of JSON, CSV and Parquet, in order."""

_ALL: Final = tuple(column.name for column in COLUMNS)
_PATHS: Final = MappingProxyType({column.name: column.path for column in COLUMNS if column.path is not None})
_MEASURED: Final = tuple(_PATHS)
_IN_SECONDS: Final = tuple(column.name for column in COLUMNS if column.in_seconds)
_LEVELS: Final = tuple(one.names[0] for one in measured_columns(PassageMeasures) if one.unit is not Unit.TICKS)
_measures_of: Final = attrgetter(*_PATHS.values())
_values_of: Final = itemgetter(*_ALL)
