"""Keys: to which of the 24 the pitches of a stretch of music fit."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.sound import PITCHES

NOTES: Final = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MAJORS: Final = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINORS: Final = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
KEYS: Final = (*(f"{note} major" for note in _MAJORS), *(f"{note} minor" for note in _MINORS))
"""Each by the name with the fewest signs."""

_MAJOR: Final = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
_MINOR: Final = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
"""How often each note is played above the keynote: Albrecht and Shanahan, Music Perception 31 (2013)."""

_SHARPNESS: Final = 10.0

_THIRD_PARTIAL: Final = 0.24
"""Of what sounds, how much may be one."""

_EVEN: Final = 1e-9


def notes(pitches: NDArray[np.floating]) -> NDArray[np.float64]:
    """Gather thirds of semitones into the 12 notes."""
    thirds = np.asarray(pitches, np.float64)
    each = PITCHES // 12
    return np.asarray(np.roll(thirds, each // 2).reshape(12, each).sum(axis=1))


def _profiles() -> NDArray[np.float64]:
    rows = [np.roll(profile, note) for profile in (_MAJOR, _MINOR) for note in range(12)]
    centred = np.array(rows) - np.mean(rows, axis=1, keepdims=True)
    return np.asarray(centred / np.linalg.norm(centred, axis=1, keepdims=True))


_PROFILES: Final = _profiles()


def key_shares(notes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return shares of the 24 keys of a stretch of music, from those of its notes."""
    # The third partial of a note sounds a twelfth above it.
    likely = notes + _THIRD_PARTIAL * np.roll(notes, -7)
    centred = likely - likely.mean()
    length = float(np.linalg.norm(centred))
    if length <= _EVEN:
        return np.full(24, 1 / 24)
    sharp = np.exp(_SHARPNESS * (_PROFILES @ centred / length))
    return np.asarray(sharp / sharp.sum())
