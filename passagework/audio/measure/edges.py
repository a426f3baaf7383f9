"""What is heard at the edges of a file, for comparison with its neighbours."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.measure.envelope import Block
from passagework.domain.cues import Cues
from passagework.domain.cut_sound import AT_THE_END
from passagework.domain.edge_sound import BANDS, FIRST, HIGHEST_HZ, LOWEST_HZ, PREDICTION, TAPS, WINDOWS
from passagework.domain.spans import Span
from passagework.domain.stored_levels import steps_of

_KEPT: Final = 0.3
"""Seconds of samples that are kept of either edge: a passage may begin up to 0.1 s from it (domain/cut_sound.py)."""

_LEARNED: Final = 384
"""Samples from which a prediction is learned. With more OpenBLAS would wake its threads, which costs more."""

_ROUNDED: Final = 1.01
"""At 44.1 kHz the windows are just below powers of two."""

_REGULARITY, _TINY = 1e-9, 1e-12
_LEAST_ERROR: Final = 1e-6
"""The prediction of a pure tone has no error, but for that of its samples."""


class Edges:
    """The first and the last samples of a file, while its blocks arrive."""

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._kept = round(_KEPT * sample_rate)
        self._samples = 0
        self._head = self._tail = np.empty((0, 0), np.float32)

    def add(self, block: Block) -> None:
        """Take the next block."""
        first = self._samples == 0
        self._samples += block[0].size
        if first or self._head.shape[1] < self._kept:
            more = np.stack([channel[: self._kept] for channel in block])
            self._head = more if first else np.concatenate((self._head, more), axis=1)[:, : self._kept]
        last = np.stack([channel[max(0, channel.size - self._kept) :] for channel in block])
        self._tail = last if first else np.concatenate((self._tail, last), axis=1)[:, -self._kept :]

    def heard(self, spans: Sequence[Span], cues: Sequence[Cues]) -> tuple[bytes | None, bytes | None]:
        """Return what is heard at both edges of the file; None where no passage cuts through sound there."""
        begins = ends = None
        near = round(AT_THE_END * self._sample_rate)
        if spans and cues[0].begins_in_sound and (start := spans[0].start) <= near:
            begins = self._spectra([self._head[:, start : start + length] for length in self._lengths()])
            begins += _first(self._head[:, start : start + _LEARNED].mean(axis=0))
        if spans and cues[-1].ends_in_sound and (behind := self._samples - spans[-1].end) <= near:
            stop = self._tail.shape[1] - behind
            ends = self._spectra([self._tail[:, max(0, stop - length) : stop] for length in self._lengths()])
            ends += _prediction(self._tail[:, max(0, stop - _LEARNED) : stop].mean(axis=0))
        return begins, ends

    def _lengths(self) -> tuple[int, ...]:
        # Powers of two: a spectrum of any other length takes several times as long.
        return tuple(2 ** max(1, int(math.log2(window * _ROUNDED * self._sample_rate))) for window in WINDOWS)

    def _spectra(self, stretches: list[NDArray[np.float32]]) -> bytes:
        return b"".join(_bands(stretch, self._sample_rate) for stretch in stretches)


def _first(mono: NDArray[np.float32]) -> bytes:
    samples = np.zeros(_LEARNED)
    samples[: mono.size] = mono
    return FIRST.pack(*samples[: FIRST.size // mono.itemsize - 1].tolist(), _steps(samples))


def _steps(samples: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(np.square(np.diff(samples)))))


def _prediction(mono: NDArray[np.float32]) -> bytes:
    """Learn from the last samples how each follows from those before it: linear prediction by least squares."""
    samples = np.zeros(_LEARNED)
    samples[_LEARNED - mono.size :] = mono
    rows = np.lib.stride_tricks.sliding_window_view(samples, TAPS)[:-1]
    products = rows.T @ rows
    # Also solvable for a pure tone, whose samples are not independent, and for silence.
    products += np.eye(TAPS) * (_REGULARITY * np.trace(products) + _TINY)
    weights = np.linalg.solve(products, rows.T @ samples[TAPS:])
    error = math.sqrt(float(np.mean(np.square(samples[TAPS:] - rows @ weights)))) + _LEAST_ERROR
    return PREDICTION.pack(*weights.tolist(), *samples[-TAPS:].tolist(), error, _steps(samples))


def _bands(samples: NDArray[np.float32], sample_rate: int) -> bytes:
    """Return the level of each band, averaged over the channels; a sine of full scale has about 0 dB."""
    window, gain, firsts, lasts = _scale(samples.shape[1], sample_rate)
    lines = np.fft.rfft(samples * window)
    powers = (np.square(lines.real) + np.square(lines.imag)).mean(axis=0) * gain
    sums = np.concatenate(([0.0], np.cumsum(powers)))
    widths = lasts - firsts
    means = np.divide(sums[lasts] - sums[firsts], widths, out=np.zeros(BANDS), where=widths > 0)
    with np.errstate(divide="ignore"):
        return steps_of((10.0 * np.log10(means)).astype(np.float32)).tobytes()


@lru_cache(maxsize=8)
def _scale(length: int, sample_rate: int) -> tuple[NDArray[np.float64], float, NDArray[np.intp], NDArray[np.intp]]:
    """Return the window of a spectrum, by what its powers are multiplied, and the lines of each band."""
    window = np.hanning(length)
    size = length // 2 + 1
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1) * length / sample_rate
    # In a short stretch a low band may be narrower than a line of the spectrum, and then has the one at its begin.
    firsts = np.minimum(np.ceil(edges).astype(np.intp), size)
    lasts = np.minimum(np.maximum(firsts[1:], firsts[:-1] + 1), size)
    return window, (2 / max(1.0, float(window.sum()))) ** 2, firsts[:-1], lasts
