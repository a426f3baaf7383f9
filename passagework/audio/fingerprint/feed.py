"""Resample the audio that fingerprints may need: the audio after each possible start of a passage."""

from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from passagework.audio.decoding.filter_sink import filters_of, frames_ready
from passagework.audio.fingerprint import FINGERPRINT_SAMPLES, SHORTEST_SAMPLES
from passagework.audio.fingerprint.chroma import SAMPLE_RATE
from passagework.audio.fingerprint.pcm_spool import PcmSpool
from passagework.domain.other_bounds import SHIFT_SECONDS
from passagework.domain.segmentation import LOUDEST_SILENCE

_FPCALC_RESAMPLING: Final = {"filter_size": "16", "phase_shift": "8", "linear_interp": "1", "cutoff": "0.8"}
"""FFmpeg's resampler settings in the ``fpcalc`` program (Chromaprint 1.5); others give other fingerprints."""

_PCM_BYTES: Final = 2

_LONGEST_GAP: Final = 200
"""Hops. So much of a longer gap is enough to know that it may be one."""


class FingerprintFeed:
    """Receives the decoded blocks of a file, and writes to the spool the audio that fingerprints may need.

    The start of a passage is known only at the end, but before it is the start of the file, or a gap, of which nothing
    but clicks is above ``LOUDEST_SILENCE`` (:func:`passagework.domain.segmentation.find_cuts`). Its fingerprint covers
    120 s, and one for other bounds may begin later (:mod:`passagework.domain.other_bounds`). Audio further after the
    last possible start is skipped: a long piece of music is not resampled to its end. Nothing is resampled of a file
    that is too short for a fingerprint: blocks are held until it is known to be long enough.
    """

    def __init__(self, spool: PcmSpool, hop: int, sample_rate: int, shortest_gap: float) -> None:
        self._spool = spool
        self._hop = hop
        self._sample_rate = sample_rate
        # Clicks are not more than a fifth of a gap. Before the file is nothing else.
        self._gap = max(1, min(round(shortest_gap * sample_rate / hop), _LONGEST_GAP))
        self._before = np.ones(self._gap, np.bool_)
        # The end of a fingerprint that begins later, plus one hop because the resampler rounds.
        self._reach = -(-FINGERPRINT_SAMPLES * sample_rate // SAMPLE_RATE) + SHIFT_SECONDS * sample_rate + hop
        self._needed_until = self._reach
        self._samples = 0
        self._resampler: _Resampler | None = None
        self._held: list[tuple[av.AudioFrame, NDArray[np.float32]]] | None = []

    def add(self, block: av.AudioFrame, levels: NDArray[np.float32]) -> None:
        """Process the next block, which begins on a hop, and the weighted levels of its hops. Raises RefusedError."""
        if self._held is None:
            self._add(block, levels)
            return
        self._held.append((block, levels))
        # One sample less, because lengths are rounded.
        if sum(held.samples for held, _ in self._held) * SAMPLE_RATE >= (SHORTEST_SAMPLES - 1) * self._sample_rate:
            held, self._held = self._held, None
            for of_file in held:
                self._add(*of_file)

    def finish(self) -> None:
        """Flush the resampler."""
        if self._resampler is not None:
            self._resampler.resample(None, self._spool)
            self._resampler = None

    def _add(self, block: av.AudioFrame, levels: NDArray[np.float32]) -> None:
        silent = np.concatenate([self._before, levels <= LOUDEST_SILENCE])
        self._before = silent[-self._gap :]
        silent_so_far = np.cumsum(silent, dtype=np.int32)
        in_gap = silent[self._gap :] & (5 * (silent_so_far[self._gap :] - silent_so_far[: -self._gap]) >= 4 * self._gap)
        if in_gap.any():
            last = int(np.flatnonzero(in_gap)[-1])
            self._needed_until = self._samples + (last + 1) * self._hop + self._reach
        if self._samples >= self._needed_until:
            self.finish()
        else:
            if self._resampler is None:
                self._spool.go_to(round(self._samples * SAMPLE_RATE / self._sample_rate))
                with filters_of(block):
                    self._resampler = _Resampler(block)
            self._resampler.resample(block, self._spool)
        self._samples += block.samples


class _Resampler:
    """Converts blocks like ``kind`` to one channel of native 16-bit integers at 11,025 Hz."""

    def __init__(self, kind: av.AudioFrame) -> None:
        # Keep a reference: the graph owns the memory of its filter contexts.
        self._graph = av.filter.Graph()
        graph = self._graph
        graph.threads = 1
        self._source = graph.add(
            "abuffer",
            sample_rate=str(kind.sample_rate),
            sample_fmt=kind.format.name,
            channel_layout=kind.layout.name,
            time_base=f"1/{kind.sample_rate}",
        )
        resample = graph.add("aresample", **_FPCALC_RESAMPLING)
        to_pcm = graph.add("aformat", sample_fmts="s16", channel_layouts="mono", sample_rates=str(SAMPLE_RATE))
        self._sink = graph.add("abuffersink")
        graph.link_nodes(self._source, resample, to_pcm, self._sink)
        graph.configure()

    def resample(self, block: av.AudioFrame | None, spool: PcmSpool) -> None:
        if block is not None:
            block.pts = None
        self._source.push(block)
        for frame in frames_ready(self._sink):
            spool.add(bytes(memoryview(frame.planes[0])[: _PCM_BYTES * frame.samples]))
