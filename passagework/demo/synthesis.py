"""Signals with a known truth: silence, tones, noise floors and fades, as float32 arrays (samples, channels).

Full scale is 1.0. Lengths are in samples, so the end of a signal is exact.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""Samples of one signal, shape (samples, channels)."""

_TURN: Final = 2.0 * np.pi


def amplitude(level: float) -> float:
    """Convert a level in dB relative to full scale to a linear amplitude."""
    return float(10.0 ** (level / 20.0))


def silence(length: int, channels: int) -> Samples:
    """Return digital silence."""
    return np.zeros((length, channels), np.float32)


def noise_floor(length: int, channels: int, level: float, seed: int) -> Samples:
    """Return white noise, independent in each channel, with an RMS of ``level`` dBFS per channel."""
    noise = np.random.default_rng(seed).standard_normal((length, channels), np.float32)
    return noise * np.float32(amplitude(level))


def tone(length: int, channels: int, sample_rate: int, frequency: float, level: float) -> Samples:
    """Return a sine of ``frequency`` Hz with a peak of ``level`` dBFS, equal in all channels.

    In stereo, 1 kHz at -23 dBFS has -23 LUFS (EBU Tech 3341, case 1).
    """
    wave = amplitude(level) * np.sin(_TURN * frequency / sample_rate * np.arange(length))
    return np.repeat(wave.astype(np.float32)[:, np.newaxis], channels, axis=1)


def fade_in(signal: Samples, length: int, floor: float | None = None) -> Samples:
    """Scale the first ``length`` samples up to full level.

    The gain is linear in amplitude, from silence; with a ``floor`` in dB it is linear in dB, from there to 0.
    """
    gain = np.linspace(0.0, 1.0, length, endpoint=False)
    if floor is not None:
        gain = 10.0 ** (floor * (1.0 - gain) / 20.0)
    faded = signal.copy()
    faded[:length] *= gain.astype(np.float32)[:, np.newaxis]
    return faded


def fade_out(signal: Samples, length: int, floor: float | None = None) -> Samples:
    """Scale the last ``length`` samples down, as :func:`fade_in` scales up the first."""
    return fade_in(signal[::-1], length, floor)[::-1]


def join(*signals: Samples) -> Samples:
    """Concatenate signals with the same number of channels."""
    return np.concatenate(signals)


def mono(signal: Samples) -> Samples:
    """Average the channels."""
    mean: Samples = np.mean(signal, axis=1, keepdims=True, dtype=np.float32)
    return mean
