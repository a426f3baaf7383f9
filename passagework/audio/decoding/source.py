"""What an analysis reads: decoded audio, whoever decodes it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Protocol

import av

from passagework.audio.measure.hashing import HashingFile
from passagework.domain.given_cuts import GivenCuts


class AudioSource(Protocol):
    """The audio of a file. Call ``frames`` or ``skip_all`` once; the counts and the hash are valid after it.

    ``decoder`` names what decodes, None: FFmpeg. ``codec`` is FFmpeg's name of the codec, ``declared_seconds`` the
    length that the file declares, None if there is no reliable one. ``link_starts``: where complete streams begin that
    stand one behind the other, in seconds; none if there is one.
    """

    bad_packets: int
    packet_bytes: int

    @property
    def codec(self) -> str: ...  # noqa: D102 - see above

    @property
    def decoder(self) -> str | None: ...  # noqa: D102

    @property
    def declared_seconds(self) -> Fraction | None: ...  # noqa: D102

    @property
    def link_starts(self) -> tuple[Fraction, ...]: ...  # noqa: D102

    def chapters(self) -> GivenCuts | None:
        """Return the chapters that the container has, as far as what opens it can read them; None: none."""

    def audio_hash(self) -> bytes:
        """Return the hash of the audio, which other tags leave as it is."""

    def frames(self) -> Iterator[av.AudioFrame]:
        """Decode everything that can be decoded. Raises OSError if the operating system cannot read."""

    def skip_all(self) -> None:
        """Read and hash the audio, instead of ``frames``."""


OpenSource = Callable[[HashingFile, str], AbstractContextManager[AudioSource]]
"""Opens the audio of a file in a container (:func:`passagework.audio.sniff.sniff`) for the duration of a block."""
