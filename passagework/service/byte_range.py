"""Ranges of bytes (RFC 9110, section 14): which part of a file a request asks for."""

import re
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final

from passagework.service.errors import RangeError

_ONE_RANGE: Final = re.compile(rb"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*")


@dataclass(frozen=True, slots=True)
class Version:
    """What tells one state of a file from another. The tag is strong: other bytes have another time or inode."""

    size: int
    mtime_ns: int
    inode: int

    @property
    def etag(self) -> bytes:
        """The tag, with its quotes."""
        return b'"%x-%x-%x"' % (self.size, self.mtime_ns & (2**64 - 1), self.inode)

    @property
    def modified(self) -> bytes:
        """The time of the last change, in the form of HTTP, which has no fractions of seconds."""
        return formatdate(max(0, self.mtime_ns // 1_000_000_000), usegmt=True).encode("ascii")


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes ``first`` to ``last``, both included, of ``size``. ``whole``: nothing less was asked for."""

    first: int
    last: int
    size: int
    whole: bool

    @property
    def length(self) -> int:
        """The number of bytes."""
        return self.last - self.first + 1


def part_asked(headers: dict[bytes, bytes], version: Version) -> Part:
    """Return which part is asked for; the whole for several ranges, an odd one, or one of another version.

    Raises RangeError if the file has no such bytes.
    """
    size = version.size
    whole = Part(0, size - 1, size, whole=True)
    found = _ONE_RANGE.fullmatch(headers.get(b"range", b""))
    only_if = headers.get(b"if-range")
    if found is None or (only_if is not None and only_if not in {version.etag, version.modified}):
        return whole
    begin, end = found.groups()
    if not begin and not end:
        return whole
    if not begin:
        first, last = max(0, size - int(end)), size - 1
        if not int(end):
            raise RangeError(size)
    else:
        first, last = int(begin), min(size - 1, int(end)) if end else size - 1
        if end and int(end) < first:
            return whole
    if first >= size:
        raise RangeError(size)
    return Part(first, last, size, whole=False)


def is_known(headers: dict[bytes, bytes], version: Version) -> bool:
    """Tell whether the client has this version already (If-None-Match, or else If-Modified-Since)."""
    if (tags := headers.get(b"if-none-match")) is not None:
        named = {tag.strip().removeprefix(b"W/") for tag in tags.split(b",")}
        return b"*" in named or version.etag in named
    return headers.get(b"if-modified-since") == version.modified
