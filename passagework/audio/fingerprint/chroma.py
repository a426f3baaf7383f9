"""The chroma image of Chromaprint: the distribution of energy over the twelve notes, over time."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE: Final = 11_025
NOTES: Final = 12

_FRAME: Final = 4096
_HOP: Final = _FRAME // 3
_FRAMES_AT_ONCE: Final = 32
"""Large enough to amortise a numpy call, small enough that the spectra stay in the processor's cache."""

_LOWEST_HZ: Final = 28
_HIGHEST_HZ: Final = 3520
_TUNING_HZ: Final = 27.5
"""The note A0, where note number 0 begins."""

_FIRST_BIN: Final = round(_FRAME * _LOWEST_HZ / SAMPLE_RATE)
_END_BIN: Final = round(_FRAME * _HIGHEST_HZ / SAMPLE_RATE)

_SMOOTHING: Final = (0.25, 0.75, 1.0, 0.75, 0.25)
_QUIETEST_NORM: Final = 0.01


def chroma_image(pcm: NDArray[np.int16]) -> NDArray[np.float64]:
    """Convert sound to rows of twelve note energies with Euclidean norm 1, or all zero for silence.

    ``pcm``: one channel, 11,025 Hz, shape (samples,). A row represents 1365 samples (0.124 s) and is computed from
    five overlapping frames of 4096 samples, so below 9,556 samples there is none: shape (0, 12).
    """
    energies = _note_energies(pcm)
    rows = max(0, len(energies) - len(_SMOOTHING) + 1)
    smooth = np.zeros((rows, NOTES))
    for lag, weight in enumerate(_SMOOTHING):
        smooth += weight * energies[lag : lag + rows]
    norms = np.sqrt(np.square(smooth).sum(axis=1, keepdims=True))
    image = np.zeros_like(smooth)
    np.divide(smooth, norms, out=image, where=norms >= _QUIETEST_NORM)
    return image


def _hamming_window() -> NDArray[np.float32]:
    """Return the window, scaled so that 16-bit full scale becomes 1, in the reference library's precision."""
    phase = np.arange(_FRAME) * (2 * np.pi / (_FRAME - 1))
    window = (0.54 - 0.46 * np.cos(phase)) / np.iinfo(np.int16).max
    return np.asarray(window, np.float32)


def _bins_by_note() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the spectral bins ordered by note, shape (bins,), and the index at which each note begins."""
    bins = np.arange(_FIRST_BIN, _END_BIN)
    octaves = np.log2(bins * (SAMPLE_RATE / _FRAME) / _TUNING_HZ)
    notes = np.floor(NOTES * (octaves - np.floor(octaves)))
    order = np.argsort(notes, stable=True)
    return bins[order], np.searchsorted(notes[order], np.arange(NOTES))


_WINDOW: Final = _hamming_window()
_BINS_BY_NOTE, _NOTE_STARTS = _bins_by_note()


def _note_energies(pcm: NDArray[np.int16]) -> NDArray[np.float64]:
    """Sum the power spectrum of each frame over the octaves: shape (frames, 12)."""
    if len(pcm) < _FRAME:
        return np.empty((0, NOTES))
    frames = np.lib.stride_tricks.sliding_window_view(pcm, _FRAME)[::_HOP]
    energies = np.empty((len(frames), NOTES))
    for first in range(0, len(frames), _FRAMES_AT_ONCE):
        chunk = slice(first, first + _FRAMES_AT_ONCE)
        # Windowed samples are rounded to single precision like in the reference library. Its transform
        # depends on the build (FFmpeg, FFTW, KissFFT); double precision is the closest to all of them.
        windowed = (frames[chunk] * _WINDOW).astype(np.float64)
        spectrum = np.fft.rfft(windowed)[:, _BINS_BY_NOTE]
        # A matrix product would wake the threads of the linear algebra library for a few microseconds of work.
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        energies[chunk] = np.add.reduceat(power, _NOTE_STARTS, axis=1)
    return energies
