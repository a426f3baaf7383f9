"""Read the frames that a filter graph has ready."""

from collections.abc import Iterator

import av
from av.filter.context import FilterContext


def frames_ready(sink: FilterContext) -> Iterator[av.AudioFrame]:
    """Yield the frames that an ``abuffersink`` holds."""
    while True:
        try:
            frame = sink.pull()
        except (BlockingIOError, EOFError):
            return
        assert isinstance(frame, av.AudioFrame)
        yield frame
