"""Loudness over time, in steps of 100 ms, and the EBU R128 values of any span."""

from array import array
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.measure.envelope import Block, Channel, energies_of, levels_of_energies
from passagework.audio.measure.k_weighting import KWeighting
from passagework.domain.loudness import integrated_loudness, loudness_range
from passagework.domain.loudness_distribution import distribution
from passagework.domain.spans import Span

_STEPS_PER_SECOND: Final = 10

_MOMENTARY: Final = 4
_SHORT_TERM: Final = 30
"""Steps in the windows of EBU Tech 3341, 0.4 and 3 seconds. One of each ends with every step."""

_OFFSET: Final = -0.691
"""LUFS. It makes up for the gain of the weighting at 997 Hz: ITU-R BS.1770-5, annex 1."""


class LoudnessSeries:
    """The energy of a file after K-weighting, one value for every 100 ms.

    ``hop``: the samples of which levels are wanted. ``weights``: how much each channel counts
    (:func:`passagework.audio.decoding.planes.loudness_weights`).
    A file with one channel is measured as one channel, as in ITU-R BS.1770: 3 LU lower than the same signal in
    both channels of a stereo file.
    """

    def __init__(self, sample_rate: int, weights: Sequence[float], hop: int) -> None:
        self._sample_rate = sample_rate
        # Rounded down to whole samples, like the steps of FFmpeg's meter (11,025 Hz: 1,102).
        self._step = sample_rate // _STEPS_PER_SECOND
        self._counted = [(channel, weight) for channel, weight in enumerate(weights) if weight > 0]
        self._weighting = KWeighting(sample_rate, len(self._counted))
        self._hop = hop
        # At most rates a step has whole hops, and its energy is the sum of theirs.
        self._hops_in_step = 0 if self._step % hop else self._step // hop
        self._open_hops = np.empty(0)
        self._samples = 0
        self._open = 0.0
        self._energies = array("d")

    def add(self, block: Block) -> NDArray[np.float32] | None:
        """Measure the next block; return the level of its hops, over the channels that count; None if none counts.

        Only the last block may have another length than a multiple of the hop, and of what
        :meth:`KWeighting.filtered` says.
        """
        if not self._counted:
            return None
        weighted = tuple(self._weighting.filtered(tuple(block[channel] for channel, _ in self._counted)))
        by_hop = np.stack([energies_of(channel, self._hop) for channel in weighted])
        if self._hops_in_step:
            self._add_hops(by_hop[:, : weighted[0].size // self._hop])
        else:
            self._add_samples(weighted)
        return levels_of_energies(np.add.reduce(by_hop), weighted, self._hop)

    def _add_hops(self, energies: NDArray[np.float32]) -> None:
        weights = np.array([weight for _, weight in self._counted])
        hops = np.concatenate([self._open_hops, weights @ energies])
        complete = hops.size - hops.size % self._hops_in_step
        self._energies.extend(hops[:complete].reshape(-1, self._hops_in_step).sum(axis=1) / self._step)
        self._open_hops = hops[complete:]

    def _add_samples(self, weighted: Block) -> None:
        before, self._samples = self._samples, self._samples + weighted[0].size
        # The rest of the step that is open, or a whole one if none is; whole steps; and the begin of the next one.
        first = self._step - before % self._step
        sums = np.array([self._open] + [0.0] * (1 + max(0, weighted[0].size - first) // self._step))
        for channel, (_, weight) in zip(weighted, self._counted, strict=True):
            sums += weight * _energies(channel, first, self._step)
        complete = self._samples // self._step - before // self._step
        self._energies.extend(sums[:complete] / self._step)
        self._open = float(sums[complete])

    def integrated(self, span: Span) -> float | None:
        """Return the integrated loudness of a span of samples in LUFS; None below 0.4 s or if the gates leave none."""
        return integrated_loudness(self._inside(span, _MOMENTARY))

    def distribution(self, span: Span) -> bytes | None:
        """Return how many blocks of a span of samples are how loud; None where there is no integrated loudness."""
        return distribution(self._inside(span, _MOMENTARY))

    def range(self, span: Span) -> float | None:
        """Return the loudness range of a span of samples in LU; None below 3 s or if the gates leave nothing."""
        return loudness_range(self._inside(span, _SHORT_TERM))

    def _inside(self, span: Span, window: int) -> NDArray[np.float64]:
        """Return the loudness of all windows of so many steps that are wholly inside the span."""
        # A window has its exact length here, so at 11,025 Hz none ends with the fourth step: 0.4 s are 2 samples more.
        length = round(window / _STEPS_PER_SECOND * self._sample_rate)
        first = max(0, -(-(span.start + length) // self._step) - window)
        steps = np.array(self._energies[first : span.end // self._step], np.float64)
        if steps.size < window:
            return np.empty(0)
        # Differences of one running sum would lose silence in the rounding of the music before it.
        energies = np.convolve(steps, np.full(window, 1 / window), "valid")
        with np.errstate(divide="ignore"):
            return _OFFSET + 10.0 * np.log10(energies)


def _energies(channel: Channel, first: int, step: int) -> NDArray[np.float64]:
    """Sum the squares of the first samples, of each whole step behind them, and of the rest; any may be empty."""
    last = first + max(0, channel.size - first) // step * step
    parts = (channel[:first].reshape(1, -1), channel[first:last].reshape(-1, step), channel[last:].reshape(1, -1))
    return np.concatenate([np.vecdot(part, part) for part in parts], dtype=np.float64)
