"""Convert the frames of a stream that changes its format (chained streams, mode switches) to one kind."""

import av


class FrameAdapter:
    """Converts frames to the sample rate, sample format and channel layout of ``kind``.

    Damage can look like a change of format: frames that cannot be converted are left out and counted in ``bad_frames``.
    """

    def __init__(self, kind: av.AudioFrame) -> None:
        self.bad_frames = 0
        self._kind = kind
        self._last = kind
        self._converter: av.AudioResampler | None = None

    def adapt(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        """Convert the next frame; samples buffered from earlier frames come first."""
        rest: list[av.AudioFrame] = []
        if not _alike(frame, self._last):
            rest = self.finish()
            self._last = frame
        if _alike(frame, self._kind):
            return [*rest, frame]
        if self._converter is None:
            self._converter = av.AudioResampler(self._kind.format, self._kind.layout, self._kind.sample_rate)
        try:
            return [*rest, *self._converter.resample(frame)]
        except av.FFmpegError:
            self._converter = None
            self.bad_frames += 1
            return rest

    def finish(self) -> list[av.AudioFrame]:
        """Return what is held back."""
        converter, self._converter = self._converter, None
        return [] if converter is None else converter.resample(None)


def _alike(frame: av.AudioFrame, other: av.AudioFrame) -> bool:
    return (
        frame.sample_rate == other.sample_rate
        and frame.format.name == other.format.name
        and frame.layout == other.layout
    )
