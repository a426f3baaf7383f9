"""The bare kernels of an analysis on known passages: nothing but what produces the numbers, one process per core.

    python kernels.py WORKERS KERNEL... < SPANS

KERNEL is any of envelope, fingerprint, loudness, waveform, hashing; decoding alone is done without any. SPANS is JSON
of [path, [[first sample, end sample], ...]] per file. Written straight against PyAV and numpy, with none of the
pipeline's checks and books. Chromaprint alone is the pipeline's own, since no wheel carries another.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import av
import numpy as np
from numpy.typing import NDArray
from seams.audio import fingerprint

Spans = list[tuple[int, int]]

# Like the pipeline's: blocks of whole hops, and what fpcalc sets FFmpeg's resampler to.
BLOCK = 65_536
PCM_BLOCK = 16_384
READ_SIZE = 131_072
HOPS_PER_SECOND = 100
FINGERPRINT_RATE = 11_025
FINGERPRINT_SECONDS = 120
RESAMPLING = {"filter_size": "16", "phase_shift": "8", "linear_interp": "1", "cutoff": "0.8"}


@dataclass(frozen=True)
class Work:
    path: str
    spans: Spans
    kernels: frozenset[str]


class Graph:
    """What FFmpeg does for the kernels: float blocks, steps of 100 ms with their loudness, PCM of each span."""

    def __init__(self, first: av.AudioFrame, spans: Spans, kernels: frozenset[str]) -> None:
        rate = first.sample_rate
        self.hop = rate // HOPS_PER_SECOND
        self.block = BLOCK // self.hop * self.hop
        self._graph = graph = av.filter.Graph()
        graph.threads = 1
        self._source = graph.add(
            "abuffer",
            sample_rate=str(rate),
            sample_fmt=first.format.name,
            channel_layout=first.layout.name,
            time_base=f"1/{rate}",
        )
        fingerprinted = spans if "fingerprint" in kernels else []
        decoded = graph.add("asplit", str(1 + len(fingerprinted)))
        blocks = graph.add("asplit", "2" if "loudness" in kernels else "1")
        self._blocks, self._steps = graph.add("abuffersink"), None
        to_blocks = graph.add("asetnsamples", n=str(self.block), p="0")
        graph.link_nodes(
            self._source, decoded, graph.add("aformat", sample_fmts="fltp"), to_blocks, blocks, self._blocks
        )
        if "loudness" in kernels:
            self._steps, meter = graph.add("abuffersink"), graph.add("ebur128", metadata="1")
            blocks.link_to(meter, 1)
            meter.link_to(self._steps)
        self._pcm = []
        for output, (start, end) in enumerate(fingerprinted, start=1):
            until = min(end, start + FINGERPRINT_SECONDS * rate)
            trim = graph.add("atrim", start_sample=str(start), end_sample=str(until))
            to_pcm = graph.add("aformat", sample_fmts="s16", channel_layouts="mono", sample_rates=str(FINGERPRINT_RATE))
            self._pcm.append(graph.add("abuffersink"))
            decoded.link_to(trim, output)
            to_pcm_blocks = graph.add("asetnsamples", n=str(PCM_BLOCK), p="0")
            graph.link_nodes(trim, graph.add("aresample", **RESAMPLING), to_pcm, to_pcm_blocks, self._pcm[-1])
        graph.configure()

    def push(self, frame: av.AudioFrame | None) -> None:
        self._source.push(frame)

    def blocks(self) -> Iterator[list[NDArray[np.float32]]]:
        """Give the whole hops of each channel, shape (hops, samples)."""
        for frame in pulled(self._blocks):
            whole = frame.samples // self.hop * self.hop
            yield [np.frombuffer(plane, np.float32, whole).reshape(-1, self.hop) for plane in frame.planes]

    def loudness(self) -> Iterator[tuple[float, float]]:
        if self._steps is not None:
            for frame in pulled(self._steps):
                values = frame.metadata
                if "lavfi.r128.M" in values:
                    yield float(values["lavfi.r128.M"]), float(values["lavfi.r128.S"])

    def pcm(self) -> Iterator[tuple[int, bytes]]:
        for index, sink in enumerate(self._pcm):
            for frame in pulled(sink):
                yield index, bytes(frame.planes[0])[: 2 * frame.samples]


def pulled(sink: av.filter.context.FilterContext) -> Iterator[av.AudioFrame]:
    while True:
        try:
            yield sink.pull()
        except (BlockingIOError, EOFError):
            return


def analyse(work: Work) -> None:
    """Decode a file once and run the kernels on it; what they give is dropped."""
    file_hash, packet_hash = hashlib.blake2b(digest_size=32), hashlib.blake2b(digest_size=32)
    hashing = "hashing" in work.kernels
    if hashing:
        with open(work.path, "rb", buffering=0) as file:
            while data := file.read(READ_SIZE):
                file_hash.update(data)
    measured = Measured(work)
    with av.open(work.path, metadata_errors="replace", buffer_size=READ_SIZE) as container:
        stream = container.streams.best("audio")
        stream.codec_context.thread_count = 1
        for packet in container.demux(stream):
            if hashing:
                packet_hash.update(packet)
            for frame in packet.decode():
                measured.add(frame)
    measured.finish()


class Measured:
    """The kernels' results for one file."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._graph: Graph | None = None
        self._decode_only = not work.kernels - {"hashing"}
        self._waveform = "waveform" in work.kernels
        self._samples = self._waiting = 0
        self._envelope: list[NDArray[np.float32]] = []
        self._extrema: list[NDArray[np.float32]] = []
        self._loudness: list[tuple[float, float]] = []
        self._pcm: list[list[bytes]] = [[] for _ in work.spans]

    def add(self, frame: av.AudioFrame) -> None:
        if self._decode_only:
            return
        if self._graph is None:
            self._graph = Graph(frame, self._work.spans, self._work.kernels)
        frame.pts = self._samples
        self._samples += frame.samples
        self._waiting += frame.samples
        self._graph.push(frame)
        if self._waiting >= self._graph.block:
            self._waiting = 0
            self._measure(self._graph)

    def finish(self) -> None:
        if self._graph is not None:
            self._graph.push(None)
            self._measure(self._graph)
        for parts in self._pcm:
            if parts:
                fingerprint(np.frombuffer(b"".join(parts), np.int16))

    def _measure(self, graph: Graph) -> None:
        for block in graph.blocks():
            self._envelope.append(sum(np.vecdot(hops, hops) for hops in block) / (len(block) * graph.hop))
            if self._waveform:
                self._extrema.append(np.minimum.reduce([hops.min(axis=1) for hops in block]))
                self._extrema.append(np.maximum.reduce([hops.max(axis=1) for hops in block]))
        self._loudness += graph.loudness()
        for span, pcm in graph.pcm():
            self._pcm[span].append(pcm)


def main() -> None:
    workers, kernels = int(sys.argv[1]), frozenset(sys.argv[2:])
    files = [Work(path, spans, kernels) for path, spans in json.load(sys.stdin)]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for _ in pool.map(analyse, files):
            pass


if __name__ == "__main__":
    main()
