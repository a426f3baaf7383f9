"""Open a container with FFmpeg: from an open file, with the one demuxer of what was recognised."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Final

import av
import numpy as np

from passagework.audio.decoding.demuxers import demuxer_of, limits_of
from passagework.audio.decoding.opening import opened
from passagework.audio.decoding.refusal import RefusedError
from passagework.audio.decoding.visible import show
from passagework.audio.frame_sync import find_frames
from passagework.audio.measure.hashing import HashingFile
from passagework.audio.sniff import sniff_behind_tags
from passagework.audio.tags.bounded_reader import BoundedReader
from passagework.domain.failures import FailureCode

_READ_SIZE: Final = 131_072
_MAGIC_BYTES: Final = 8

_PROBED_BYTES: Final = 131_072
"""As much of a WAV file with integers FFmpeg holds against all its demuxers, again and again: it may contain DTS."""

_DTS_BEGINS: Final = (0x0180FE7F, 0x80017FFE, 0x00E8FF1F, 0xE8001FFF)
"""How frames of DTS begin, read as little-endian numbers of 32 bits: in words of 16 or 14 bits, in both byte orders
(ETSI TS 102 114)."""

_RAISES_ON_TAGS: Final = int(av.__version__.partition(".")[0]) < 19  # noqa: PLR2004
"""Up to version 18, PyAV raises an error for tags that are no UTF-8, unless told otherwise; from 19 on, never."""


def open_input(file: HashingFile, name: str) -> av.container.InputContainer:
    """Open a file in the container ``name`` (:func:`passagework.audio.sniff.sniff`).

    Raises RefusedError if that cannot be, otherwise what PyAV raises on damaged files.
    """
    head = file.peek(0, _MAGIC_BYTES)
    if not head:
        raise RefusedError(FailureCode.DAMAGED, "nothing follows its tags")
    demuxer = demuxer_of(name, head)
    if demuxer is None:
        raise RefusedError(FailureCode.UNSUPPORTED, f"no demuxer for {name}")
    open_: Callable[..., av.container.InputContainer] = av.open
    if _RAISES_ON_TAGS:
        open_ = partial(av.open, metadata_errors="replace")
    options = limits_of(demuxer)
    if name == "wav" and not _may_hide_frames(file.peek(0, _PROBED_BYTES)):
        options["max_probe_packets"] = "0"
    return open_(file, "r", format=demuxer, container_options=options, buffer_size=_READ_SIZE)


def _may_hide_frames(head: bytes) -> bool:
    """Tell whether what a WAV file says are integers may be frames of a codec, as on DTS CDs.

    It saves more than a millisecond to know. FFmpeg looks at the first packet in any case.
    """
    audio = head[head.find(b"data") + 8 :]
    for at in (0, 2):
        begins = np.frombuffer(audio[at : at + (len(audio) - at) // 4 * 4], "<u4")
        if any((begins == begin).any() for begin in _DTS_BEGINS):
            return True
    return find_frames(audio) is not None


@contextmanager
def opened_input(path: bytes) -> Iterator[av.container.InputContainer]:
    """Open a file by its path for the duration of the block, with the same care as the analysis does.

    Raises RefusedError, OSError, and what PyAV raises on damaged files.
    """
    with opened(path) as file:
        with BoundedReader(file.descriptor, file.stamp.size) as reader:
            found = sniff_behind_tags(reader)
            if found is None:
                raise RefusedError(FailureCode.NOT_AUDIO)
            cover = show(reader, found, file.stamp.size).cover
        hashing = HashingFile(file.descriptor, file.stamp.size, cover)
        with closing(open_input(hashing, found.container)) as container:
            yield container
