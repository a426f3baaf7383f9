"""The waveform of a file for drawing: its extrema."""

from typing import Final

import numpy as np

from passagework.audio.measure.envelope import Hops
from passagework.domain.analysis import Waveform

MOST_POINTS: Final = 2048

_FULL_SCALE: Final = 127


def draw_waveform(hops: Hops, hop: int) -> Waveform:
    """Merge the hops of a whole file, each of ``hop`` samples, into at most 2,048 points."""
    hops_per_point = max(1, -(-hops.lows.size // MOST_POINTS))
    firsts = np.arange(0, hops.lows.size, hops_per_point)
    extrema = np.stack([np.minimum.reduceat(hops.lows, firsts), np.maximum.reduceat(hops.highs, firsts)], axis=1)
    # Decoders of lossy formats overshoot full scale.
    stored = np.clip(np.round(extrema * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE).astype(np.int8)
    return Waveform(hops_per_point * hop, stored.tobytes())
