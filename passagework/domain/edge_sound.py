"""What is heard at an edge of a file that cuts through sound, so that two files can be compared. Pure.

A spectrum of the last, or first, 0.05 s and one of 0.2 s: the level of each of some bands, one byte in half dB below
full scale (:mod:`passagework.domain.stored_levels`).
"""

from typing import Final

WINDOWS: Final = (0.0464, 0.1858)
"""Seconds of the two spectra. The short one follows a slide, the long one survives a drum."""

BANDS: Final = 24
LOWEST_HZ, HIGHEST_HZ = 60.0, 12_000.0

_ALIKE: Final = 5.5
"""dB by which the bands of one of the two spectra differ on average at most.

At random places of 55 tracks, cut there, 93 % of the pairs are alike, and 3 % of the pairs of different tracks. Encoded
with MP3, AAC, Vorbis or Opus they are no less alike.
"""


def continues(ends_with: bytes, begins_with: bytes) -> bool:
    """Return whether what a file ends with goes on in what another one begins with."""
    if len(ends_with) != len(begins_with):
        return False
    off = [abs(one - other) for one, other in zip(ends_with, begins_with, strict=True)]
    spectra = [off[first : first + BANDS] for first in range(0, len(off), BANDS)]
    return any(sum(spectrum) <= 2 * _ALIKE * len(spectrum) for spectrum in spectra)
