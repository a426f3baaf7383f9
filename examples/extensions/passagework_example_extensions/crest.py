"""A measured value: how far the peaks of a passage lie above its mean level (the crest factor), in dB."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from passagework.extensions import AudioOfFile

_SLOTS_PER_SECOND = 10
_SILENCE = 1e-10


class CrestMeter:
    """Keeps the energy and the peak of each tenth of a second, so memory grows by 160 bytes per second of audio."""

    def __init__(self, audio: AudioOfFile) -> None:
        self._slot = max(1, audio.sample_rate // _SLOTS_PER_SECOND)
        self._left: NDArray[np.float32] = np.empty(0, np.float32)
        self._energies: list[float] = []
        self._peaks: list[float] = []

    def add(self, block: tuple[NDArray[np.float32], ...]) -> None:
        """Take the next samples; what does not fill a tenth of a second waits for the next ones."""
        mono = np.concatenate((self._left, np.mean(block, axis=0)))
        whole = mono.size // self._slot * self._slot
        slots = mono[:whole].reshape(-1, self._slot)
        self._left = mono[whole:].astype(np.float32)
        self._energies += np.mean(np.square(slots), axis=1).tolist()
        self._peaks += np.max(np.abs(slots), axis=1, initial=0.0).tolist()

    def values(self, start: int, end: int) -> Mapping[str, float | str | None]:
        """Return the crest factor and a word for it; nothing of what is silent."""
        first, last = start // self._slot, max(start // self._slot + 1, end // self._slot)
        energy = float(np.mean(self._energies[first:last] or [0.0]))
        peak = max(self._peaks[first:last], default=0.0)
        if energy < _SILENCE:
            return {}
        crest = 20 * float(np.log10(peak)) - 10 * float(np.log10(energy))
        return {"crest_db": round(crest, 2), "dynamics": "wide" if crest > 15 else "narrow"}  # noqa: PLR2004 - a taste
