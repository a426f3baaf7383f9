"""Halve the sample rate of a stream."""

from typing import Final

import numpy as np

from passagework.domain.flavor.sound import Array

_PAIRS: Final = 5
"""Taps on each side of the middle one, of which every second is 0. Flat to 0.18 and 50 dB down from 0.32 of the rate:
what is folded is above the bands that are measured."""


def _taps() -> list[np.float32]:
    """Design a half-band low-pass by least squares over its pass band; the stop band mirrors it."""
    odd = 2 * np.arange(_PAIRS) + 1
    frequencies = np.linspace(0.0, 0.19, 400)
    waves = 2 * np.cos(2 * np.pi * frequencies[:, None] * odd)
    taps = np.linalg.lstsq(waves, np.full(frequencies.size, 0.5), rcond=None)[0]
    return [np.float32(tap) for tap in taps]


_TAPS: Final = _taps()


class Halver:
    """Keeps every second sample after a low-pass. The result is ``2 * _PAIRS`` samples late at the old rate."""

    def __init__(self) -> None:
        self._rest: Array = np.zeros(4 * _PAIRS, np.float32)

    def add(self, samples: Array) -> Array:
        """Return what the next samples make, about half as many."""
        joined = np.concatenate([self._rest, samples])
        count = (joined.size - 4 * _PAIRS + 1) // 2
        if count <= 0:
            self._rest = joined
            return joined[:0]
        middle, odd = joined[2 * _PAIRS :: 2], joined[1::2].copy()
        halved = middle[:count] * np.float32(0.5)
        pair = np.empty_like(halved)
        for tap, weight in enumerate(_TAPS):
            before, after = _PAIRS - 1 - tap, _PAIRS + tap
            np.add(odd[before : before + count], odd[after : after + count], out=pair)
            pair *= weight
            halved += pair
        self._rest = joined[2 * count :].copy()
        return halved
