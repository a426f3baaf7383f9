"""Messages as JSON and back, by the types of their fields.

Our own, because pydantic has no form for a code that only a newer version knows, and takes longer to read the types
than a command takes that sets a value. An object has the name of its class under ``class``; bytes, which are paths, are
text with surrogate escapes (PEP 383), so they come back byte for byte. Nothing is guessed: an unknown name, a
missing one, a number out of range, or a text where a number belongs is refused.
"""

import dataclasses
import math
from collections.abc import Callable
from enum import Enum, StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from passagework.domain.codes import UnknownCode, open_code
from passagework.domain.json_text import read_json, write_json

T = TypeVar("T")

_KIND: Final = "class"
"""No field has a keyword as its name."""

_LARGEST: Final = 2**64
"""Integers beyond are none of ours."""


class MessageError(ValueError):
    """What was received is no message of this format."""


def write_message(message: object) -> bytes:
    """Write a message as one line. Raises ValueError for a number that is not finite."""
    return write_json(_encoded(message)).encode("ascii") + b"\n"


def read_message(kind: Callable[..., T] | UnionType, line: bytes) -> T:
    """Read a message of a class, or of one of several. Raises MessageError."""
    try:
        return cast("T", _decoder(kind)(read_json(line.decode("ascii"))))
    except MessageError:
        raise
    except ValueError as error:
        raise MessageError("it is no JSON, or holds what no message can") from error


def _encoded(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {_KIND: type(value).__name__, **{name: _encoded(getattr(value, name)) for name in names}}
    match value:
        case Enum():
            return value.value
        case bytes():
            return value.decode("utf-8", "surrogateescape")
        case tuple() | list():
            return [_encoded(each) for each in value]
        case str():
            return str(value)
        case None | bool() | int() | float():
            return value
        case _:
            raise TypeError(f"messages hold no {type(value).__name__}")


_Decoder = Callable[[Any], object]


@cache
def _decoder(kind: Any) -> _Decoder:  # noqa: ANN401, PLR0911 - one case for each form of a type
    if isinstance(kind, NewType):
        return _decoder(kind.__supertype__)
    origin, parts = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return _of_several(parts)
    if origin is tuple:
        return _of_tuple(parts)
    if dataclasses.is_dataclass(kind):
        return _of_dataclass(kind)
    if kind is bytes:
        return _bytes
    if kind is float:
        return _float
    if kind is int:
        return _int
    if kind in {str, bool, NoneType}:
        return lambda value: value if type(value) is kind else _refuse(value, kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value: kind(value) if type(value) is str else _refuse(value, kind)
    raise TypeError(f"messages hold no {kind}")


def _of_several(kinds: tuple[Any, ...]) -> _Decoder:
    if UnknownCode in kinds:
        (codes,) = (kind for kind in kinds if kind not in {UnknownCode, NoneType})
        return _optional(_of_open_code(codes)) if NoneType in kinds else _of_open_code(codes)
    by_name = {str(kind.__name__): _decoder(kind) for kind in kinds if _is_class(kind)}
    # By the type of the value in JSON: 1 stays an integer where a float is permitted, too.
    plain = {_form(kind): _decoder(kind) for kind in kinds if not _is_class(kind)}
    if float in plain and int not in plain:
        plain[int] = plain[float]

    def decode(value: Any) -> object:  # noqa: ANN401 - JSON
        if isinstance(value, dict) and by_name:
            named = by_name.get(name) if isinstance(name := value.get(_KIND), str) else None
            return named(value) if named else _refuse(value, kinds)
        found = plain.get(type(value))
        return found(value) if found else _refuse(value, kinds)

    return decode


def _is_class(kind: Any) -> bool:  # noqa: ANN401 - a type
    return dataclasses.is_dataclass(kind)


def _form(kind: Any) -> type:  # noqa: ANN401 - a type
    while isinstance(kind, NewType):
        kind = kind.__supertype__
    if get_origin(kind) is tuple:
        return list
    return str if kind is bytes or issubclass(kind, Enum) else cast("type", kind)


def _optional(decode: _Decoder) -> _Decoder:
    return lambda value: None if value is None else decode(value)


def _of_open_code(codes: type[StrEnum]) -> _Decoder:
    return lambda value: open_code(codes, value) if type(value) is str else _refuse(value, codes)


def _of_tuple(parts: tuple[Any, ...]) -> _Decoder:
    if parts[-1] is Ellipsis:
        each = _decoder(parts[0])
        return lambda value: tuple(map(each, value)) if type(value) is list else _refuse(value, tuple)
    decoders = [_decoder(part) for part in parts]

    def decode(value: Any) -> object:  # noqa: ANN401 - JSON
        if type(value) is not list or len(value) != len(decoders):
            _refuse(value, tuple)
        return tuple(decode(one) for decode, one in zip(decoders, value, strict=True))

    return decode


def _of_dataclass(kind: Any) -> _Decoder:  # noqa: ANN401 - a class
    hints = get_type_hints(kind)
    fields = {field.name: _decoder(hints[field.name]) for field in dataclasses.fields(kind)}
    names = {_KIND, *fields}

    def decode(value: Any) -> object:  # noqa: ANN401 - JSON
        if type(value) is not dict or value.keys() != names or value[_KIND] != kind.__name__:
            _refuse(value, kind)
        return kind(**{name: decode(value[name]) for name, decode in fields.items()})

    return decode


def _bytes(value: Any) -> object:  # noqa: ANN401 - JSON
    return value.encode("utf-8", "surrogateescape") if type(value) is str else _refuse(value, bytes)


def _int(value: Any) -> object:  # noqa: ANN401 - JSON
    return value if type(value) is int and -_LARGEST < value < _LARGEST else _refuse(value, int)


def _float(value: Any) -> object:  # noqa: ANN401 - JSON
    if type(value) is int and abs(value) < _LARGEST:
        return float(value)
    return value if type(value) is float and math.isfinite(value) else _refuse(value, float)


def _refuse(value: object, kind: object) -> object:
    raise MessageError(f"{str(value)[:60]!r} is no {getattr(kind, '__name__', 'message')}")
