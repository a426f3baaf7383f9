"""Columns with JSON: tags, fingerprints for other bounds, statistics of the writer."""

import zlib
from collections.abc import Sequence
from dataclasses import MISSING, asdict, fields
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

from passagework.domain.analysis import ShiftedFingerprint
from passagework.domain.json_text import read_json, write_json
from passagework.domain.json_text import write_unicode_json as _encode
from passagework.domain.spread import Spread
from passagework.domain.tags import ReplayGain, Tags
from passagework.domain.units import Ticks
from passagework.domain.writer_statistics import WriterStatistics

_DEFAULTS: Final = MappingProxyType(
    {f.name: f.default for f in fields(Tags) if f.name not in {"raw", "replay_gain"} and f.default is not MISSING}
)
_FIELDS: Final = tuple(_DEFAULTS.items())
_values_of_fields: Final = attrgetter(*_DEFAULTS)

_GAINS: Final = tuple(f.name for f in fields(ReplayGain))
_NO_GAINS: Final = ReplayGain()


def encode_fields(tags: Tags) -> str:
    """Write every field that differs from its default, except ``raw``; equal tags give equal text."""
    known: dict[str, object] = {
        name: value for (name, default), value in zip(_FIELDS, _values_of_fields(tags), strict=True) if value != default
    }
    if tags.replay_gain != _NO_GAINS:
        gains = ((name, getattr(tags.replay_gain, name)) for name in _GAINS)
        known["replay_gain"] = {name: gain for name, gain in gains if gain is not None}
    return _encode(known)


def encode_raw(tags: Tags) -> str:
    """Write the text tags as they were found."""
    return _encode(tags.raw)


def decode_tags(encoded_fields: str | None, encoded_raw: str | None) -> Tags:
    """Read what the two encoders wrote; a file without tags in the library has the default.

    Fields that only a newer Passagework knows are ignored.
    """
    if encoded_fields is None:
        return Tags()
    found: dict[str, Any] = read_json(encoded_fields)
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in found.items() if name in _DEFAULTS
    }
    if gains := found.get("replay_gain"):
        known["replay_gain"] = ReplayGain(**{name: gain for name, gain in gains.items() if name in _GAINS})
    raw = tuple((name, tuple(values)) for name, values in read_json(encoded_raw or "[]"))
    return Tags(**known, raw=raw)


def composers_of_tags(encoded_fields: str | None) -> tuple[str, ...]:
    """Return the composers that the tags name."""
    # Few files name any, so most texts need not be parsed.
    if encoded_fields is None or '"composers"' not in encoded_fields:
        return ()
    return tuple(read_json(encoded_fields).get("composers", ()))


def gains_of_tags(encoded_fields: str | None) -> ReplayGain:
    """Return the gains that the tags have."""
    # As with composers.
    if encoded_fields is None or '"replay_gain"' not in encoded_fields:
        return _NO_GAINS
    found = read_json(encoded_fields).get("replay_gain", {})
    return ReplayGain(**{name: gain for name, gain in found.items() if name in _GAINS})


def encode_shifted(shifted: Sequence[ShiftedFingerprint]) -> str | None:
    """Return the text to store; None where there are none."""
    if not shifted:
        return None
    return _encode([(one.shift, one.seconds, one.encoded) for one in shifted])


def decode_shifted(text: str | None) -> tuple[ShiftedFingerprint, ...]:
    """Read what was stored."""
    return tuple(ShiftedFingerprint(shift, length, encoded) for shift, length, encoded in read_json(text or "[]"))


def encode_gaps(gaps: Sequence[tuple[Ticks, Ticks]]) -> str:
    """Return the text to store of stretches of a file."""
    return _encode(gaps)


def decode_gaps(text: str | None) -> tuple[tuple[Ticks, Ticks], ...]:
    """Read what was stored."""
    return tuple((Ticks(start), Ticks(end)) for start, end in read_json(text or "[]"))


_STATISTICS: Final = frozenset(field.name for field in fields(WriterStatistics))
_SPREADS: Final = frozenset(name for name in _STATISTICS if isinstance(getattr(WriterStatistics(), name), Spread))

_STORED_AS: Final = MappingProxyType(
    {"wal_bytes": "log_bytes", "wal_bytes_largest": "log_bytes_largest", "wal_held_by": "log_held_by"}
)
"""Fields that are stored under another name."""

_FIELD_OF: Final = MappingProxyType({_STORED_AS.get(name, name): name for name in _STATISTICS})

DIGITS: Final = 6


def encode_accounts(accounts: WriterStatistics) -> str:
    """Encode statistics as one JSON object; seconds to the microsecond."""
    stored = {_STORED_AS.get(name, name): value for name, value in asdict(accounts).items()}
    return write_json(_rounded(stored))


def decode_accounts(text: str | None) -> WriterStatistics | None:
    """Decode statistics; None if there are none, or if an older version wrote them in another form.

    Counts that only a newer version knows are ignored.
    """
    if text is None:
        return None
    try:
        found = {_FIELD_OF[name]: value for name, value in read_json(text).items() if name in _FIELD_OF}
        found["retries"] = tuple((str(kind), int(times)) for kind, times in found["retries"])
        found.update((name, Spread(**found[name])) for name in _SPREADS)
        return WriterStatistics(**found)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _rounded(value: object) -> object:
    match value:
        case float():
            return round(value, DIGITS)
        case dict():
            return {name: _rounded(inner) for name, inner in value.items()}
        case _:
            return value


def is_compressed_json(body: bytes) -> bool:
    """Tell whether a stored answer is JSON; earlier versions stored NaN and infinite numbers too."""
    try:
        read_json(zlib.decompress(body).decode())
    except (ValueError, zlib.error):
        return False
    return True
