"""What all filter graphs need: refuse what FFmpeg cannot filter, and read the frames that are ready."""

from collections.abc import Iterator
from contextlib import contextmanager

import av
from av.filter.context import FilterContext

from passagework.audio.decoding.refusal import RefusedError
from passagework.domain.failures import FailureCode


@contextmanager
def filters_of(kind: av.AudioFrame) -> Iterator[None]:
    """Raise RefusedError if FFmpeg cannot build in this block the filters for frames like ``kind``."""
    try:
        yield
    except av.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
        raise RefusedError(FailureCode.UNSUPPORTED, f"{kind.layout.name} at {kind.sample_rate} Hz") from error


def frames_ready(sink: FilterContext) -> Iterator[av.AudioFrame]:
    """Yield the frames that an ``abuffersink`` holds."""
    while True:
        try:
            frame = sink.pull()
        except (BlockingIOError, EOFError):
            return
        assert isinstance(frame, av.AudioFrame)
        yield frame
