"""True peak: the largest value of the signal between the samples, found without oversampling everything."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from passagework.audio.measure.envelope import Block, Hops

# fmt: off
_HALF: Final = np.array(
    [
        (0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875, 0.1373291015625,
         0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250, 0.0148925781250, -0.0083007812500),
        (-0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500, 0.4650878906250,
         0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625, 0.0330810546875, -0.0189208984375),
    ],
    np.float32,
)
# fmt: on
_PHASES: Final = np.concatenate([_HALF, _HALF[::-1, ::-1]])
"""The interpolation filter of ITU-R BS.1770-4, annex 2: 4 phases of 12 coefficients.

The last two phases are the first two backwards."""

_TAPS: Final = _PHASES.shape[1]
_BEFORE: Final = 5
_AFTER: Final = 6
"""A value between the samples i and i + 1 is computed from the samples i - 5 to i + 6."""

_GAIN: Final = float(np.abs(_PHASES).sum(axis=1).max())
"""An interpolated value is at most this many times the largest of the 12 magnitudes it is computed from."""

_ROW: Final = 16
"""Positions that are computed together."""

_ROWS: Final = 256
"""Rows in a matrix product. Its result, 64 KB, stays in the cache; page faults make larger ones ten times slower."""


def _row_filter() -> NDArray[np.float32]:
    """Arrange the phases so that one matrix product gives all values at the positions of a row."""
    matrix = np.zeros((_ROW + _TAPS - 1, _ROW, len(_PHASES)), np.float32)
    for position in range(_ROW):
        matrix[position : position + _TAPS, position] = _PHASES[:, ::-1].T
    return matrix.reshape(_ROW + _TAPS - 1, -1)


_ROW_FILTER: Final = _row_filter()


@dataclass(frozen=True, slots=True)
class PeakSection:
    """The peak of the hops from ``start`` to ``end``, exclusive; linear, full scale is 1.0."""

    start: int
    end: int
    peak: float


class TruePeakMeter:
    """Measures the true peak of every section of sound and every section of silence.

    Only samples that can exceed the largest value so far in the same section are oversampled. Passages begin and end
    where sound and silence meet, so the peak of a passage is exactly the largest of its sections: sections
    outside of it are never counted and never raise the threshold inside.
    """

    def __init__(self, hop: int, silence_level: float) -> None:
        self._hop = hop
        self._silence_level = silence_level
        self._before: Block | None = None
        self._waiting: tuple[Block, Hops] | None = None
        self._stretch: tuple[bool, float] = (False, 0.0)
        self._sections: list[PeakSection] = []

    def add(self, block: Block, hops: Hops) -> None:
        """Process the next block and the values of its hops. Only the last block may be shorter than 6 samples."""
        if self._waiting is not None:
            self._measure(*self._waiting, after=tuple(channel[:_AFTER] for channel in block))
        self._waiting = (block, hops)

    def finish(self) -> tuple[PeakSection, ...]:
        """Measure the rest and return the sections of the file in order, without gaps."""
        if self._waiting is not None:
            block, hops = self._waiting
            self._measure(block, hops, after=tuple(channel[:0] for channel in block))
            self._waiting = None
        return tuple(self._sections)

    def _measure(self, block: Block, hops: Hops, after: Block) -> None:
        # Outside of the file is silence, and the filter rings into it before the first and after the last sample.
        lead = 0 if self._before else _AFTER
        trail = 0 if after[0].size else _BEFORE
        before = self._before or tuple(np.zeros(lead + _BEFORE, np.float32) for _ in block)
        self._before = tuple(channel[-_BEFORE:].copy() for channel in block)
        filling = np.zeros(_AFTER - after[0].size + trail, np.float32)
        around = [np.concatenate(parts) for parts in zip(before, block, after, [filling] * len(block), strict=True)]

        first = self._sections[-1].end if self._sections else 0
        sound = hops.levels > self._silence_level
        peaks = hops.peaks
        changes = np.flatnonzero(np.diff(sound)) + 1
        for start, end in pairwise([0, *changes.tolist(), sound.size]):
            audible, peak = bool(sound[start]), float(peaks[start:end].max())
            if self._stretch[0] == audible:
                peak = max(peak, self._stretch[1])
            begin = start * self._hop + lead if start else 0
            stop = min(end * self._hop, block[0].size) + lead + _BEFORE + _AFTER if end < sound.size else None
            for channel in around:
                peak = oversampled_peak(channel[begin:stop], peak)
            self._sections.append(PeakSection(first + start, first + end, peak))
            self._stretch = (audible, peak)


def oversampled_peak(samples: NDArray[np.float32], floor: float) -> float:
    """Return the largest magnitude between the samples of one channel, or ``floor`` if none exceeds it.

    ``samples`` includes 5 samples before and 6 after those whose right-hand neighbourhood is searched.
    """
    missing = _ROW - (samples.size - _TAPS + 1)
    if missing > 0:
        samples = np.append(samples, np.zeros(missing, np.float32))
    positions = samples.size - _TAPS + 1
    # A window without a sample above this cannot contain a value above the floor.
    loud = np.flatnonzero(np.abs(samples) > floor / _GAIN)
    if loud.size == 0:
        return floor
    wanted = np.zeros(positions // _ROW + 2, np.bool_)
    wanted[loud // _ROW] = True
    wanted[np.maximum(loud - _TAPS + 1, 0) // _ROW] = True
    starts = np.minimum(np.flatnonzero(wanted) * _ROW, positions - _ROW)
    windows = sliding_window_view(samples, _ROW + _TAPS - 1)
    for first in range(0, starts.size, _ROWS):
        values = windows[starts[first : first + _ROWS]] @ _ROW_FILTER
        floor = max(floor, float(values.max()), -float(values.min()))
    return floor


def peak_between(sections: tuple[PeakSection, ...], start: int, end: int) -> float:
    """Return the largest peak of the sections that overlap the hops from ``start`` to ``end``, exclusive; 0 if none."""
    return max((section.peak for section in sections if section.start < end and start < section.end), default=0.0)
