"""What is heard at an edge of a file that cuts through sound, so that two files can be compared. Pure.

At both edges two spectra: the level of each of some bands in the last, or first, 0.05 s and in 0.2 s, one byte in half
dB below full scale (:mod:`passagework.domain.stored_levels`). Behind these, at the end, what predicts the next sample
from the last ones, and at the begin the first samples: where one recording was cut, they are as predictable as those
before.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from operator import mul
from struct import Struct
from typing import Final

WINDOWS: Final = (0.0464, 0.1858)
"""Seconds of the two spectra. The short one follows a slide, the long one survives a drum."""

BANDS: Final = 24
LOWEST_HZ, HIGHEST_HZ = 60.0, 12_000.0

TAPS: Final = 24
PREDICTION: Final = Struct(f"<{TAPS}f{TAPS}fff")
"""The weights of the last samples in the prediction of the next one, oldest first; these samples; the RMS error.

And the RMS of the steps from sample to sample in the stretch from which it was learned.
"""

FIRST: Final = Struct("<8ff")
"""The first samples, and the RMS of the steps in a stretch of that length."""

_SPECTRA: Final = len(WINDOWS) * BANDS

_UNEXPECTED: Final = 10.0 ** (6.0 / 20.0)
"""By how much the first samples may be less predictable than those before the cut.

At random places of 55 tracks, cut there, 98 % of the pairs are predictable, and 0.6 % of the pairs of different tracks.
Codecs that lose something also lose this.
"""

_TAPERED: Final = 10.0 ** (-14.0 / 20.0)
"""Of the RMS of the steps: where they are less at the very edge, it was faded for some milliseconds.

So cuts make no click. What is nearly silent is predictable, whatever it is.
"""

_ALIKE: Final = 5.0
"""dB by which the bands of one of the two spectra differ on average at most.

That is true of 89 % of these pairs, and of 2 % of the others.
Encoded with MP3, AAC or Opus they are no less alike. A new chord at the cut is not alike.
"""


def continues(ends_with: bytes, begins_with: bytes) -> bool:
    """Return whether what a file ends with goes on in what another one begins with."""
    end, begin = ends_with[:_SPECTRA], begins_with[:_SPECTRA]
    if len(end) != _SPECTRA or len(begin) != _SPECTRA:
        return False
    off = [abs(one - other) for one, other in zip(end, begin, strict=True)]
    spectra = [off[first : first + BANDS] for first in range(0, _SPECTRA, BANDS)]
    return any(sum(spectrum) <= 2 * _ALIKE * BANDS for spectrum in spectra) or _was_to_be_expected(
        ends_with[_SPECTRA:], begins_with[_SPECTRA:]
    )


def _was_to_be_expected(prediction: bytes, first: bytes) -> bool:
    if len(prediction) != PREDICTION.size or len(first) != FIRST.size:
        return False
    *values, error, steps_before = PREDICTION.unpack(prediction)
    *begin, steps_behind = FIRST.unpack(first)
    weights, end, count = values[:TAPS], values[TAPS:], len(begin)
    if _steps(end) < _TAPERED * steps_before or _steps(begin) < _TAPERED * min(steps_before, steps_behind):
        return False
    samples = [*end, *begin]
    misses = [samples[at + TAPS] - sum(map(mul, weights, samples[at : at + TAPS])) for at in range(count)]
    return math.hypot(*misses) <= _UNEXPECTED * float(error) * math.sqrt(count)


def _steps(samples: Sequence[float]) -> float:
    return math.hypot(*(after - before for before, after in pairwise(samples))) / math.sqrt(len(samples) - 1)
