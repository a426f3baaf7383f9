"""Dataclasses filled with all-distinct values, so that tests see a swap of two fields."""

import dataclasses
import itertools
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum

import numpy as np

from passagework.domain.analysis import FileAnalysis
from passagework.domain.codes import UnknownCode
from passagework.domain.extensions import PassageValue
from passagework.domain.given_cuts import NO_PIECE
from passagework.domain.loudness_distribution import distribution
from passagework.domain.measured import Loudness, measured_columns
from passagework.domain.units import TICKS_PER_SECOND, Ticks

Path = tuple[str | int, ...]

BY_NAME: Mapping[str, Callable[[int], object]] = types.MappingProxyType(
    {
        "path": lambda number: b"/music/%d\xff.flac" % number,
        "bit_rate": lambda number: 1000 * number,
        "loudness_distribution": lambda number: distribution(np.full(2 + number % 2, -69.0 + number % 600 / 10)),
    }
)
"""Fields with special values: paths need not be UTF-8, and a distribution has to be one."""


def values_of_extensions(number: int) -> tuple[PassageValue, ...]:
    """Make a number, a text and a failure: each value of an extension is one of these."""
    return (
        PassageValue(f"crest{number}", f"1.{number}", "crest_db", number / 16),
        PassageValue(f"crest{number}", f"1.{number}", "dynamics", f"wide {number}"),
        PassageValue(f"nothing{number}", f"2.{number}", "", None, f"it crashed {number} times"),
    )


DIVIDED_BY: Mapping[str, int] = types.MappingProxyType(
    {
        **dict.fromkeys(("confidence", "groups", "list_score"), 2000),
        **dict.fromkeys(("tempo", "gain"), 10),
        **dict.fromkeys((c.path[-1] for c in measured_columns(Loudness)), 20),
    }
)
"""Floats that have a range: a share is between 0 and 1, and levels are not far from 0."""


class Distinct:
    """Makes values by type. ``turn`` 0 and 1 give values that differ in every field, codes and booleans included.

    With ``turn`` 1 codes are those of a newer version, wherever these are permitted.
    """

    def __init__(self, turn: int = 0, *, absent: bool = False) -> None:
        self._numbers = itertools.count(10 + 900 * turn)
        self._turn = turn
        self._absent = absent

    def of(self, kind: object, name: str = "") -> object:
        """Make a value; with ``absent`` None wherever that is permitted."""
        origin, parts = typing.get_origin(kind), typing.get_args(kind)
        if origin in {typing.Union, types.UnionType}:
            return self._one_of(parts, name)
        if origin is tuple and parts[0] is PassageValue:
            return values_of_extensions(next(self._numbers))
        if origin is tuple:
            return tuple(self.of(part, name) for part in ((parts[0],) * 2 if parts[-1] is Ellipsis else parts))
        if origin is frozenset:
            return frozenset({self.of(parts[0], name)})
        if origin is dict:
            return {self.of(parts[0], name): self.of(parts[1], name)}
        return self._dataclass(kind) if dataclasses.is_dataclass(kind) else self._single(kind, name)

    def _one_of(self, kinds: Sequence[object], name: str) -> object:
        if self._absent and types.NoneType in kinds:
            return None
        if UnknownCode in kinds:
            kinds = [kind for kind in kinds if (kind is UnknownCode) == (self._turn == 1)]
        return self.of(kinds[0], name)

    def _dataclass(self, kind: type) -> object:
        hints = typing.get_type_hints(kind)
        return kind(**{field.name: self.of(hints[field.name], field.name) for field in dataclasses.fields(kind)})

    def _single(self, kind: object, name: str) -> object:
        if isinstance(kind, type) and issubclass(kind, Enum):
            return list(kind)[self._turn]
        if kind is bool:
            return self._turn == 0
        number = next(self._numbers)
        if name in BY_NAME:
            return BY_NAME[name](number)
        if kind is float and name in DIVIDED_BY:
            return number / DIVIDED_BY[name]
        if kind is Ticks:
            return Ticks(number * (TICKS_PER_SECOND + TICKS_PER_SECOND // 1000))
        while isinstance(kind, typing.NewType):
            kind = kind.__supertype__
        made = {int: number, float: number + 0.25, str: f"{name} {number}", bytes: number.to_bytes(2)}
        return UnknownCode(made[str]) if kind is UnknownCode else made[kind]


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yield every leaf of a value, with the path of attributes and positions to it."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from leaves(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, tuple):
        for position, part in enumerate(value):
            yield from leaves(part, (*path, position))
    else:
        yield path, value


def replaced(value: object, path: Path, new: object) -> object:
    """Return the value with another leaf."""
    if not path:
        return new
    step, *rest = path
    if isinstance(step, int):
        return tuple(replaced(part, rest, new) if at == step else part for at, part in enumerate(value))
    return dataclasses.replace(value, **{step: replaced(getattr(value, step), rest, new)})


def without_pieces(analysis: FileAnalysis) -> FileAnalysis:
    """Return an analysis of a file that says nothing about its pieces, so that its tags name them."""
    passages = tuple(dataclasses.replace(one, piece=NO_PIECE, keeps=None) for one in analysis.passages)
    unsaid = dict.fromkeys(("cut_by", "given", "made_cuts", "made_list", "list_score", "sheet_hash", "pieces_hash"))
    return dataclasses.replace(analysis, passages=passages, **unsaid)
