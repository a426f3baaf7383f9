"""True peak: the largest value of the signal between the samples, found without oversampling everything."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.measure.envelope import Block, Channel, Hops

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

_INTERPOLATION: Final = np.ascontiguousarray(_PHASES[:, ::-1].T)
"""From 12 samples, the first one first, to the 4 values between the sixth and the seventh of them."""

_TAPS: Final = _PHASES.shape[1]
_BEFORE: Final = 5
_AFTER: Final = 6
"""A value between the samples i and i + 1 is computed from the samples i - 5 to i + 6."""

_GAIN: Final = float(np.abs(_PHASES).sum(axis=1).max())
"""An interpolated value is at most this many times the largest of the 12 magnitudes it is computed from."""


def _line_and_bends() -> tuple[float, float]:
    """Split each phase into a straight line between the two samples beside it, and second differences of the samples.

    Return the largest sums of the coefficients' magnitudes in both. An interpolated value is at most the first one
    times the largest of the 12 magnitudes, plus the second one times the largest magnitude of their second differences.
    """
    places = np.arange(-_BEFORE, _AFTER + 1)
    lines, bends = [], []
    for phase in _PHASES[:, ::-1].astype(np.float64):
        total, moment = phase.sum(), places @ phase
        rest = phase.copy()
        rest[_BEFORE : _BEFORE + 2] -= total - moment, moment
        lines.append(abs(total - moment) + abs(moment))
        # A sum of samples that ignores straight lines is one of their second differences.
        bends.append(np.abs(rest.cumsum().cumsum()).sum())
    return max(lines), max(bends)


_LINE, _BEND = _line_and_bends()
"""1.002 and 0.570. Music is smooth: in most hops even this is below the largest value of the file so far."""

_ROUNDING: Final = 1 - 1e-5
"""The bounds are those of exact numbers."""

_SILENCE: Final = np.zeros(_TAPS - 1, np.float32)

_SILENCE_LEVEL: Final = -60.0
"""dBFS. Hops up to here are sections of their own."""

_ALMOST: Final = 10 ** (1.0 / 20.0)
"""A section whose largest sample is at most 1 dB below the peak of the section before it has at least that peak.

