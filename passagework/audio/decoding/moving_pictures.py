"""Tell a video from music whose cover is stored as one, as programs do that convert music with its cover."""

from contextlib import closing
from typing import Final

import av

from passagework.audio.decoding.input import open_input
from passagework.audio.decoding.stream import DECODER_ERRORS
from passagework.audio.measure.hashing import HashingFile

_SECONDS_OF_A_PICTURE: Final = 10
"""A cover has one picture, an audio book one for each chapter, and a video many a second."""


def is_video(file: HashingFile, container_name: str) -> bool:
    """Tell whether the pictures of a file move: whether they are more than one, and more than one in ten seconds.

    Reads until that is clear: the beginning of a video, and all of a file of music. Decodes nothing. What cannot be
    read is no video.
    """
    pictures = 0
    try:
        with closing(open_input(file, container_name)) as container:
            most = 1 + (container.duration or 0) // (_SECONDS_OF_A_PICTURE * av.time_base)
            for packet in container.demux(container.streams.video):
                pictures += packet.size > 0
                if pictures > most:
                    return True
    except DECODER_ERRORS:
        file.raise_error()
    return False
