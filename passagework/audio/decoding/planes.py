"""The samples of a decoded frame as numpy arrays."""

from typing import Final

import av
import numpy as np

from passagework.audio.measure.envelope import Block

MOST_PLANES: Final = 7
"""PyAV (18.1) counts the planes of a frame up to a null pointer, which is missing from 8 planes on."""


def float_format(channels: int) -> str:
    """Name FFmpeg's sample format that :func:`channels_of` needs for this number of channels."""
    return "fltp" if channels <= MOST_PLANES else "flt"


def channels_of(frame: av.AudioFrame) -> Block:
    """Return the channels of a frame of floating point samples, views of its memory where they can be."""
    if frame.format.is_planar:
        return tuple(np.frombuffer(memoryview(plane), np.float32, frame.samples) for plane in frame.planes)
    channels = frame.layout.nb_channels
    packed = np.frombuffer(memoryview(frame.planes[0]), np.float32, frame.samples * channels)
    return tuple(np.ascontiguousarray(packed[channel::channels]) for channel in range(channels))
