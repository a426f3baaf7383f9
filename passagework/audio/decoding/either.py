"""The audio of a file with whichever decoder takes it."""

from contextlib import ExitStack

from passagework.audio.decoding.refusal import RefusedError
from passagework.audio.decoding.second_decoder import may_read, open_with_second
from passagework.audio.decoding.source import AudioSource
from passagework.audio.decoding.stream import open_audio
from passagework.audio.measure.hashing import HashingFile


def enter_audio(stack: ExitStack, file: HashingFile, container: str) -> AudioSource:
    """Open the audio of a file until the stack is closed. Raises RefusedError if neither decoder takes it."""
    try:
        return stack.enter_context(open_audio(file, container))
    except RefusedError as refused:
        if not may_read(refused, container):
            raise
        file.seek(0)
        return stack.enter_context(open_with_second(file, container))
