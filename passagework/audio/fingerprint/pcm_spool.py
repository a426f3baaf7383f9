"""Keep the PCM for the fingerprints until the passages are known."""

from contextlib import ExitStack
from io import BytesIO
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.fingerprint import FINGERPRINT_SAMPLES
from passagework.audio.fingerprint.chroma import SAMPLE_RATE
from passagework.audio.scratch import scratch_file
from passagework.domain.spans import Span

_IN_MEMORY: Final = 32 * 2**20
"""Bytes: 25 minutes. Longer PCM goes to an anonymous file, so memory does not depend on the length."""


_SAMPLE_BYTES: Final = 2


class PcmSpool:
    """PCM by its position in the file, one channel of 16 bits at 11,025 Hz, zero where it was skipped.

    The temporary file is closed with the spool.
    """

    def __init__(self) -> None:
        self._file: BinaryIO = BytesIO()
        self._scratch = ExitStack()

    def close(self) -> None:
        """Free the memory and the disk space."""
        self._file = BytesIO()
        self._scratch.close()

    def go_to(self, sample: int) -> None:
        """Skip to a sample; it must not be before the end of the PCM added so far."""
        self._file.seek(_SAMPLE_BYTES * sample)

    def add(self, pcm: bytes) -> None:
        """Append PCM in native byte order."""
        if isinstance(self._file, BytesIO) and self._file.tell() + len(pcm) > _IN_MEMORY:
            self._move_to_disk(self._file)
        self._file.write(pcm)

    def passage(self, span: Span, sample_rate: int) -> NDArray[np.int16]:
        """Read the PCM for the fingerprint of a passage. ``span`` counts samples at ``sample_rate``."""
        start, end = (round(edge * SAMPLE_RATE / sample_rate) for edge in (span.start, span.end))
        self._file.seek(_SAMPLE_BYTES * start)
        return np.frombuffer(self._file.read(_SAMPLE_BYTES * min(end - start, FINGERPRINT_SAMPLES)), np.int16)

    def _move_to_disk(self, memory: BytesIO) -> None:
        self._file = self._scratch.enter_context(scratch_file())
        self._file.write(memory.getbuffer())
        self._file.seek(memory.tell())
