"""Keep what was heard of each slot until the passages are known."""

from contextlib import ExitStack
from io import BytesIO
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.scratch import scratch_file
from passagework.domain.flavor.sound import BANDS, FRAMES, PITCHES

_IN_MEMORY: Final = 16 * 2**20
"""Bytes: more than two hours. More goes to an anonymous file, so memory does not depend on the length."""

_LEVELS: Final = FRAMES * BANDS
SLOT_BYTES: Final = _LEVELS + PITCHES

Bytes = NDArray[np.uint8]


class SlotSpool:
    """Levels of bands and shares of pitches by slot, one byte each. The temporary file is closed with the spool."""

    def __init__(self) -> None:
        self._file: BinaryIO = BytesIO()
        self._scratch = ExitStack()
        self.slots = 0

    def close(self) -> None:
        """Free the memory and the disk space."""
        self._file = BytesIO()
        self._scratch.close()

    def add(self, levels: Bytes, pitches: Bytes) -> None:
        """Append slots: levels of shape (slots * FRAMES, BANDS), pitches of shape (slots, PITCHES)."""
        slots = np.concatenate([levels.reshape(-1, _LEVELS), pitches], axis=1)
        if isinstance(self._file, BytesIO) and self._file.tell() + slots.nbytes > _IN_MEMORY:
            memory, self._file = self._file, self._scratch.enter_context(scratch_file())
            self._file.write(memory.getbuffer())
        self._file.write(slots.tobytes())
        self.slots += len(slots)

    def read(self, start: int, end: int) -> tuple[Bytes, Bytes]:
        """Return levels and pitches, as they were added, of the slots from ``start`` to before ``end``."""
        self._file.seek(start * SLOT_BYTES)
        slots = np.frombuffer(self._file.read((end - start) * SLOT_BYTES), np.uint8).reshape(-1, SLOT_BYTES)
        return slots[:, :_LEVELS].reshape(-1, BANDS), slots[:, _LEVELS:]
