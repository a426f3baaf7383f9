"""Describe a passage by what was heard of it, chunk by chunk."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor import keys, rhythm, spectrum, tempo
from passagework.domain.flavor.shares import Mean, rounded
from passagework.domain.flavor.sound import FRAMES, Sound
from passagework.domain.flavor.timbre import Moments, shapes
from passagework.domain.flavor.values import Flavor, FlavorLevel, Members
from passagework.domain.flavor.vectors import pack, pack_timbre

_SHORTEST: Final = 1.0
"""Seconds of sound below which nothing is said."""


class Description:
    """Adds up what the parts of one passage are like. All is a mean over time: parts can be put together."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._spectrum, self._dynamics, self._notes = Mean(), Mean(), Mean()
        self._tempo, self._pulse, self._rhythm, self._key = Mean(), Mean(), Mean(), Mean()
        self._repetition, self._pattern = Mean(), Mean()
        self._moments = Moments()
        self._rate = 0.0

    def add(self, sound: Sound) -> None:
        """Count the next chunk, which begins on a window."""
        seconds = sound.seconds
        if seconds <= 0.0:
            return
        self._rate = sound.rate
        self.seconds += seconds
        self._moments.add(shapes(sound))
        self._spectrum.add(spectrum.spectra(sound), seconds)
        by_slot = sound.levels[sound.heard.reshape(-1, FRAMES).any(axis=1)]
        self._dynamics.add(spectrum.dynamics(by_slot), seconds)
        pitched = sound.pitches.sum(axis=1) > 0
        if pitched.any():
            self._notes.add(keys.notes(sound.pitches[pitched].mean(axis=0)), float(np.count_nonzero(pitched)))
        for window in sound.windows():
            self._add_window(window)

    def _add_window(self, window: Sound) -> None:
        seconds = window.seconds
        rises = rhythm.onsets(window)
        repeated = tempo.repetition(rises)
        moving = rhythm.pattern(rises)
        self._repetition.add(repeated, seconds)
        self._pattern.add(moving, seconds)
        self._rhythm.add(rhythm.rhythms(moving), seconds)
        self._tempo.add(tempo.shares(repeated, window.rate), seconds)
        clear = tempo.clear(repeated, window.rate)
        self._pulse.add(np.array((clear, 1 - clear)), seconds)
        if (pitches := window.pitches.mean(axis=0)).any():
            self._key.add(keys.key_shares(keys.notes(pitches)), seconds)

    def finish(self) -> Flavor | None:
        """Return the flavor of the whole, or None if too little was heard."""
        gaussian = self._moments.finish()
        if self.seconds < _SHORTEST or gaussian is None:
            return None
        repeated, pattern = self._repetition.finish(), self._pattern.finish()
        return Flavor(
            level=FlavorLevel.BASIC,
            groups=tuple(self._groups()),
            seconds=round(self.seconds, 2),
            tempo=None if repeated is None else _tempo(repeated, self._rate),
            timbre=pack_timbre(*gaussian),
            rhythm=None if pattern is None else pack(pattern),
        )

    def _groups(self) -> list[tuple[str, Members]]:
        key = self._key.finish()
        modes = None if key is None else key.reshape(2, 12).sum(axis=1)
        named: tuple[tuple[str, tuple[str, ...], NDArray[np.float64] | None], ...] = (
            ("tempo", tempo.names(), self._tempo.finish()),
            ("pulse", ("beat", "no beat"), self._pulse.finish()),
            ("key", keys.KEYS, key),
            ("mode", ("major", "minor"), modes),
            ("pitch", keys.NOTES, self._notes.finish()),
            ("spectrum", spectrum.RANGES, self._spectrum.finish()),
            ("dynamics", spectrum.STEPS, self._dynamics.finish()),
            ("rhythm", rhythm.RHYTHMS, self._rhythm.finish()),
        )
        return [(name, rounded(members, shares)) for name, members, shares in named if shares is not None]


def _tempo(repeated: NDArray[np.float64], rate: float) -> float | None:
    found = tempo.bpm(repeated, rate)
    return None if found is None else round(found, 1)
