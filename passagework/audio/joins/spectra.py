"""The spectrum of a file over time, in semitones, measured while its blocks arrive."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.measure.envelope import Block

FRAMES_PER_SECOND: Final = 10

BANDS: Final = 88
_LOWEST: Final = 65.4
"""Hz, the middle of the first band; each band is a semitone."""

_WINDOW: Final = 4096 / 22_050
"""Seconds: long enough to tell low notes apart, short enough to follow a change of harmony."""

_REFERENCE: Final = 4096
"""Powers are as a window of so many samples would have them, whatever the sample rate is."""

_LARGEST: Final = 1e4
"""What is larger than this is no sound."""


@dataclass(frozen=True, slots=True)
class Spectra:
    """Powers of shape (frames, bands). Frame n is about ``FIRST + n / FRAMES_PER_SECOND`` seconds."""

    powers: NDArray[np.float32]


FIRST: Final = _WINDOW / 2
"""Seconds: the middle of the first frame."""


class SpectraMeter:
    """Measures the bands of the mean of all channels, ten times a second. Holds less than a second of samples."""

    def __init__(self, sample_rate: int) -> None:
        self._hop = max(1, round(sample_rate / FRAMES_PER_SECOND))
        self._size = max(2, round(sample_rate * _WINDOW))
        self._window = np.hanning(self._size).astype(np.float32)
        self._bands = _bands(self._size, sample_rate) * np.float32((_REFERENCE / self._size) ** 2)
        self._rest: NDArray[np.float32] = np.empty(0, np.float32)
        self._found: list[NDArray[np.float32]] = []

    def add(self, block: Block) -> None:
        """Measure the next block."""
        with np.errstate(over="ignore", invalid="ignore"):
            mono = np.mean(block, axis=0, dtype=np.float32)
        mono = np.nan_to_num(mono, nan=0.0, posinf=0.0, neginf=0.0).clip(-_LARGEST, _LARGEST)
        samples = np.concatenate([self._rest, mono])
        frames = (samples.size - self._size) // self._hop + 1
        if frames <= 0:
            self._rest = samples
            return
        windows = np.lib.stride_tricks.sliding_window_view(samples, self._size)[:: self._hop][:frames]
        spectrum = np.fft.rfft(windows * self._window, axis=1)
        self._found.append(((spectrum.real**2 + spectrum.imag**2).astype(np.float32)) @ self._bands)
        self._rest = samples[frames * self._hop :].copy()

    def finish(self) -> Spectra:
        """Return what was measured."""
        return Spectra(np.concatenate(self._found) if self._found else np.empty((0, BANDS), np.float32))


def _bands(size: int, sample_rate: int) -> NDArray[np.float32]:
    """Return by what to multiply the power of each frequency, shape (frequencies, bands).

    At the lowest notes a band is narrower than what the window tells apart, and has the nearest frequency.
    """
    frequencies = np.fft.rfftfreq(size, 1 / sample_rate)
    edges = _LOWEST * 2 ** ((np.arange(BANDS + 1) - 0.5) / 12)
    parts = (frequencies[:, None] >= edges[:-1]) & (frequencies[:, None] < edges[1:])
    for band in np.flatnonzero(~parts.any(axis=0) & (edges[1:] < sample_rate / 2)):
        parts[np.abs(frequencies - _LOWEST * 2 ** (band / 12)).argmin(), band] = True
    return parts.astype(np.float32)
