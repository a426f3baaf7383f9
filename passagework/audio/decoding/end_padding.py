"""Cut off what an encoder added at the end to fill its last frame."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

import av

from passagework.audio.decoding.planes import MOST_PLANES

_LONGEST_PADDING: Final = 4_096
"""Samples: two frames of HE-AAC. If there is more, the declared length is wrong and nothing is cut."""


def without_end_padding(frames: Iterable[av.AudioFrame], declared_seconds: Fraction) -> Iterator[av.AudioFrame]:
    """Yield the frames up to the declared length, or all of them if they go far beyond it."""
    left: int | None = None
    held: list[av.AudioFrame] = []
    held_samples = 0
    for frame in frames:
        if left is None:
            left = round(declared_seconds * frame.sample_rate)
        if held_samples > _LONGEST_PADDING or left >= frame.samples:
            left -= frame.samples
            yield frame
            continue
        inside, beyond = _split(frame, left)
        left = 0
        yield from inside
        held += beyond
        held_samples += sum(part.samples for part in beyond)
        if held_samples > _LONGEST_PADDING:
            yield from held


def _split(frame: av.AudioFrame, samples: int) -> tuple[list[av.AudioFrame], list[av.AudioFrame]]:
    """Split a frame after its first ``samples``; an empty part is left out."""
    if samples <= 0:
        return [], [frame]
    if frame.layout.nb_channels > MOST_PLANES:
        return [frame], []
    columns = samples * (1 if frame.format.is_planar else frame.layout.nb_channels)
    array = frame.to_ndarray()
    parts = []
    for part in (array[:, :columns], array[:, columns:]):
        copy = av.AudioFrame.from_ndarray(part.copy(), frame.format.name, frame.layout.name)
        copy.sample_rate = frame.sample_rate
        parts.append(copy)
    return parts[:1], parts[1:]
