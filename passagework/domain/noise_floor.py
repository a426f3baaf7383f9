"""How loud a file is as a whole, and how loud the noise is that it has where there is no music."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.stretches import stretches

_LOWEST: Final = -127.5
"""dB. Digital silence counts as this level."""

_LOUDNESS_BLOCK: Final = 0.4
_LOUDNESS_GATE: Final = 10.0 ** (-10.0 / 10.0)
"""Blocks and relative gate of ITU-R BS.1770. Its absolute gate is left out: bounds must not depend on gain."""

_LOUDNESS_ROUNDS: Final = 4
"""After so many gates an hour of silence around a minute of music counts no more."""

_BLOCK: Final = 0.1
"""Seconds. Each block counts by the median of its hops: crackle does not raise it."""

_STEADY_BLOCKS: Final = 5
_STEADY_RANGE: Final = 4.0
_FLAT_RANGE: Final = 2.0
"""Half a second is steady, or flat, if its blocks differ by at most so many dB: noise, hum. Most music moves more."""

_DEPTH: Final = 20.0
"""dB. Noise is at least so far below the programme, otherwise it is part of it."""

_SURELY_NOISE: Final = 35.0
"""dB below the programme. What is steady down there need not be found in two places."""

_CLEARLY: Final = 10.0
"""dB above the noise. Only between pieces that are so loud is it in a gap."""

_ALIKE: Final = 2.5
"""dB by which one noise differs from place to place."""

_BELOW: Final = 6.0
"""dB. Noise has nothing so far below it, besides before the needle is set down and after it is lifted."""

_LEAST_SHARE: Final = 0.6
"""So much of what is as quiet as the noise is steady: quiet music is not."""

_FLAT_BLOCKS: Final = 20
"""Or there are two seconds of it that hardly move at all: speech passes through its noise in every pause."""

_REST: Final = 12.0
_LEAST_REST: Final = 0.1
"""dB. What is so much quieter than the noise is other silence. Of what is in between there is less than this share of
the noise: a fade is steady, too, but goes on."""

_PLACE_BLOCKS: Final = 3
"""Blocks that are steady in one place, at least."""

_FEWEST_PLACES: Final = 2
"""Noise is in so many, one of them between pieces: applause at both ends of a file is not its noise."""

_MARGINS: Final = (4.0, 10.0)
_MARGIN: Final = 2.0
"""dB. Sound is this much louder than 90 % of the hops of the noise, and within ``_MARGINS`` above their median."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The level of each 100 ms, which of them are steady or even flat, and the hops in one. The rest is left out."""

    hops: int
    levels: NDArray[np.float32]
    steady: NDArray[np.bool_]
    flat: NDArray[np.bool_]

    @classmethod
    def of(cls, levels: NDArray[np.float32], per_second: float) -> "Blocks":
        """Take the levels of hops, of which there are ``per_second``."""
        hops = max(1, round(_BLOCK * per_second))
        count = levels.size // hops
        medians = np.median(levels[: count * hops].reshape(count, hops), axis=1)
        steady, flat = np.zeros((2, count), np.bool_)
        if count >= _STEADY_BLOCKS:
            ranges = np.ptp(np.lib.stride_tricks.sliding_window_view(medians, _STEADY_BLOCKS), axis=1)
            for offset in range(_STEADY_BLOCKS):
                steady[offset : offset + ranges.size] |= ranges <= _STEADY_RANGE
                flat[offset : offset + ranges.size] |= ranges <= _FLAT_RANGE
        return cls(hops, medians.astype(np.float32), steady, flat)


@dataclass(frozen=True, slots=True)
class Floor:
    """The noise of a file: its median level in dB, and the level above which there is sound."""

    level: float
    sound: float


def programme_level(powers: NDArray[np.float64], per_second: float) -> float | None:
    """Return the loudness of a file in dB by the power of its hops, or None without any sound.

    Energy mean of blocks of 0.4 s that are not 10 dB below it.
    """
    hops = max(1, round(_LOUDNESS_BLOCK * per_second))
    if powers.size == 0:
        return None
    firsts = np.arange(0, max(1, powers.size - powers.size % hops), hops)
    lengths = np.full(firsts.size, hops)
    lengths[-1] = powers.size - firsts[-1]
    blocks = np.add.reduceat(powers, firsts) / lengths
    loud = blocks[blocks > 0.0]
    if loud.size == 0:
        return None
    for _ in range(_LOUDNESS_ROUNDS):
        counted, loud = loud.size, loud[loud > float(loud.mean()) * _LOUDNESS_GATE]
        if loud.size == counted:
            break
    return float(10.0 * np.log10(loud.mean()))


def noise_floor(levels: NDArray[np.float32], blocks: Blocks, programme: float) -> Floor | None:
    """Find the noise that a file has without music; None where there is none, or no place without music.

    It is the highest level at which blocks are steady, ``_DEPTH`` below the programme, if little of the file is a bit
    quieter, nothing between the first and the last sound much quieter, and most of what is as quiet is steady. Far
    below the programme one place is enough, otherwise there must be two, not only at the edges of the file: a quiet
    note that is held once is no noise, and applause that goes on in the next file is none.
    """
    quiet = blocks.levels <= programme - _DEPTH
    steady = quiet & blocks.steady
    if not steady.any():
        return None
    candidates = sorted(set(blocks.levels[steady].tolist()), reverse=True)
    inner = _between(blocks, programme - _DEPTH)
    for level in candidates:
        near = steady & (np.abs(blocks.levels - level) <= _ALIKE)
        if near.sum() < _STEADY_BLOCKS or (blocks.levels[inner] < level - _BELOW).any():
            continue
        rest = (blocks.levels < level - _ALIKE) & (blocks.levels > max(level - _REST, _LOWEST))
        if rest.sum() > _LEAST_REST * near.sum():
            continue
        as_quiet = rest | (np.abs(blocks.levels - level) <= _ALIKE)
        if blocks.steady[as_quiet].mean() < _LEAST_SHARE and (near & blocks.flat).sum() < _FLAT_BLOCKS:
            continue
        between = near[_between(blocks, level + _CLEARLY)]
        if level > programme - _SURELY_NOISE and (_places(near) < _FEWEST_PLACES or _places(between) < 1):
            continue
        return _floor_of(levels, blocks, near)
    return None


def _between(blocks: Blocks, level: float) -> slice:
    """Leave out what is before the first and after the last block above a level."""
    loud = np.flatnonzero(blocks.levels > level)
    return slice(int(loud[0]), int(loud[-1]) + 1) if loud.size else slice(0)


def _places(near: NDArray[np.bool_]) -> int:
    """Count the stretches that are long enough to be places of noise."""
    starts, ends = stretches(near)
    return int(np.count_nonzero(ends - starts >= _PLACE_BLOCKS))


def _floor_of(levels: NDArray[np.float32], blocks: Blocks, near: NDArray[np.bool_]) -> Floor:
    hops = levels[: near.size * blocks.hops].reshape(near.size, blocks.hops)[near]
    middle, high = np.percentile(hops, (50.0, 90.0)).tolist()
    margin = min(max(high - middle + _MARGIN, _MARGINS[0]), _MARGINS[1])
    return Floor(middle, middle + margin)
