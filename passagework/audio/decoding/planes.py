"""The channels of decoded frames: their samples as numpy arrays, and what they count in loudness."""

from typing import Final

import av
import numpy as np

from passagework.audio.measure.envelope import Block

MOST_PLANES: Final = 7
"""PyAV (18.1) counts the planes of a frame up to a null pointer, which is missing from 8 planes on."""

_BASS: Final = frozenset({"LFE", "LFE2"})
_AROUND: Final = frozenset({"BL", "BC", "BR", "SL", "SR", "TBL", "TBC", "TBR", "SDL", "SDR"})
"""FFmpeg's names of channels behind and beside the listener."""

_UNNAMED: Final = {
    5: av.AudioLayout("5.0"),
    6: av.AudioLayout("5.1"),
    7: av.AudioLayout("6.1"),
    8: av.AudioLayout("7.1"),
}
"""What players take so many channels for where a file does not name them (FFmpeg's defaults). Of three or four none can
be taken for bass or surround: they may be 2.1, 3.0, 3.1, 4.0 or quad."""

_NO_NAME: Final = "NONE"

_WEIGHT_AROUND: Final = 1.41
"""ITU-R BS.1770-5, annex 1, table 3: +1.5 dB."""


def loudness_weights(layout: av.AudioLayout) -> tuple[float, ...]:
    """Return how much the energy of each channel counts in loudness, with the usual ones where a file names none."""
    if all(channel.name == _NO_NAME for channel in layout.channels):
        layout = _UNNAMED.get(layout.nb_channels, layout)
    return tuple(
        0.0 if channel.name in _BASS else _WEIGHT_AROUND if channel.name in _AROUND else 1.0
        for channel in layout.channels
    )


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
