"""All measurements during the decode of a file, and the values of any span afterwards."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.measure.ebur128 import LoudnessSeries
from passagework.audio.measure.edges import Edges
from passagework.audio.measure.envelope import (
    Block,
    Hops,
    measure_hops,
    without_invalid,
)
from passagework.audio.measure.true_peak import PeakSection, TruePeakMeter, peak_between
from passagework.domain.measured import LARGEST_SAMPLE, Loudness
from passagework.domain.spans import Span
from passagework.domain.stored_levels import steps_of

_FEW: Final = 0.001
"""Invalid samples in each sample of a channel: so few change loudness by no more than 0.01 LU."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Measurements of a file of ``samples`` samples per channel. ``sections`` is None without true peak.

    ``weighted``: the level over time of what counts in loudness, by which passages are found, as it is stored.
    ``invalid_samples`` counts those over all channels that are no number or beyond LARGEST_SAMPLE.
    """

    samples: int
    hop: int
    hops: Hops
    weighted: NDArray[np.uint8]
    series: LoudnessSeries
    edges: Edges
    sections: tuple[PeakSection, ...] | None
    invalid_samples: int = 0

    def hops_of(self, span: Span) -> slice:
        """Select the hops that contain any sample of a span."""
        return slice(span.start // self.hop, -(-span.end // self.hop))

    def loudness(self, span: Span) -> Loudness:
        """Return the EBU R128 values of a span; none in a file with many invalid samples.

        They are measured as silence. In its place was sound, so that many would make all values wrong.
        """
        if self._has_many_invalid:
            return Loudness(integrated=None, range=None, true_peak=None, sample_peak=None)
        hops = self.hops_of(span)
        sample_peak = float(self.hops.peaks[hops].max())
        true_peak = None
        if self.sections is not None:
            true_peak = _decibels(peak_between(self.sections, self.hops.peaks, hops.start, hops.stop))
        return Loudness(
            integrated=self.series.integrated(span),
            range=self.series.range(span),
            true_peak=true_peak,
            sample_peak=_decibels(sample_peak),
        )

    def distribution(self, span: Span) -> bytes | None:
        """Return how many blocks of a span are how loud; None where it has no integrated loudness."""
        return None if self._has_many_invalid else self.series.distribution(span)

    @property
    def _has_many_invalid(self) -> bool:
        return self.invalid_samples > _FEW * self.samples


class Meters:
    """Measures the output of one decode. Memory grows by about 1.5 KB per second of audio.

    ``weights``: how much each channel counts in loudness.
    """

    def __init__(self, hop: int, sample_rate: int, weights: Sequence[float], *, true_peak: bool) -> None:
        self._series = LoudnessSeries(sample_rate, weights, hop)
        self._edges = Edges(sample_rate)
        self._hop = hop
        self._samples = 0
        self._invalid_samples = 0
        self._hops: list[Hops] = []
        self._weighted: list[NDArray[np.float32]] = []
        self._true_peak = TruePeakMeter(hop) if true_peak else None

    def add(self, block: Block) -> NDArray[np.float32]:
        """Measure the next block and return the weighted levels of its hops in dB.

        Only the last block may end in a partial hop.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            hops = measure_hops(block, self._hop)
        if not np.all(hops.peaks <= LARGEST_SAMPLE):
            block, invalid = without_invalid(block)
            self._invalid_samples += invalid
            hops = measure_hops(block, self._hop)
        self._samples += block[0].size
        self._hops.append(hops)
        self._edges.add(block)
        # Of a file with nothing but bass channels, which count in no loudness, the plain level is taken.
        weighted = self._series.add(block)
        levels = hops.levels if weighted is None else weighted
        self._weighted.append(levels)
        if self._true_peak is not None:
            self._true_peak.add(block, hops)
        return levels

    def finish(self) -> Measured:
        """Return the measurements; there must have been a block."""
        sections = None if self._true_peak is None else self._true_peak.finish()
        hops = Hops(
            np.concatenate([part.levels for part in self._hops]),
            np.concatenate([part.lows for part in self._hops]),
            np.concatenate([part.highs for part in self._hops]),
        )
        weighted = steps_of(np.concatenate(self._weighted))
        return Measured(
            self._samples, self._hop, hops, weighted, self._series, self._edges, sections, self._invalid_samples
        )


def _decibels(magnitude: float) -> float | None:
    """Convert a linear magnitude to dB relative to full scale; None for digital silence."""
    return 20.0 * math.log10(magnitude) if magnitude > 0.0 else None
