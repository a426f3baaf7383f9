"""Tags as two JSON texts: the normalised fields that are known, and the raw tags."""

import json
from dataclasses import MISSING, fields
from types import MappingProxyType
from typing import Any, Final

from passagework.domain.tags import ReplayGain, Tags

_DEFAULTS: Final = MappingProxyType(
    {f.name: f.default for f in fields(Tags) if f.name not in {"raw", "replay_gain"} and f.default is not MISSING}
)

_GAINS: Final = tuple(f.name for f in fields(ReplayGain))
_NO_GAINS: Final = ReplayGain()

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def encode_fields(tags: Tags) -> str:
    """Write every field that differs from its default, except ``raw``; equal tags give equal text."""
    known: dict[str, object] = {}
    for name, default in _DEFAULTS.items():
        value = getattr(tags, name)
        if value != default:
            known[name] = value
    if tags.replay_gain != _NO_GAINS:
        gains = ((name, getattr(tags.replay_gain, name)) for name in _GAINS)
        known["replay_gain"] = {name: gain for name, gain in gains if gain is not None}
    return _ENCODER.encode(known)


def encode_raw(tags: Tags) -> str:
    """Write the text tags as they were found."""
    return _ENCODER.encode(tags.raw)


def decode_tags(encoded_fields: str | None, encoded_raw: str | None) -> Tags:
    """Read what the two encoders wrote; a file without tags in the library has the default."""
    if encoded_fields is None:
        return Tags()
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(encoded_fields).items()
    }
    if gains := known.pop("replay_gain", None):
        known["replay_gain"] = ReplayGain(**gains)
    raw = tuple((name, tuple(values)) for name, values in json.loads(encoded_raw or "[]"))
    return Tags(**known, raw=raw)


def search_text(tags: Tags, path_text: str) -> str:
    """Give what a search for text looks into, case-folded."""
    found = (tags.title, tags.artist_credit, *tags.artists, tags.album, path_text)
    return "\n".join(text for text in found if text).casefold()
