"""Hear the musical character of a file while its blocks arrive: bands and pitches, kept by slot."""

from typing import Final

import numpy as np

from passagework.audio.flavor.half import Halver
from passagework.audio.flavor.heard import HeardFlavor, bytes_of
from passagework.audio.flavor.pitches import PitchShares
from passagework.audio.flavor.spool import SlotSpool
from passagework.audio.measure.envelope import Block
from passagework.domain.flavor.sound import BANDS, FRAMES, FRAMES_PER_SECOND, HIGHEST, Array

_HALVED_FROM: Final = 44_100
"""Hz. A sample rate from here on is halved until it is below: bands end at 8 kHz."""

_HALVED_FOR_PITCHES_FROM: Final = 16_000

_LOWEST: Final = 30.0
"""Hz: where the first band begins."""

_LARGEST: Final = 1e4
"""What is larger than this is no sound."""

_CANCELLED: Final = 0.02
"""Of the energy of the first channel: if their mean has less, the channels cancel each other out."""

_BATCH: Final = 16
"""Slots that are measured at once: their spectra fit into the cache."""

_CHUNK: Final = 2**16
"""Samples that are looked at at once."""


class FlavorMeter:
    """Measures the mean of all channels of a file. Holds some MB, and after hours a temporary file.

    Frames of 46 ms every 23 ms give the bands; windows of 0.37 s, one for each slot, the pitches.
    """

    def __init__(self, sample_rate: int) -> None:
        self._file_rate = sample_rate
        self._halvers: list[Halver] = []
        while sample_rate >= _HALVED_FROM * 2 ** len(self._halvers):
            self._halvers.append(Halver())
        rate = sample_rate / 2 ** len(self._halvers)
        halved = rate >= _HALVED_FOR_PITCHES_FROM
        self._pitch_halver = Halver() if halved else None
        self._hop = max(2, 2 * round(rate / FRAMES_PER_SECOND / 2))
        self._rate = rate / self._hop
        self._size = 2 * self._hop
        self._padded = _quick_length(self._size)
        self._window = _hann(self._size)
        self._bands = _bands(self._padded, rate)
        power = 2 / (self._padded * float(np.vdot(self._window, self._window)))
        self._bands *= np.float32(power)
        self._bins = int(np.flatnonzero(self._bands.any(axis=1)).max(initial=1)) + 1
        self._bands = self._bands[: self._bins]
        self._pitch_hop = FRAMES * self._hop // (2 if halved else 1)
        self._pitch_size = 2 * self._pitch_hop
        self._pitch_padded = _quick_length(self._pitch_size)
        self._pitch_window = _hann(self._pitch_size)
        self._pitches = PitchShares(self._pitch_padded, rate / 2 if halved else rate)
        self._samples: Array = np.empty(0, np.float32)
        self._pitch_samples: Array = np.empty(0, np.float32)
        self._spool = SlotSpool()

    def add(self, block: Block) -> None:
        """Measure the next block."""
        for start in range(0, block[0].size, _CHUNK):
            mono = _mono(tuple(channel[start : start + _CHUNK] for channel in block))
            for halver in self._halvers:
                mono = halver.add(mono)
            deeper = mono if self._pitch_halver is None else self._pitch_halver.add(mono)
            self._samples = np.concatenate([self._samples, mono])
            self._pitch_samples = np.concatenate([self._pitch_samples, deeper])
            while self._measure():
                pass

    def finish(self) -> HeardFlavor:
        """Return what was heard, with which the temporary file is closed."""
        while self._measure(fewest=1):
            pass
        return HeardFlavor(self._spool, self._file_rate, self._rate)

    def close(self) -> None:
        """Free the memory and the disk space."""
        self._spool.close()

    def _measure(self, fewest: int = _BATCH) -> bool:
        """Measure at most a batch of slots, if there are ``fewest``; tell whether there were."""
        whole = (self._samples.size - self._hop) // (FRAMES * self._hop)
        slots = min(_BATCH, whole, self._pitch_samples.size // self._pitch_hop - 1)
        if slots < fewest:
            return False
        frames = _cut(self._samples, self._size, self._hop, slots * FRAMES) * self._window
        levels = bytes_of(_powers(frames, self._padded)[:, : self._bins] @ self._bands)
        windows = _cut(self._pitch_samples, self._pitch_size, self._pitch_hop, slots) * self._pitch_window
        pitches = self._pitches.of(_powers(windows, self._pitch_padded))
        self._spool.add(levels, pitches)
        self._samples = self._samples[slots * FRAMES * self._hop :]
        self._pitch_samples = self._pitch_samples[slots * self._pitch_hop :]
        return True


def _mono(block: Block) -> Array:
    """Return the mean of the channels, 0 where it is no sound; the first one where they cancel each other out."""
    share = np.float32(1 / len(block))
    mono: Array
    with np.errstate(over="ignore", invalid="ignore"):
        mono = block[0] * share
        for channel in block[1:]:
            mono += channel * share
        energy = float(np.vdot(mono, mono))
    if not energy <= _LARGEST**2:  # NaN fails the comparison
        np.nan_to_num(mono, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        np.clip(mono, -_LARGEST, _LARGEST, out=mono)
    elif len(block) > 1 and energy < _CANCELLED * float(np.vdot(block[0], block[0])):
        mono = block[0].copy()
    return mono


def _cut(samples: Array, size: int, hop: int, count: int) -> Array:
    return np.lib.stride_tricks.sliding_window_view(samples, size)[::hop][:count]


def _powers(frames: Array, padded: int) -> Array:
    spectrum = np.fft.rfft(frames, padded, axis=1)
    return (spectrum.real * spectrum.real + spectrum.imag * spectrum.imag).astype(np.float32, copy=False)


def _hann(size: int) -> Array:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


def _quick_length(size: int) -> int:
    """Return the next length from ``size`` on that has no factor but 2, 3 and 5."""
    while True:
        rest = size
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return size
        size += 1


def _bands(padded: int, rate: float) -> Array:
    """Return by what to multiply the power of each frequency, shape (frequencies, BANDS).

    The bands are triangles, equally wide on the mel scale (O'Shaughnessy 1987). Between the middle of the first and
    that of the last they sum to 1. Those above half the sample rate are empty.
    """
    frequencies = np.arange(padded // 2 + 1) * rate / padded
    lowest, highest = (2595 * np.log10(1 + edge / 700) for edge in (_LOWEST, HIGHEST))
    position = (2595 * np.log10(1 + frequencies / 700) - lowest) / (highest - lowest) * (BANDS + 1)
    bands: Array = np.maximum(0.0, 1 - np.abs(position[:, None] - np.arange(1, BANDS + 1))).astype(np.float32)
    return bands
