"""A place in a list of passages, and the text by which a host goes on from there."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import blake2b
from math import isfinite
from typing import Final

from passagework.domain.json_text import read_json, write_unicode_json
from passagework.domain.passage_filter import FilterError, PassageFilter, PassageOrder

KeyValue = str | int | float | None

_VERSION: Final = 1
"""With another meaning of the parts, the number is another one."""

_LONGEST: Final = 20_000
"""Characters. Linux allows paths of 4,096 bytes."""

_CHECK_BYTES: Final = 6

_LARGEST: Final = 1 << 63


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlace:
    """Where a passage stands in an order: the values that it goes by, path and start of the passage, and its row."""

    keys: tuple[KeyValue, ...]
    path: bytes
    start: int
    row: int


@dataclass(frozen=True, slots=True)
class PassageList:
    """A list of passages: those that match, in an order."""

    wanted: PassageFilter
    order: PassageOrder = PassageOrder.PATH
    reverse: bool = False


def write_place(place: ListPlace, of: PassageList) -> str:
    """Return the text of a place in a list: letters, digits, ``-`` and ``_``."""
    path = urlsafe_b64encode(place.path).decode()
    text = write_unicode_json([_VERSION, list(place.keys), path, place.start, place.row]).encode(
        "utf-8", "surrogatepass"
    )
    return urlsafe_b64encode(_check(text, of) + text).decode().rstrip("=")


def read_place(text: str, of: PassageList) -> ListPlace:
    """Read what :func:`write_place` wrote for the same list. Raises FilterError for anything else."""
    if type(text) is not str or not 0 < len(text) <= _LONGEST or not text.isascii():
        raise FilterError("after is the text that the page before gave as next")
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        check, content = content[:_CHECK_BYTES], content[_CHECK_BYTES:]
        version, keys, path, start, row = read_json(content.decode("utf-8", "surrogatepass"))
        place = ListPlace(keys=tuple(keys), path=urlsafe_b64decode(path), start=start, row=row)
    except (binascii.Error, ValueError, TypeError) as error:
        raise FilterError("after is the text that the page before gave as next; this one is damaged") from error
    if version != _VERSION or check != _check(content, of) or not _can_be(place):
        raise FilterError(
            "after is of another list, or of another version: use it with the filter and the order of the page before"
        )
    return place


def _check(content: bytes, of: PassageList) -> bytes:
    """Tell a text of this list from that of another one, and from one that was changed by accident."""
    return blake2b(repr(of).encode("utf-8", "surrogatepass") + b"\0" + content, digest_size=_CHECK_BYTES).digest()


def _can_be(place: ListPlace) -> bool:
    numbers = [place.start, place.row, *(key for key in place.keys if not isinstance(key, str | float | None))]
    return all(type(number) is int and -_LARGEST <= number < _LARGEST for number in numbers) and all(
        isfinite(key) for key in place.keys if isinstance(key, float)
    )
