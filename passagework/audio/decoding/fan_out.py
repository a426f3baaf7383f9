"""Cut one decoded stream inside FFmpeg into blocks: as they were decoded, and to measure.

One push per decoded frame and one pull per block: Python code that runs for every frame would cost the most time.
"""

import math
from collections.abc import Callable
from typing import Final

import av

from passagework.audio.decoding.filter_sink import filters_of, frames_ready
from passagework.audio.decoding.frame_adapter import FrameAdapter
from passagework.audio.decoding.planes import channels_of, float_format
from passagework.audio.measure.envelope import Block
from passagework.audio.measure.k_weighting import ROW

_BLOCK: Final = 2**19
"""Approximate samples in a block, of all channels together: seconds, so that the overhead of numpy calls does not
matter. Twice or half as many are 3 to 15 % slower in stereo."""

_MULTIPLE: Final = 4
"""Hops of 10 ms that have a whole number of samples after resampling to 11,025 Hz, if the sample rate is a usual one.
Where resampling starts again after a pause, it keeps its step."""


class FanOut:
    """A filter graph for frames like ``kind``, with two outputs.

    ``on_block`` gets all samples in blocks of whole hops and whole rows of the K-weighting, only the last one may be
    shorter, and each block also as a frame like ``kind``. Frames of another kind are converted. Raises RefusedError if
    FFmpeg cannot handle ``kind``.
    """

    def __init__(self, kind: av.AudioFrame, hop: int, on_block: Callable[[Block, av.AudioFrame], None]) -> None:
        self._on_block = on_block
        whole = math.lcm(hop, ROW)
        fit = _BLOCK // (kind.layout.nb_channels * whole)
        self._block = (fit // _MULTIPLE * _MULTIPLE or max(1, fit)) * whole
        self._waiting = 0
        self._kind = kind
        self._adapter: FrameAdapter | None = None
        # Keep a reference: the graph owns the memory of its filter contexts.
        self._graph = av.filter.Graph()
        with filters_of(kind):
            self._build(kind)

    def push(self, frame: av.AudioFrame) -> None:
        """Process the next frame. Time is counted in samples: timestamps jump in damaged files."""
        if self._adapter is None:
            try:
                self._source.push(frame)
            except av.ArgumentError:
                # FFmpeg compares the kind of every frame anyway; doing it in Python would take a microsecond or two.
                self._adapter = FrameAdapter(self._kind)
            else:
                self._drain_after(frame.samples)
                return
        self._push_adapted(self._adapter.adapt(frame))

    def finish(self) -> int:
        """Flush the graph; return the number of damaged frames that were left out."""
        bad_frames = 0
        if self._adapter is not None:
            self._push_adapted(self._adapter.finish())
            bad_frames = self._adapter.bad_frames
        self._source.push(None)
        self._drain()
        return bad_frames

    def _push_adapted(self, frames: list[av.AudioFrame]) -> None:
        for frame in frames:
            self._source.push(frame)
            self._drain_after(frame.samples)

    def _drain_after(self, samples: int) -> None:
        self._waiting += samples
        if self._waiting >= self._block:
            self._waiting = 0
            self._drain()

    def _build(self, kind: av.AudioFrame) -> None:
        graph = self._graph
        graph.threads = 1
        self._source = graph.add(
            "abuffer",
            sample_rate=str(kind.sample_rate),
            sample_fmt=kind.format.name,
            channel_layout=kind.layout.name,
            time_base=f"1/{kind.sample_rate}",
        )
        to_blocks = graph.add("asetnsamples", n=str(self._block), p="0")
        self._decoded = graph.add("abuffersink")
        self._blocks = self._decoded
        needed = float_format(kind.layout.nb_channels)
        if kind.format.name == needed:
            graph.link_nodes(self._source, to_blocks, self._decoded)
        else:
            as_decoded, self._blocks = graph.add("asplit", "2"), graph.add("abuffersink")
            to_float = graph.add("aformat", sample_fmts=needed)
            graph.link_nodes(self._source, to_blocks, as_decoded, to_float, self._blocks)
            as_decoded.link_to(self._decoded, 1)
        graph.configure()

    def _drain(self) -> None:
        if self._blocks is self._decoded:
            for block in frames_ready(self._blocks):
                self._on_block(channels_of(block), block)
        else:
            for decoded, block in zip(frames_ready(self._decoded), frames_ready(self._blocks), strict=True):
                self._on_block(channels_of(block), decoded)
