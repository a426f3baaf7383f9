"""K-weighting, the two filters of ITU-R BS.1770 in front of every loudness, as matrix products over rows of samples.

A recursive filter computes each sample from the one before: a loop, which numpy does not have. But it is linear. The
output of a row of samples is a matrix times the row, plus another matrix times the four numbers that the filter
remembers at the begin of the row. These of all rows follow from sums over groups of rows, over groups of groups, and so
on. It takes less time than FFmpeg's filters, and the matrices are made once for all files of a sample rate.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.measure.envelope import Block

ROW: Final = 32
"""Samples in a row: of 16, 32, 48 and 64 the quickest."""

_AT_ONCE: Final = 224
"""Rows in a product. OpenBLAS wakes its threads, which cost more than they give, for 2**18 multiplications and more."""

_ENOUGH: Final = 48_000
"""Hz, up to which single precision is enough for what a row adds to the state, where rounding errors add up."""

_GROUP: Final = 8
"""Rows whose states are computed together."""

_MEMORY: Final = 4
"""The numbers that two filters of second order remember."""

_FORGOTTEN: Final = 1e-30
"""What the filters remember decays without end, and processors are slow with the tiniest numbers: less is nothing."""

_SHELF: Final = (1681.974450955533, 3.999843853973347, 0.7071752369554196)
"""Hz, dB and Q of the first filter. These and the next give at 48 kHz the coefficients of ITU-R BS.1770-5, annex 1."""

_SHELF_POWER: Final = 0.4996667741545416
_HIGH_PASS: Final = (38.13547087602444, 0.5003270373238773)
"""Hz and Q of the second filter."""

Matrix = NDArray[np.float64]
Samples = NDArray[np.float32]


class KWeighting:
    """The filters of one file, which remember what they heard of each of its ``channels``."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._tables = _tables(sample_rate)
        self._states = np.zeros((channels, _MEMORY))
        self._staged = np.empty((channels, 0, ROW + _MEMORY), np.float32)
        self._filtered = np.empty((channels, 0, ROW), np.float32)

    def filtered(self, block: Block) -> Samples:
        """Filter the next block, shape (channels, samples). The result is overwritten by the next call.

        Only the last block may have another length than a multiple of ``ROW``.
        """
        samples = block[0].size
        rows = -(-samples // ROW)
        if self._staged.shape[1] != rows:
            self._staged = np.zeros((len(block), rows, ROW + _MEMORY), np.float32)
            self._filtered = np.empty((len(block), rows, ROW), np.float32)
        staged, whole = self._staged, samples // ROW
        for of_channel, channel in zip(staged, block, strict=True):
            of_channel[:whole, :ROW] = channel[: whole * ROW].reshape(whole, ROW)
            of_channel[whole:, : samples % ROW] = channel[whole * ROW :]
        added = np.asarray(staged[:, :, :ROW] @ self._tables.into_state, np.float64)
        states, self._states = self._tables.states(added, self._states)
        staged[:, :, ROW:] = states
        for of_channel, out in zip(staged, self._filtered, strict=True):
            for first in range(0, rows, _AT_ONCE):
                part = slice(first, first + _AT_ONCE)
                np.matmul(of_channel[part], self._tables.into_row, out=out[part])
        return self._filtered.reshape(len(block), -1)[:, :samples]


@dataclass(frozen=True, slots=True)
class _Level:
    """How states follow from each other in a group. Row vectors: every product is from the left.

    ``within``: from what is added by each member to the state at the begin of each member. ``beyond``: the same, to the
    state behind the group. ``onwards``: from the state before the group to that at the begin of each member.
    """

    within: Matrix
    beyond: Matrix
    onwards: Matrix


@dataclass(frozen=True, slots=True)
class _Tables:
    """The filters at one sample rate.

    ``into_row``: from a row and the state before it to its filtered samples. ``into_state``: from a row to what it adds
    to the state behind it. ``step``: from the state before a row to that behind it, if the row is silent.
    """

    into_row: Samples
    into_state: Samples | Matrix
    step: Matrix
    levels: list[_Level]

    def states(self, added: Matrix, before: Matrix) -> tuple[Matrix, Matrix]:
        """Return the state before each row, shape (channels, rows, 4), and the one behind the last row.

        ``added``: what each row adds, of the same shape. ``before``: the state before the first row.
        """
        states = self._starts(added, before, 0)
        behind = states[:, -1] @ self.step + added[:, -1]
        behind[np.abs(behind) < _FORGOTTEN] = 0.0
        return states, behind

    def _starts(self, added: Matrix, before: Matrix, number: int) -> Matrix:
        channels, members, _ = added.shape
        if members == 1:
            return before[:, np.newaxis]
        level = self._level(number)
        groups = -(-members // _GROUP)
        if members % _GROUP:
            padded = np.zeros((channels, groups * _GROUP, _MEMORY))
            padded[:, :members] = added
            added = padded
        added = added.reshape(channels, groups, _GROUP * _MEMORY)
        starts = self._starts(added @ level.beyond, before, number + 1)
        inside = added @ level.within
        inside += starts @ level.onwards
        return inside.reshape(channels, groups * _GROUP, _MEMORY)[:, :members]

    def _level(self, number: int) -> _Level:
        """Return the level, and make it if no file so far had that many rows."""
        while len(self.levels) <= number:
            step = np.linalg.matrix_power(self.step, _GROUP ** len(self.levels))
            self.levels.append(_level_of(step))
        return self.levels[number]


@cache
def _tables(sample_rate: int) -> _Tables:
    transition, gain, output, direct = _state_space(sample_rate)
    powers = [np.eye(_MEMORY)]
    for _ in range(ROW):
        powers.append(powers[-1] @ transition)
    response = [direct, *(float(gain @ power @ output) for power in powers[: ROW - 1])]
    into_row = np.zeros((ROW + _MEMORY, ROW))
    for sample in range(ROW):
        into_row[sample, sample:ROW] = response[: ROW - sample]
        into_row[ROW:, sample] = powers[sample] @ output
    into_state: Samples | Matrix = np.stack([gain @ powers[ROW - 1 - sample] for sample in range(ROW)])
    if sample_rate <= _ENOUGH:
        into_state = into_state.astype(np.float32)
    return _Tables(into_row.astype(np.float32), into_state, powers[ROW], [])


def _level_of(step: Matrix) -> _Level:
    powers = [np.eye(_MEMORY)]
    for _ in range(_GROUP):
        powers.append(powers[-1] @ step)
    within = np.zeros((_GROUP, _MEMORY, _GROUP, _MEMORY))
    for early in range(_GROUP):
        for late in range(early + 1, _GROUP):
            within[early, :, late] = powers[late - early - 1]
    wide = _GROUP * _MEMORY
    beyond = np.concatenate(powers[_GROUP - 1 :: -1])
    return _Level(within.reshape(wide, wide), beyond, np.concatenate(powers[:_GROUP], axis=1))


def _state_space(sample_rate: int) -> tuple[Matrix, Matrix, Matrix, float]:
    """Return both filters as one: transition, gain, output, direct.

    ``state' = state @ transition + sample * gain``; ``out = state @ output + sample * direct``.
    """
    first, second = _shelf(sample_rate), _high_pass(sample_rate)
    transition = np.zeros((_MEMORY, _MEMORY))
    transition[:2, :2], first_gain = _section(*first)
    transition[2:, 2:], second_gain = _section(*second)
    # The output of the first filter, its first number and the direct part, is what the second filter hears.
    transition[0, 2:] = second_gain
    first_direct, second_direct = first[0][0], second[0][0]
    gain = np.concatenate([first_gain, second_gain * first_direct])
    output = np.array([second_direct, 0.0, 1.0, 0.0])
    return transition, gain, output, first_direct * second_direct


_Coefficients = tuple[tuple[float, float, float], tuple[float, float]]
"""b0, b1, b2, and a1, a2; a0 is 1."""


def _section(b: tuple[float, float, float], a: tuple[float, float]) -> tuple[Matrix, Matrix]:
    """Return how the state of a filter of second order moves on, and what a sample adds (transposed direct form II)."""
    return np.array([[-a[0], -a[1]], [1.0, 0.0]]), np.array([b[1] - a[0] * b[0], b[2] - a[1] * b[0]])


def _shelf(sample_rate: int) -> _Coefficients:
    frequency, decibels, q = _SHELF
    if 2 * frequency >= sample_rate:
        # What it raises cannot be in the file.
        return (1.0, 0.0, 0.0), (0.0, 0.0)
    k = math.tan(math.pi * frequency / sample_rate)
    high = 10 ** (decibels / 20)
    band = high**_SHELF_POWER
    scale = 1 + k / q + k * k
    numerator = (
        (high + band * k / q + k * k) / scale,
        2 * (k * k - high) / scale,
        (high - band * k / q + k * k) / scale,
    )
    return numerator, (2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale)


def _high_pass(sample_rate: int) -> _Coefficients:
    frequency, q = _HIGH_PASS
    k = math.tan(math.pi * frequency / sample_rate)
    scale = 1 + k / q + k * k
    # BS.1770 leaves out the gain of 1 / scale, which would be -0.04 dB.
    return (1.0, -2.0, 1.0), (2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale)
