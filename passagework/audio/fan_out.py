"""Fan one decoded stream out inside FFmpeg: blocks to measure, loudness, and PCM for the fingerprint.

One push per decoded frame and one pull per block: what is done in Python for every frame is what costs time.
"""

from collections.abc import Callable, Mapping
from typing import Final, cast

import av
from av.filter.context import FilterContext

from passagework.audio.envelope import Block
from passagework.audio.fingerprint_chroma import SAMPLE_RATE as PCM_RATE
from passagework.audio.refusal import RefusedError
from passagework.domain.failures import FailureCode

_BLOCK: Final = 65_536
"""Samples in a block, about: more than a second, so that the work of numpy outweighs its calls."""

_PCM_BLOCK: Final = 16_384
_PCM_BYTES: Final = 2

_FPCALC_RESAMPLING: Final = {"filter_size": "16", "phase_shift": "8", "linear_interp": "1", "cutoff": "0.8"}
"""How the ``fpcalc`` program (Chromaprint 1.5) sets FFmpeg's resampler; other settings give other fingerprints."""


class FanOut:
    """A filter graph for frames like the first one, and three readers of it.

    ``on_block`` gets all samples in blocks of whole hops, only the last one shorter. ``on_loudness`` gets what the
    ``ebur128`` filter says of each 100 ms. ``on_pcm``, if any, gets one channel of native 16 bit integers at
    11,025 Hz. Frames of another rate, format or number of channels (chained streams) are converted. Raises
    RefusedError where FFmpeg cannot handle the first frame.
    """

    def __init__(
        self,
        first: av.AudioFrame,
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
        self._kind = _kind(first)
        self._layout = first.layout
        self._converter: tuple[_Kind, av.AudioResampler] | None = None
        self._waiting = 0
        try:
            self._build(first)
        except av.FFmpegError as error:
            if isinstance(error, MemoryError):
                raise
            raise RefusedError(FailureCode.UNSUPPORTED, f"{first.layout.name} at {first.sample_rate} Hz") from error

    def push(self, frame: av.AudioFrame) -> None:
        """Take the next decoded frame."""
        if _kind(frame) != self._kind or self._converter is not None:
            for converted in self._convert(frame):
                self._push(converted)
        else:
            self._push(frame)

    def finish(self) -> None:
        """Hand on everything that is still inside."""
        for converted in self._flush_converter():
            self._push(converted)
        self._source.push(None)
        self._drain()

    def _build(self, first: av.AudioFrame) -> None:
        graph = av.filter.Graph()
        graph.threads = 1
        # The graph frees what its contexts point to.
        self._graph = graph
        self._source = graph.add(
            "abuffer",
            sample_rate=str(first.sample_rate),
            sample_fmt=first.format.name,
            channel_layout=first.layout.name,
            time_base=f"1/{first.sample_rate}",
        )
        outputs = 1 if self._on_pcm is None else 2
        as_decoded = graph.add("asplit", str(outputs))
        to_float = graph.add("aformat", sample_fmts="fltp")
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

    def _push(self, frame: av.AudioFrame) -> None:
        # Timestamps of damaged files jump; the samples are counted, not timed.
        frame.pts = None
        self._source.push(frame)
        self._waiting += frame.samples
        if self._waiting >= self._block:
            self._waiting = 0
            self._drain()

    def _drain(self) -> None:
        while (frame := _pull(self._blocks)) is not None:
            self._on_block(cast("Block", frame.to_ndarray()))
        while (frame := _pull(self._loudness)) is not None:
            self._on_loudness(frame.metadata)
        if self._on_pcm is not None:
            while (frame := _pull(self._pcm)) is not None:
                self._on_pcm(bytes(frame.planes[0])[: _PCM_BYTES * frame.samples])

    def _convert(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        kind = _kind(frame)
        if self._converter is not None and self._converter[0] == kind:
            return self._converter[1].resample(frame)
        rest = self._flush_converter()
        if kind == self._kind:
            return [*rest, frame]
        rate, sample_format, _ = self._kind
        converter = av.AudioResampler(format=sample_format, layout=self._layout, rate=rate)
        self._converter = (kind, converter)
        frame.pts = None
        return [*rest, *converter.resample(frame)]

    def _flush_converter(self) -> list[av.AudioFrame]:
        if self._converter is None:
            return []
        _, converter = self._converter
        self._converter = None
        return converter.resample(None)


_Kind = tuple[int, str, int]


def _kind(frame: av.AudioFrame) -> _Kind:
    """Give what must not change within a filter graph."""
    return frame.sample_rate, frame.format.name, frame.layout.nb_channels


def _pull(sink: FilterContext) -> av.AudioFrame | None:
    try:
        frame = sink.pull()
    except (BlockingIOError, EOFError):
        return None
    assert isinstance(frame, av.AudioFrame)
    return frame
