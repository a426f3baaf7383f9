"""Fingerprints for other bounds, as one JSON text beside the fingerprint of a passage."""

import json
from collections.abc import Sequence

from passagework.domain.analysis import ShiftedFingerprint


def encode_shifted(shifted: Sequence[ShiftedFingerprint]) -> str | None:
    """Give the text to store; None where there are none."""
    if not shifted:
        return None
    return json.dumps([[one.shift, one.seconds, one.encoded] for one in shifted], separators=(",", ":"))


def decode_shifted(text: str | None) -> tuple[ShiftedFingerprint, ...]:
    """Read what was stored."""
    return tuple(ShiftedFingerprint(*one) for one in json.loads(text)) if text is not None else ()
