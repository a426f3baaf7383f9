"""A picture beside the music, as in usual album folders; an import ignores it."""

from pathlib import Path
from typing import Final

import av
import numpy as np

_SIDE: Final = 300


def write_cover(path: Path) -> None:
    """Write a sunrise as a JPEG of 300 x 300 pixels."""
    down, across = np.mgrid[0:_SIDE, 0:_SIDE] / _SIDE
    glow = np.clip(1.2 - 2.0 * np.hypot(down - 0.7, across - 0.5), 0.0, 1.0)
    sky = np.stack((80 + 170 * glow, 60 + 120 * glow, 120 - 60 * glow), axis=-1)
    sky[down > 0.7] = (40, 50, 45)  # noqa: PLR2004 - where the sun stands is the horizon
    picture = av.VideoFrame.from_ndarray(sky.astype(np.uint8), "rgb24").reformat(format="yuvj420p")
    with av.open(str(path), "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", width=_SIDE, height=_SIDE, pix_fmt="yuvj420p")
        assert isinstance(stream, av.VideoStream)
        for frame in (picture, None):
            container.mux(stream.encode(frame))
