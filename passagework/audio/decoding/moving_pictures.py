"""Tell a video from music whose cover is stored as one, as programs do that convert music with its cover."""

from contextlib import closing
from statistics import median
from typing import Final

import av
from av.stream import Disposition

from passagework.audio.decoding.input import open_input
from passagework.audio.decoding.stream import DECODER_ERRORS
from passagework.audio.measure.hashing import HashingFile

_SECONDS_OF_A_PICTURE: Final = 10
"""A cover has one picture, an audio book one for each chapter, and a video many a second."""

_LOOKED_AT: Final = 500
"""So many pictures show whether they move."""

_STILL: Final = 100
"""Where a cover is repeated all the time, most pictures have less than one of so many parts of the bytes of the largest
one, since nothing changes: 1/180 to 1/440 with x264 and libtheora. A test pattern in motion has 1/20 to 1/60."""


def is_video(file: HashingFile, container_name: str, *, named_audio: bool) -> bool:
    """Tell whether the pictures of a file move: whether they are more than one, and more than one in ten seconds.

    Of a file with the name of audio they must also differ from one another. Pictures that are declared to be attached
    are none of a video. Reads until that is clear: the beginning of a video, and all of a file of music. Decodes
    nothing. What cannot be read is no video.
    """
    sizes: list[int] = []
    try:
        with closing(open_input(file, container_name)) as container:
            most = 1 + (container.duration or 0) // (_SECONDS_OF_A_PICTURE * av.time_base)
            looked_at = max(most, _LOOKED_AT) if named_audio else most
            streams = [one for one in container.streams.video if not one.disposition & Disposition.attached_pic]
            for packet in container.demux(streams) if streams else ():
                sizes += [packet.size] if packet.size else []
                if len(sizes) > looked_at:
                    break
    except DECODER_ERRORS:
        file.raise_error()
    else:
        return len(sizes) > most and not (named_audio and median(sizes) * _STILL < max(sizes))
    return False
