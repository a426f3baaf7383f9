"""The picture of sound that the nets were trained on: 187 frames of 96 mel bands, from 3 s at 16 kHz."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE: Final = 16_000
FRAMES: Final = 187
BANDS: Final = 96

_SIZE: Final = 512
_HOP: Final = 256

PATCH_SAMPLES: Final = (FRAMES - 1) * _HOP + _SIZE
"""What a patch covers, without anything made up at its edges: 3.008 s."""

_COMPRESSION: Final = 10_000
_LINEAR_TO: Final = 1_000.0
"""Hz. Above, mels are logarithmic, in Slaney's Auditory Toolbox (1998), which librosa follows."""

_MELS_LINEAR: Final = 15.0
_MELS_PER_OCTAVE: Final = 27 / np.log2(6.4)


def log_mels(patches: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return log10(10,000 x + 1) of the power in each band, shape (patches, FRAMES, BANDS).

    ``patches`` has shape (patches, PATCH_SAMPLES). Filters have equal areas, as librosa makes them by default.
    """
    windows = np.lib.stride_tricks.sliding_window_view(patches, _SIZE, axis=1)[:, ::_HOP]
    spectrum = np.fft.rfft(windows * _window(), axis=2)
    powers = (spectrum.real**2 + spectrum.imag**2).astype(np.float32, copy=False)
    mels: NDArray[np.float32] = np.log10(_COMPRESSION * (powers @ _filters()) + np.float32(1))
    return mels


@cache
def _window() -> NDArray[np.float32]:
    """Return Hann's window, periodic."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_SIZE) / _SIZE)).astype(np.float32)


@cache
def _filters() -> NDArray[np.float32]:
    """Return triangles over the frequencies, shape (frequencies, BANDS)."""
    frequencies = np.fft.rfftfreq(_SIZE, 1 / SAMPLE_RATE)
    edges = _hertz(np.linspace(0, _mels(SAMPLE_RATE / 2), BANDS + 2))
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (frequencies[:, None] - low) / (middle - low)
    falling = (high - frequencies[:, None]) / (high - middle)
    return (np.minimum(rising, falling).clip(0) * (2 / (high - low))).astype(np.float32)


def _mels(hertz: float) -> float:
    """Return the mels of a frequency of 1 kHz or more."""
    return float(_MELS_LINEAR + _MELS_PER_OCTAVE * np.log2(hertz / _LINEAR_TO))


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = mels * (_LINEAR_TO / _MELS_LINEAR)
    return np.where(mels < _MELS_LINEAR, linear, _LINEAR_TO * 2 ** ((mels - _MELS_LINEAR) / _MELS_PER_OCTAVE))
