"""What was heard of a file, and the flavor of each of its passages."""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from passagework.audio.flavor.spool import Bytes, SlotSpool
from passagework.domain.flavor.describe import Description
from passagework.domain.flavor.sound import FLOOR, FRAMES, WINDOW, Array, Sound
from passagework.domain.flavor.values import Flavor
from passagework.domain.spans import Span

_STEPS: Final = 2
"""In a decibel."""

_QUIETEST: Final = -108.0
"""dBFS: what the byte 0 stands for, or less."""

_SILENCE: Final = 50.0
"""dB below the level of the passage."""

_SOUND: Final = -85.0
"""dBFS. A quieter passage is noise or dither."""

_CHUNK: Final = 16 * WINDOW
"""Slots that are looked at at once, some minutes: so memory does not depend on the length of a passage."""

_POWERS: Final = (10 ** ((np.arange(256) / _STEPS + _QUIETEST) / 10)).astype(np.float32)
_POWERS[0] = 0.0


def bytes_of(powers: Array) -> Bytes:
    """Return the bytes in which the powers of bands are kept."""
    levels = np.log10(powers + np.float32(1e-12)) * np.float32(10 * _STEPS) - np.float32(_QUIETEST * _STEPS)
    rounded: Bytes = np.rint(levels).clip(0, 255).astype(np.uint8)
    return rounded


class HeardFlavor:
    """What was heard of a file, until it is closed."""

    def __init__(self, spool: SlotSpool, sample_rate: int, rate: float) -> None:
        self._spool = spool
        self._sample_rate = sample_rate
        self._rate = rate

    def close(self) -> None:
        """Free the memory and the disk space."""
        self._spool.close()

    def of(self, span: Span) -> Flavor | None:
        """Describe a passage, in samples of the file, as far as it is sound. None if it is silence, or too short.

        Decides nothing by what is outside of it.
        """
        return None if (description := self.described(span)) is None else description.finish()

    def described(self, span: Span) -> Description | None:
        """Collect what a passage is described by."""
        slot = FRAMES / self._rate * self._sample_rate
        start = max(0, math.ceil(span.start / slot))
        # The window of the pitches of a slot reaches to the end of the next one.
        end = min(self._spool.slots, math.floor(span.end / slot) - 1)
        if end <= start or (level := self._level(start, end)) is None:
            return None
        description = Description()
        for levels, pitches in self._chunks(start, end):
            description.add(_sound(levels, pitches, level, self._rate))
        return description

    def _chunks(self, start: int, end: int) -> Iterator[tuple[Bytes, Bytes]]:
        for chunk in range(start, end, _CHUNK):
            yield self._spool.read(chunk, min(chunk + _CHUNK, end))

    def _level(self, start: int, end: int) -> float | None:
        """Return the mean power of the slots that have any in dBFS, or None if that is no sound."""
        power, frames = 0.0, 0
        for levels, _ in self._chunks(start, end):
            by_frame = _frame_powers(levels)
            power += float(by_frame.sum(dtype=np.float64))
            frames += int(np.count_nonzero(by_frame))
        level = 10 * math.log10(power / frames) if frames else -math.inf
        return level if level >= _SOUND else None


def _frame_powers(levels: Bytes) -> Array:
    powers: Array = _POWERS[levels].sum(axis=1)
    return powers


def _sound(levels: Bytes, pitches: Bytes, level: float, rate: float) -> Sound:
    """Relate slots to the level of their passage."""
    by_frame = _frame_powers(levels)
    bands = levels * np.float32(1 / _STEPS) + np.float32(_QUIETEST - level + FLOOR)
    by_slot = by_frame.reshape(-1, FRAMES).mean(axis=1)
    loudness = 10 * np.log10(by_slot + np.float32(1e-20)) - np.float32(level)
    heard = by_frame > 10 ** ((level - _SILENCE) / 10)
    sums = pitches.sum(axis=1, dtype=np.float32)[:, None]
    shares = pitches.astype(np.float32) / np.maximum(sums, np.float32(1.0))
    shares[loudness < -_SILENCE] = 0.0
    return Sound(np.maximum(bands, np.float32(0.0)), heard, loudness, shares, rate)
