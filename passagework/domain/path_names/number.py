"""The number in front of a title: of the track, and perhaps of the disc."""

import re
from typing import Final, NamedTuple

_SEPARATOR: Final = r"(?:\s+[-\u2013\u2014.:]+\s+|\s*[.)\]:]+\s*(?![0-9])|\s*[-\u2013\u2014]+\s*(?![0-9])|_+)"
_DISC_IN_WORDS: Final = r"(?:cd|dis[ck]|d)\s?(?P<disc>[0-9]{1,2})\s*[-\u2013\u2014_. ]?\s*(?:track|t)?\s?"
_MOST_WITHOUT_DISC: Final = 99

_NUMBERS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        _DISC_IN_WORDS + rf"(?P<track>[0-9]{{1,3}})(?:{_SEPARATOR}|\s+)",
        rf"(?P<disc>[0-9]{{1,2}})(?:[-.]|\s+-\s+)(?P<track>[0-9]{{2}})(?:{_SEPARATOR}|\s+)",
        r"[\[(](?P<track>[0-9]{1,3})[\])]\s*[-\u2013\u2014.]?\s*",
        rf"(?:track|#)\s?(?P<track>[0-9]{{1,3}}){_SEPARATOR}",
        rf"(?P<track>[0-9]{{1,3}}){_SEPARATOR}",
        # The side of a record, which says no number.
        rf"[A-H][0-9]{{1,2}}{_SEPARATOR}",
        r"(?P<track>0[0-9]{1,2})\s+",
    )
)
_IN_ALBUM: Final = re.compile(r"(?P<track>[1-9][0-9])\s+")
_ALONE: Final = re.compile(r"(?:track\s?)?(?P<track>[0-9]{1,3})", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"(?:(?P<disc>[0-9]{1,2})[-.])?(?P<track>[0-9]{1,3})")


class Numbered(NamedTuple):
    """The numbers of a title, and the title without them."""

    medium: int | None
    track: int | None
    rest: str
    has_number: bool


def read_number(stem: str, *, in_album: bool) -> Numbered:
    """Take the number from the beginning of a name.

    ``03 - Title``, ``1-03 Title``, ``CD1 03 Title``, ``103 - Title`` and so on. Two digits with nothing but a space
    (``12 Title``) are a number only in the folder of an album: "99 Luftballons" is a title.
    """
    if (alone := _ALONE.fullmatch(stem)) is not None:
        return Numbered(None, int(alone["track"]) or None, stem, has_number=True)
    patterns = (*_NUMBERS, _IN_ALBUM) if in_album else _NUMBERS
    for found in filter(None, (pattern.match(stem) for pattern in patterns)):
        if rest := stem[found.end() :].strip():
            medium, track = _numbers(found.groupdict())
            return Numbered(medium, track, rest, has_number=True)
    return Numbered(None, None, stem, has_number=False)


def read_number_between(part: str) -> tuple[int | None, int | None] | None:
    """Return disc and track of a part that is nothing but a number; None for any other part."""
    found = _BETWEEN.fullmatch(part)
    return _numbers(found.groupdict()) if found else None


def _numbers(found: dict[str, str | None]) -> tuple[int | None, int | None]:
    disc, track = (int(text) if text else None for text in (found.get("disc"), found.get("track")))
    if disc is None and track is not None and track > _MOST_WITHOUT_DISC and track % 100:
        disc, track = divmod(track, 100)
    return disc or None, track or None
