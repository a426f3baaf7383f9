"""A flavor in words, with how certain they are."""

from operator import lt
from typing import Final

from passagework.domain.flavor.values import Flavor, Members

_CERTAIN: Final = 0.6
"""Of the share of the first key."""

_NOT_CERTAIN: Final = 0.35
"""Below it no key is named alone."""

_CLEAR: Final = 0.3, 0.6
"""Of the share of a beat, and of that of the first tempo."""

_NONE: Final = 0.1, 0.2
"""Below one of them there is no beat to speak of."""

_HEARD: Final = 0.25
"""The share from which on an instrument or a voice is named."""

_FEWEST_KEYS: Final = 2


def in_words(flavor: Flavor) -> tuple[str, ...]:
    """Say what is heard of tempo and key, and what the nets heard; nothing of what cannot be said."""
    found = tempo_words(flavor), key_words(flavor), net_words(flavor)
    return tuple(words for words in found if words is not None)


def net_words(flavor: Flavor) -> str | None:
    """Say which instruments and voice the nets heard most, with their shares; None without nets."""
    members = [member for group in ("instruments", "voice") for member in _of(flavor, group) or ()]
    heard = sorted((one for one in members if one[1] >= _HEARD), key=lambda member: -member[1])
    if not members:
        return None
    return f"nets: {', '.join(f'{name} {share:.0%}' for name, share in heard) or 'nothing in particular'}"


def key_words(flavor: Flavor) -> str | None:
    """Say the key, for example "A minor (not certain)"; None if nothing is known of it."""
    keys = _of(flavor, "key")
    if keys is None or len(keys) < _FEWEST_KEYS:
        return None
    (first, share), (second, _) = sorted(keys, key=lambda member: -member[1])[:2]
    if share >= _CERTAIN:
        return first
    return f"{first} (not certain)" if share >= _NOT_CERTAIN else f"no clear key, perhaps {first} or {second}"


def tempo_words(flavor: Flavor) -> str | None:
    """Say the tempo, for example "about 92 BPM, or half or double"; None if nothing is known of it."""
    pulse, tempos = _of(flavor, "pulse"), _of(flavor, "tempo")
    if pulse is None or tempos is None or flavor.tempo is None:
        return None
    heard = dict(pulse).get("beat", 0.0), max((share for _, share in tempos), default=0.0)
    if any(map(lt, heard, _NONE)):
        return "no clear beat"
    said = f"about {flavor.tempo:.0f} BPM, or half or double"
    return f"{said} (not certain)" if any(map(lt, heard, _CLEAR)) else said


def _of(flavor: Flavor, group: str) -> Members | None:
    return dict(flavor.groups).get(group)
