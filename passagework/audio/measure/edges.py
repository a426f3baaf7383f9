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
        self._head = np.empty((0, 0), np.float32)
        self._last: list[Block] = []

    def add(self, block: Block) -> None:
        """Take the next block."""
        first = self._samples == 0
        self._samples += block[0].size
        if first or self._head.shape[1] < self._kept:
            more = np.stack([channel[: self._kept] for channel in block])
            self._head = more if first else np.concatenate((self._head, more), axis=1)[:, : self._kept]
        # The last blocks as they are: to copy the samples of each, which may be the last one, would take longer.
        self._last.append(block)
        while sum(later[0].size for later in self._last[1:]) >= self._kept:
            del self._last[0]

    def heard(self, spans: Sequence[Span], cues: Sequence[Cues]) -> tuple[bytes | None, bytes | None]:
        """Return what is heard at both edges of the file; None where no passage cuts through sound there."""
        begins = ends = None
        near = round(AT_THE_END * self._sample_rate)
        if spans and cues[0].begins_in_sound and (start := spans[0].start) <= near:
            begins = self._spectra([self._head[:, start : start + length] for length in self._lengths()])
            begins += _first(self._head[:, start : start + _LEARNED].mean(axis=0))
        if spans and cues[-1].ends_in_sound and (behind := self._samples - spans[-1].end) <= near:
            tail = self._tail()
            stop = tail.shape[1] - behind
            ends = self._spectra([tail[:, max(0, stop - length) : stop] for length in self._lengths()])
            ends += _prediction(tail[:, max(0, stop - _LEARNED) : stop].mean(axis=0))
        return begins, ends

    def _tail(self) -> NDArray[np.float32]:
        kept = [np.stack([channel[-self._kept :] for channel in block]) for block in self._last]
        return np.concatenate(kept, axis=1)[:, -self._kept :]

    def _lengths(self) -> tuple[int, ...]:
        # Powers of two: a spectrum of any other length takes several times as long.
        return tuple(2 ** max(1, int(math.log2(window * _ROUNDED * self._sample_rate))) for window in WINDOWS)

    def _spectra(self, stretches: list[NDArray[np.float32]]) -> bytes:
        """Return the level of each band of each stretch; a sine of full scale has about 0 dB."""
        means = np.concatenate([_bands(stretch, self._sample_rate) for stretch in stretches])
        with np.errstate(divide="ignore"):
            return steps_of((10.0 * np.log10(means)).astype(np.float32)).tobytes()


def _first(mono: NDArray[np.float32]) -> bytes:
    samples = np.zeros(_LEARNED)
    samples[: mono.size] = mono
    return FIRST.pack(*samples[: FIRST.size // mono.itemsize - 1].tolist(), _steps(samples))


def _steps(samples: NDArray[np.float64]) -> float:
    return math.sqrt(float(np.square(samples[1:] - samples[:-1]).mean()))


def _prediction(mono: NDArray[np.float32]) -> bytes:
    """Learn from the last samples how each follows from those before it: linear prediction by least squares."""
    samples = np.zeros(_LEARNED)
    samples[_LEARNED - mono.size :] = mono
    # Rows that begin one sample later each, as sliding_window_view makes them, which takes longer than the rest.
    rows = np.ndarray((_LEARNED - TAPS, TAPS), samples.dtype, samples, 0, 2 * samples.strides)
    products = rows.T @ rows
    # Also solvable for a pure tone, whose samples are not independent, and for silence.
    products.flat[:: TAPS + 1] += _REGULARITY * products.trace() + _TINY
    weights = np.linalg.solve(products, rows.T @ samples[TAPS:])
    error = math.sqrt(float(np.square(samples[TAPS:] - rows @ weights).mean())) + _LEAST_ERROR
    return PREDICTION.pack(*weights.tolist(), *samples[-TAPS:].tolist(), error, _steps(samples))


def _bands(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
    """Return the power of each band, averaged over the channels; a sine of full scale has about 1."""
    window, gain, firsts, lasts = _scale(samples.shape[1], sample_rate)
    lines = np.fft.rfft(samples * window)[:, : lasts[-1]]
    powers = (np.square(lines.real) + np.square(lines.imag)).mean(axis=0) * gain
    sums = np.zeros(powers.size + 1)
    np.cumsum(powers, out=sums[1:])
    # Beyond the highest frequency of the file bands have no lines, and no sum.
    means: NDArray[np.float64] = (sums[lasts] - sums[firsts]) / np.maximum(lasts - firsts, 1)
    return means


@lru_cache(maxsize=8)
def _scale(length: int, sample_rate: int) -> tuple[NDArray[np.float64], float, NDArray[np.intp], NDArray[np.intp]]:
    """Return the window of a spectrum, by what its powers are multiplied, and the lines of each band.

    The last band ends with the last line that counts.
    """
    window = np.hanning(length)
    size = length // 2 + 1
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1) * length / sample_rate
    # In a short stretch a low band may be narrower than a line of the spectrum, and then has the one at its begin.
    firsts = np.minimum(np.ceil(edges).astype(np.intp), size)
    lasts = np.minimum(np.maximum(firsts[1:], firsts[:-1] + 1), size)
    return window, (2 / max(1.0, float(window.sum()))) ** 2, firsts[:-1], lasts
