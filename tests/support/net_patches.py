"""Sounds for the nets, made in the same way everywhere: of each 48,128 samples at 16 kHz."""

import numpy as np
from numpy.typing import NDArray

SAMPLES = 48_128
_RATE = 16_000
_TIME = np.arange(SAMPLES) / _RATE


def net_patches() -> NDArray[np.float32]:
    """Plucked chords, a drum machine, a slow voice over a drone, and quiet strings. Shape (4, SAMPLES)."""
    sounds = np.array([_plucked(), _drums(), _voice(), _strings()])
    levels = np.array([0.2, 0.2, 0.2, 0.01])[:, None]
    return (levels * sounds / np.sqrt(np.mean(sounds**2, axis=1, keepdims=True))).astype(np.float32)


def _harmonics(pitch: float, number: int, wobble: float = 0.0) -> NDArray[np.float64]:
    phase = 2 * np.pi * pitch * _TIME + wobble * np.sin(2 * np.pi * 5.5 * _TIME)
    return np.sum([np.sin(n * phase) / n for n in range(1, number + 1) if n * pitch < 7_000], axis=0)


def _since(every: float) -> NDArray[np.float64]:
    return _TIME % every


def _plucked() -> NDArray[np.float64]:
    return np.exp(-4 * _since(0.5)) * np.sum([_harmonics(p, 12) for p in (110.0, 164.8, 220.0, 277.2, 329.6)], axis=0)


def _noise() -> NDArray[np.float64]:
    """Park and Miller's generator, so that it does not depend on a version of numpy."""
    state, found = 1, []
    for _ in range(SAMPLES):
        state = 48_271 * state % (2**31 - 1)
        found.append(state / 2**30 - 1)
    return np.array(found)


def _drums() -> NDArray[np.float64]:
    kick = np.sin(2 * np.pi * 60 * _since(0.5)) * np.exp(-12 * _since(0.5))
    hat = _noise() * np.exp(-60 * _since(0.125))
    return 2 * kick + 0.5 * hat + 0.3 * np.sign(_harmonics(55.0, 1)) * np.exp(-6 * _since(0.25))


def _voice() -> NDArray[np.float64]:
    return _harmonics(233.1, 20, wobble=0.5) * np.sin(np.pi * _since(1.5) / 1.5) + 0.3 * _harmonics(58.3, 5)


def _strings() -> NDArray[np.float64]:
    return np.sum([_harmonics(pitch, 15, wobble=0.1) for pitch in (196.0, 293.7, 440.0, 659.3)], axis=0)
