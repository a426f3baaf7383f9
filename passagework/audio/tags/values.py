"""Parse single values from the text of tags. Nothing here raises; an invalid value is None."""

import math
import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from passagework.domain.ids import Mbid, parse_mbid

LARGEST_GAIN: Final = 64.0
"""dB: the range of the binary ReplayGain fields (RVA2); text outside of it is damaged."""

LARGEST_PEAK: Final = 100.0
"""Linear; overshoots of lossy codecs are far below, integer sample values (32767) far above."""

_SEPARATORS: Final = re.compile(r"[/;,\s]+")
_ISRC: Final = re.compile("[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_DATE: Final = re.compile(
    r"(?P<year>[1-9][0-9]{3})(?:([-./])(?P<month>[0-9]{1,2})(?:\2(?P<day>[0-9]{1,2}))?)?(?:[T ].*)?", re.DOTALL
)
_COMPACT_DATE: Final = re.compile("(?P<year>[1-9][0-9]{3})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_POSITION: Final = re.compile(r"\s*([0-9]{1,6})?\s*(?:(?:/|\bof\b)\s*([0-9]{1,6})?)?\s*", re.IGNORECASE)
_NUMBER: Final = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]{1,3})?)\s*(?:dB|LU)?", re.IGNORECASE)
_R128_RANGE: Final = range(-32_768, 32_768)
_INTEGER: Final = re.compile("[+-]?[0-9]{1,9}")
_MINUS_SIGNS: Final = str.maketrans(
    {"\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", ",": "."}
)
_YES: Final = frozenset({"1", "true", "yes"})
_NO: Final = frozenset({"0", "false", "no"})


def parse_mbids(text: str) -> Iterator[Mbid]:
    """Yield the MBIDs in a text; tools join several by slash, semicolon, comma or space."""
    for part in _SEPARATORS.split(text):
        if (mbid := parse_mbid(part)) is not None:
            yield mbid


def parse_isrcs(text: str) -> Iterator[str]:
    """Yield the ISRCs (ISO 3901) in a text, in upper case without hyphens."""
    for part in _SEPARATORS.split(text):
        isrc = part.replace("-", "").upper()
        if _ISRC.fullmatch(isrc):
            yield isrc


def parse_date(text: str) -> str | None:
    """Return an ISO 8601 date as precise as it is known: year, month, day. Zeros for month and day mean unknown."""
    found = _DATE.fullmatch(text.strip()) or _COMPACT_DATE.fullmatch(text.strip())
    if not found:
        return None
    year, month, day = (int(found[part] or 0) for part in ("year", "month", "day"))
    try:
        whole = date(year, month or 1, day or 1).isoformat()
    except ValueError:
        return None
    return whole if month and day else whole[: len("2003-05")] if month else whole[: len("2003")]


def parse_position(text: str) -> tuple[int | None, int | None]:
    """Parse a track or disc number and the total: "3", "03/12", "3 of 12". "A1" and 0 are unknown."""
    found = _POSITION.fullmatch(text)
    if not found:
        return None, None
    number, total = (int(digits or 0) or None for digits in found.groups())
    return number, total


def parse_gain(text: str) -> float | None:
    """Parse a gain in dB: "-6.5 dB", also with a comma or a typographic minus."""
    gain = _parse_number(text)
    return gain if gain is not None and abs(gain) <= LARGEST_GAIN else None


def parse_peak(text: str) -> float | None:
    """Parse a peak as linear amplitude."""
    peak = _parse_number(text)
    return peak if peak is not None and 0 <= peak <= LARGEST_PEAK else None


def parse_r128_gain(text: str) -> float | None:
    """Parse a gain of Opus comments, a signed Q7.8 integer (RFC 7845, 5.2.1); return dB."""
    text = text.strip()
    if not _INTEGER.fullmatch(text):
        return None
    gain = int(text)
    return gain / 256 if gain in _R128_RANGE else None


def parse_flag(text: str) -> bool | None:
    """Parse a yes or no."""
    word = text.strip().lower()
    return True if word in _YES else False if word in _NO else None


def _parse_number(text: str) -> float | None:
    found = _NUMBER.fullmatch(text.strip().translate(_MINUS_SIGNS))
    if not found:
        return None
    number = float(found[1])
    return number if math.isfinite(number) else None
