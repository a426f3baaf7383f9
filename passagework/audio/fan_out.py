"""Fan one decoded stream out inside FFmpeg: blocks to measure, loudness, and PCM for the fingerprint.

One push per decoded frame and one pull per block: what is done in Python for every frame is what costs time.
"""

from collections.abc import Callable, Mapping
from typing import Final

import av
from av.filter.context import FilterContext

from passagework.audio.envelope import Block
from passagework.audio.fingerprint_chroma import SAMPLE_RATE as PCM_RATE
from passagework.audio.frame_adapter import FrameAdapter
from passagework.audio.planes import channels_of, float_format
from passagework.audio.refusal import RefusedError
from passagework.domain.failures import FailureCode

_BLOCK: Final = 65_536
"""Samples in a block, about: more than a second, so that the work of numpy outweighs its calls."""

_PCM_BLOCK: Final = 16_384
_PCM_BYTES: Final = 2

_FPCALC_RESAMPLING: Final = {"filter_size": "16", "phase_shift": "8", "linear_interp": "1", "cutoff": "0.8"}
"""How the ``fpcalc`` program (Chromaprint 1.5) sets FFmpeg's resampler; other settings give other fingerprints."""


class FanOut:
    """A filter graph for frames like ``kind``, and three readers of it.

    ``on_block`` gets all samples in blocks of whole hops, only the last one shorter. ``on_loudness`` gets what the
    ``ebur128`` filter says of each 100 ms. ``on_pcm``, if any, gets one channel of native 16 bit integers at
    11,025 Hz. Frames of another kind are converted. Raises RefusedError where FFmpeg cannot handle ``kind``.
    """

    def __init__(
        self,
        kind: av.AudioFrame,
        hop: int,
        *,
        on_block: Callable[[Block], None],
        on_loudness: Callable[[Mapping[str, str]], None],
        on_pcm: Callable[[bytes], None] | None,
    ) -> None:
        self._on_block = on_block
        self._on_loudness = on_loudness
        self._on_pcm = on_pcm
        self._block = max(1, _BLOCK // hop) * hop
        self._waiting = 0
        self._kind = kind
        self._adapter: FrameAdapter | None = None
        try:
            self._build(kind)
        except av.FFmpegError as error:
            if isinstance(error, MemoryError):
                raise
            raise RefusedError(FailureCode.UNSUPPORTED, f"{kind.layout.name} at {kind.sample_rate} Hz") from error

    def push(self, frame: av.AudioFrame) -> None:
        """Take the next frame. Its timestamp is removed: those of damaged files jump, so samples are counted."""
        frame.pts = None
        if self._adapter is None:
            try:
                self._source.push(frame)
            except av.ArgumentError:
                # FFmpeg compares the kind of every frame anyway; from Python it would take a microsecond or two.
                self._adapter = FrameAdapter(self._kind)
            else:
                self._drain_after(frame.samples)
                return
        self._push_adapted(self._adapter.adapt(frame))

    def finish(self) -> int:
        """Hand on everything that is still inside; give the number of frames that were left out as damaged."""
        bad_frames = 0
        if self._adapter is not None:
            self._push_adapted(self._adapter.finish())
            bad_frames = self._adapter.bad_frames
        self._source.push(None)
        self._drain()
        return bad_frames

    def _push_adapted(self, frames: list[av.AudioFrame]) -> None:
        for frame in frames:
            frame.pts = None
            self._source.push(frame)
            self._drain_after(frame.samples)

    def _drain_after(self, samples: int) -> None:
        self._waiting += samples
        if self._waiting >= self._block:
            self._waiting = 0
            self._drain()

    def _build(self, kind: av.AudioFrame) -> None:
        # The graph owns what its filter contexts point to.
        self._graph = graph = av.filter.Graph()
        graph.threads = 1
        self._source = graph.add(
            "abuffer",
            sample_rate=str(kind.sample_rate),
            sample_fmt=kind.format.name,
            channel_layout=kind.layout.name,
            time_base=f"1/{kind.sample_rate}",
        )
        as_decoded = graph.add("asplit", "1" if self._on_pcm is None else "2")
        to_float = graph.add("aformat", sample_fmts=float_format(kind.layout.nb_channels))
        to_blocks = graph.add("asetnsamples", n=str(self._block), p="0")
        blocks = graph.add("asplit", "2")
        loudness = graph.add("ebur128", metadata="1")
        self._blocks, self._loudness = graph.add("abuffersink"), graph.add("abuffersink")
        graph.link_nodes(self._source, as_decoded, to_float, to_blocks, blocks, loudness, self._loudness)
        blocks.link_to(self._blocks, 1)
        if self._on_pcm is not None:
            resample = graph.add("aresample", **_FPCALC_RESAMPLING)
            to_pcm = graph.add("aformat", sample_fmts="s16", channel_layouts="mono", sample_rates=str(PCM_RATE))
            to_pcm_blocks = graph.add("asetnsamples", n=str(_PCM_BLOCK), p="0")
            self._pcm = graph.add("abuffersink")
            as_decoded.link_to(resample, 1)
            graph.link_nodes(resample, to_pcm, to_pcm_blocks, self._pcm)
        graph.configure()

    def _drain(self) -> None:
        while (frame := _pull(self._blocks)) is not None:
            self._on_block(channels_of(frame))
        while (frame := _pull(self._loudness)) is not None:
            self._on_loudness(frame.metadata)
        if self._on_pcm is not None:
            while (frame := _pull(self._pcm)) is not None:
                self._on_pcm(bytes(memoryview(frame.planes[0])[: _PCM_BYTES * frame.samples]))


def _pull(sink: FilterContext) -> av.AudioFrame | None:
    try:
        frame = sink.pull()
    except (BlockingIOError, EOFError):
        return None
    assert isinstance(frame, av.AudioFrame)
    return frame