So little of a loud piece is oversampled. A passage that begins inside sound may read up to 1 dB too high for it."""

_RUN: Final = 16
"""Consecutive places between samples that one row of a matrix product computes: of 8, 16 and 32 the quickest."""

_RUN_SAMPLES: Final = _RUN + _TAPS - 1

_HOPS_AT_ONCE: Final = 16


def _interpolation_of_runs() -> NDArray[np.float32]:
    """Repeat the interpolation for each place of a run: from its samples to its values, mostly zeros."""
    of_runs = np.zeros((_RUN_SAMPLES, _RUN, len(_PHASES)), np.float32)
    for place in range(_RUN):
        of_runs[place : place + _TAPS, place] = _INTERPOLATION
    return of_runs.reshape(_RUN_SAMPLES, -1)


_INTERPOLATION_OF_RUNS: Final = _interpolation_of_runs()

Windows = NDArray[np.float32]
"""Rows of consecutive samples."""


@dataclass(frozen=True, slots=True)
class PeakSection:
    """The peak of the hops from ``start`` to ``end``, exclusive; linear, full scale is 1.0."""

    start: int
    end: int
    peak: float


class TruePeakMeter:
    """Measures the true peak of every section of sound and every section of silence; each ends with its block.

    Only hops that can exceed the largest value so far in the same section are oversampled. Where passages begin and end
    is known only at the end: where sound and silence meet, or, in the noise of a record and at given cuts, anywhere.
    Sections outside of a passage do not count and do not raise the threshold inside.
    """

    def __init__(self, hop: int) -> None:
        self._hop = hop
        self._before: Block | None = None
        self._peak_before = 0.0
        self._waiting: tuple[Block, Hops] | None = None
        self._stretch: tuple[bool, float] = (False, 0.0)
        self._sections: list[PeakSection] = []

    def add(self, block: Block, hops: Hops) -> None:
        """Process the next block and the values of its hops. Only the last block may be shorter than 6 samples."""
        if self._waiting is not None:
            self._measure(*self._waiting, tuple(channel[:_AFTER] for channel in block), float(hops.peaks[0]))
        self._waiting = (block, hops)

    def finish(self) -> tuple[PeakSection, ...]:
        """Measure the rest and return the sections of the file in order, without gaps."""
        if self._waiting is not None:
            self._measure(*self._waiting, None, 0.0)
            self._waiting = None
        return tuple(self._sections)

    def _measure(self, block: Block, hops: Hops, after: Block | None, peak_after: float) -> None:
        parts = [_Part.of(number, block, self._before, after, self._hop) for number in range(len(block))]
        first = self._sections[-1].end if self._sections else 0
        sound = hops.levels > _SILENCE_LEVEL
        peaks = hops.peaks
        near = np.empty(peaks.size + 2, np.float32)
        near[0], near[1:-1], near[-1] = self._peak_before, peaks, peak_after
        near = np.maximum(np.maximum(near[:-2], near[2:]), peaks)
        changes = np.flatnonzero(np.diff(sound)) + 1
        for start, end in pairwise([0, *changes.tolist(), sound.size]):
            audible, peak = bool(sound[start]), float(peaks[start:end].max())
            if self._stretch[0] == audible and self._stretch[1] <= _ALMOST * peak:
                peak = max(peak, self._stretch[1])
            peak = _highest(parts, start, near[start:end], peak)
            for part in parts:
                # Outside of the file is silence, and the filter rings into it.
                if not self._before and start == 0 and peaks[0] * _GAIN > peak:
                    peak = oversampled_peak(part.lead(), peak)
                if after is None and end == sound.size and near[-1] * _GAIN > peak:
                    peak = oversampled_peak(part.trail(), peak)
            self._sections.append(PeakSection(first + start, first + end, peak))
            self._stretch = (audible, peak)
        self._before = tuple(channel[-_BEFORE:].copy() for channel in block)
        self._peak_before = float(peaks[-1])


@dataclass(frozen=True, slots=True)
class _Part:
    """One channel of a block, with the samples around it, or silence, of which there is a hop."""

    channel: Channel
    before: Channel
    behind: Channel
    hop: int

    @classmethod
    def of(cls, number: int, block: Block, before: Block | None, after: Block | None, hop: int) -> "_Part":
        """Take a channel by its number out of three blocks; None is silence."""
        behind = np.zeros(_AFTER + hop, np.float32)
        if after is not None:
            behind[: after[number].size] = after[number]
        return cls(block[number], before[number] if before else _SILENCE[:_BEFORE], behind, hop)

    def lead(self) -> Channel:
        """Return what the values before the first sample of a file are computed from."""
        return np.concatenate([_SILENCE, self.channel[:_AFTER], self.behind])[: _SILENCE.size + _AFTER]

    def trail(self) -> Channel:
        """Return what the values behind the last sample of a file are computed from."""
        return np.concatenate([self.before, self.channel[-_BEFORE:], _SILENCE])[-_SILENCE.size - _BEFORE :]

    def windows(self, hops: NDArray[np.intp], windows: Windows) -> None:
        """Write what the values in hops are computed from: their samples with 5 before and 6 behind them."""
        width = windows.shape[1]
        # Most hops lie in the block with all that they are computed from, as overlapping rows of it.
        end = (self.channel.size - _AFTER) // self.hop
        inside = (hops > 0) & (hops < end)
        if end > 1:
            rows = _rows(self.channel, self.hop - _BEFORE, end - 1, self.hop, width)
            windows[inside] = rows[hops[inside] - 1]
        for place in np.flatnonzero(~inside).tolist():
            start = int(hops[place]) * self.hop - _BEFORE
            before = self.before if start < 0 else self.before[:0]
            samples = [before, self.channel[max(0, start) : start + width], self.behind]
            windows[place] = np.concatenate(samples)[:width]


def _highest(parts: list[_Part], start: int, near: Channel, floor: float) -> float:
    """Return the largest magnitude between the samples of the hops from ``start``, or ``floor`` if none exceeds it.

    ``near``: the largest sample of each of these hops and those beside it, in any channel.
    """
    loud = np.flatnonzero(near * _GAIN > floor * _ROUNDING)
    if loud.size == 0:
        return floor
    windows: Windows = np.empty((len(parts) * loud.size, _BEFORE + parts[0].hop + _AFTER), np.float32)
    for number, part in enumerate(parts):
        part.windows(loud + start, windows[number * loud.size :][: loud.size])
    bounds = np.tile(_LINE * near[loud], len(parts)) + _BEND * _largest_bends(windows)
    order = np.argsort(-bounds)
    done = 0
    while (above := int(np.count_nonzero(bounds > floor * _ROUNDING))) > done:
        # What is found in the hop with the highest bound rules most others out.
        until = min(above, done + _HOPS_AT_ONCE) if done else 1
        floor = oversampled_peak(windows[order[done:until]], floor)
        done = until
    return floor


def _largest_bends(windows: Windows) -> Channel:
    """Return the largest magnitude of a second difference in each row."""
    samples = windows.reshape(-1)
    slopes = samples[1:] - samples[:-1]
    bends = np.empty_like(windows)
    np.subtract(slopes[1:], slopes[:-1], out=bends.reshape(-1)[:-2])
    # Those of the last two samples of a row would be of the next row, too.
    bends[:, -2:] = 0.0
    np.abs(bends, out=bends)
    largest: Channel = bends.max(axis=1)
    return largest


def _rows(samples: Channel, first: int, count: int, step: int, width: int) -> Windows:
    """See contiguous samples as rows that begin ``step`` samples after each other and may overlap."""
    size = samples.itemsize
    return np.ndarray((count, width), samples.dtype, samples, first * size, (step * size, size))


def oversampled_peak(samples: Windows, floor: float) -> float:
    """Return the largest magnitude between the samples of one channel, or ``floor`` if none exceeds it.

    ``samples``: one row or several. Each includes 5 samples before and 6 after those whose right-hand neighbourhood is
    searched.
    """
    if samples.shape[-1] < _RUN_SAMPLES:
        values = _rows(samples, 0, samples.size - _TAPS + 1, 1, _TAPS) @ _INTERPOLATION
    else:
        # Without BLAS, which takes no rows that overlap, a product would take five times as long.
        runs = samples.take(_runs(samples.shape[-1]), axis=-1)
        values = runs.reshape(-1, _RUN_SAMPLES) @ _INTERPOLATION_OF_RUNS
    return max(floor, float(values.max()), -float(values.min()))


@lru_cache(maxsize=16)
def _runs(width: int) -> NDArray[np.intp]:
    """Cut a row of so many samples into runs; the last one may overlap the one before."""
    places = width - _TAPS + 1
    begins = np.minimum(np.arange(0, places, _RUN), places - _RUN)
    runs: NDArray[np.intp] = begins[:, np.newaxis] + np.arange(_RUN_SAMPLES)
    return runs


def peak_between(sections: tuple[PeakSection, ...], peaks: Channel, start: int, end: int) -> float:
    """Return the largest peak of the hops from ``start`` to ``end``, exclusive; 0 if none.

    ``peaks``: the largest sample of each hop. Of a section that is partly outside, the part inside has the largest peak
    if it has the largest sample; otherwise its samples count as far below its peak as the largest sample does.
    """
    largest = 0.0
    for section in sections:
        if section.end <= start or end <= section.start:
            continue
        peak = section.peak
        if (section.start < start or end < section.end) and peak > largest:
            inside = float(peaks[max(start, section.start) : min(end, section.end)].max())
            whole = float(peaks[section.start : section.end].max())
            peak = peak * inside / whole if whole > 0.0 else peak
        largest = max(largest, peak)
    return largest
