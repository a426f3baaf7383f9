"""Describe a passage by what was heard of it, chunk by chunk."""

from collections import defaultdict
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor import keys, rhythm, spectrum, tempo
from passagework.domain.flavor.shares import Mean, rounded
from passagework.domain.flavor.sound import FRAMES, Sound
from passagework.domain.flavor.timbre import NAMES as TIMBRES
from passagework.domain.flavor.timbre import Moments, codeword_shares, shapes
from passagework.domain.flavor.values import Flavor, FlavorLevel
from passagework.domain.flavor.vectors import pack_rhythm, pack_timbre

GROUPS: Final = MappingProxyType(
    {
        "tempo": tempo.NAMES,
        "pulse": ("beat", "no beat"),
        "key": keys.KEYS,
        "mode": ("major", "minor"),
        "pitch": keys.NOTES,
        "spectrum": spectrum.RANGES,
        "dynamics": spectrum.STEPS,
        "rhythm": rhythm.RHYTHMS,
        "timbre": TIMBRES,
    }
)
"""The members of each group, in their order."""

_SHORTEST: Final = 1.0
"""Seconds of sound below which nothing is said."""


class Description:
    """Adds up what the parts of one passage are like. All is a mean over time: parts can be put together."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._rate = 0.0
        self._means: dict[str, Mean] = defaultdict(Mean)
        self._moments = Moments()

    def add(self, sound: Sound) -> None:
        """Count the next chunk, which begins on a window."""
        seconds = sound.seconds
        if seconds <= 0.0:
            return
        self._rate = sound.rate
        self.seconds += seconds
        of_frames = shapes(sound)
        self._moments.add(of_frames)
        self._means["timbre"].add(codeword_shares(of_frames), seconds)
        self._means["spectrum"].add(spectrum.spectra(sound), seconds)
        by_slot = sound.levels[sound.heard.reshape(-1, FRAMES).any(axis=1)]
        self._means["dynamics"].add(spectrum.dynamics(by_slot), len(by_slot))
        pitched = sound.pitches.any(axis=1)
        if pitched.any():
            self._means["pitch"].add(keys.notes(sound.pitches[pitched].mean(axis=0)), float(np.count_nonzero(pitched)))
        for window in sound.windows():
            self._add_window(window)

    def _add_window(self, window: Sound) -> None:
        if (seconds := window.seconds) <= 0.0:
            return
        repeated = tempo.repetition(window)
        pattern = rhythm.pattern(window)
        beat = tempo.beat(repeated, window.rate)
        self._means["repetition"].add(repeated, seconds)
        self._means["tempo"].add(tempo.shares(repeated, window.rate), seconds)
        self._means["pulse"].add(np.array((beat, 1 - beat)), seconds)
        self._means["pattern"].add(pattern, seconds)
        self._means["rhythm"].add(rhythm.rhythms(pattern), seconds)
        if (changes := rhythm.changes(window)) is not None:
            self._means["changes"].add(changes, seconds)
        if window.pitches.any():
            key = keys.key_shares(keys.notes(window.pitches.mean(axis=0)))
            self._means["key"].add(key, seconds)
            self._means["mode"].add(key.reshape(2, -1).sum(axis=1), seconds)

    def finish(self) -> Flavor | None:
        """Return the flavor of the whole, or None if too little was heard."""
        gaussian = self._moments.finish()
        if self.seconds < _SHORTEST or gaussian is None:
            return None
        found = {name: mean.finish() for name, mean in self._means.items()}
        pattern, changes = found.get("pattern"), found.get("changes")
        return Flavor(
            level=FlavorLevel.BASIC,
            groups=tuple((name, rounded(members, found[name])) for name, members in GROUPS.items() if name in found),
            seconds=round(self.seconds, 2),
            tempo=None if "repetition" not in found else _tempo(found["repetition"], self._rate),
            timbre=pack_timbre(*gaussian),
            rhythm=None if pattern is None or changes is None else pack_rhythm(pattern, changes),
        )


def _tempo(repeated: NDArray[np.float64], rate: float) -> float | None:
    found = tempo.bpm(repeated, rate)
    return None if found is None else round(found, 1)
