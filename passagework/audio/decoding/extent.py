"""How far the audio of a file goes, where its header or what stands behind it would mislead a decoder."""

from dataclasses import dataclass

from passagework.domain.failures import WarningCode

Patch = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Extent:
    """Where the audio ends (None: at the end of the file), and where the file does, without padding.

    ``patches`` are the right lengths, in place of those that the file has at an offset.
    """

    audio_end: int | None = None
    file_end: int | None = None
    patches: tuple[Patch, ...] = ()
    warnings: frozenset[WarningCode] = frozenset()


AS_IT_IS = Extent()
