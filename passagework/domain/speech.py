"""Whether a file sounds like speech: its level moves far, at every moment, and in no rhythm."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_STEP: Final = 0.05
"""Seconds. Syllables last some of these."""

_WINDOW: Final = 10.0
_FEWEST_WINDOWS: Final = 6
"""Seconds in which the level is looked at, half of them new in each window; of less than 35 s nothing is said."""

_LOWEST: Final = 40.0
_SOUND: Final = 20.0
_LEAST_SOUND: Final = 0.3
"""dB below the programme. Lower levels count as the first; of a window this share must be above the second."""

_FAR: Final = 18.0
_QUICK: Final = 3.5
"""dB between the loud and the quiet tenth of a window, and from step to step. Most music has less of one of them."""

_BEATS: Final = (0.2, 2.0)
_RHYTHM: Final = 0.45
"""Seconds between beats; and how like itself a window is one beat later, if it has a rhythm."""

_MOST_OF_MUSIC: Final = 0.15
"""A file of which no more sounds like speech is surely none."""

_LEAST_SHARE: Final = 0.4
"""So many windows of speech are like that; the others have a short word, or a list that is read evenly."""


def looks_like_speech(levels: NDArray[np.float32], programme: float, per_second: float) -> bool:
    """Tell by the level of the hops of a file, in dB, of which there are ``per_second``."""
    share = _share_of_speech(levels, programme, per_second)
    return share is not None and share >= _LEAST_SHARE


def is_surely_no_speech(levels: NDArray[np.float32], programme: float, per_second: float) -> bool:
    """Tell whether hardly any of a file sounds like speech; of a short file that is not known."""
    share = _share_of_speech(levels, programme, per_second)
    return share is not None and share <= _MOST_OF_MUSIC


def _share_of_speech(levels: NDArray[np.float32], programme: float, per_second: float) -> float | None:
    """Return the share of the windows with sound that sound like speech; None where there are too few."""
    hops = max(1, round(_STEP * per_second))
    count = levels.size // hops
    size = round(_WINDOW / _STEP)
    if count < size:
        return None
    powers = (10.0 ** (levels[: count * hops].astype(np.float64) / 10.0)).reshape(count, hops).mean(axis=1)
    steps = np.maximum(10.0 * np.log10(powers), programme - _LOWEST)
    windows = np.lib.stride_tricks.sliding_window_view(steps, size)[:: size // 2]
    windows = windows[(windows > programme - _SOUND).mean(axis=1) >= _LEAST_SOUND]
    if len(windows) < _FEWEST_WINDOWS:
        return None
    quiet, loud = np.percentile(windows, (10, 90), axis=1)
    moves = (loud - quiet > _FAR) & (np.abs(np.diff(windows)).mean(axis=1) > _QUICK)
    return float((moves & (_rhythm(windows) < _RHYTHM)).mean())


def _rhythm(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how like itself each window is after the beat that fits best; 1 is the same."""
    size = windows.shape[1]
    around = windows - windows.mean(axis=1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(around, 2 * size)) ** 2
    alike = np.fft.irfft(spectrum, 2 * size)[:, : round(_BEATS[1] / _STEP) + 1]
    alike *= size / (size - np.arange(alike.shape[1]))
    best: NDArray[np.float64] = alike[:, round(_BEATS[0] / _STEP) :].max(axis=1) / np.maximum(alike[:, 0], 1e-9)
    return best
