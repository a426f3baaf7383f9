"""A flavor in words for people, with how sure they are."""

from typing import Final

from passagework.domain.flavor.values import Flavor

_CLEAR: Final = 0.5
"""The share of a key from which on it is called clear."""


def in_words(flavor: Flavor) -> tuple[str, ...]:
    """Return what is heard of tempo and key; nothing of what cannot be said."""
    words = [] if flavor.tempo is None else [f"about {flavor.tempo:.0f} bpm, or half or double"]
    if (key := flavor.likeliest("key")) is not None:
        name, share = key
        words.append(f"{'' if share >= _CLEAR else 'perhaps '}{name} ({share:.0%} of 24 keys)")
    return tuple(words)
