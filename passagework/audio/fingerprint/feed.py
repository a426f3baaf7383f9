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
from passagework.domain.spans import Span

_FPCALC_RESAMPLING: Final = {"filter_size": "16", "phase_shift": "8", "linear_interp": "1", "cutoff": "0.8"}
"""FFmpeg's resampler settings in the ``fpcalc`` program (Chromaprint 1.5); others give other fingerprints."""

_PCM_BYTES: Final = 2

_LONGEST_GAP: Final = 200
"""Hops. So much of a longer gap is enough to know that it may be one."""

_DEPTH: Final = 20.0
"""dB. A gap is so far below the loudest block before it: as far as noise is below the file as a whole."""


class FingerprintFeed:
    """Receives the decoded blocks of a file, and writes to the spool the audio that fingerprints may need.

    The start of a passage is known only at the end, but before it is the start of the file, or a gap, which has nothing
    but clicks. Its fingerprint covers 120 s, and one for other bounds may begin later
    (:mod:`passagework.domain.other_bounds`). Audio further after the last possible start is skipped: a long piece of
    music is not resampled to its end. Nothing is resampled of a file that is too short for a fingerprint: blocks are
    held until it is known to be long enough.

    What is a gap depends on what follows. Where the music before a gap is not that much louder, its audio is skipped,
    and ``holds`` says so. ``everything``: skip nothing. ``difference``: of two channels take the
    difference, not the sum.
    """

    def __init__(
        self,
        spool: PcmSpool,
        hop: int,
        sample_rate: int,
        shortest_gap: float,
        *,
        everything: bool = False,
        difference: bool = False,
    ) -> None:
        self._spool = spool
        self._hop = hop
        self._sample_rate = sample_rate
        self._everything = everything
        self._difference = difference
        # Clicks are not more than a fifth of a gap. Before the file is nothing else.
        self._gap = max(1, min(round(shortest_gap * sample_rate / hop), _LONGEST_GAP))
        self._before = np.full(self._gap, -np.inf, np.float32)
        self._loudest = 0.0
        self._needed = -(-FINGERPRINT_SAMPLES * sample_rate // SAMPLE_RATE) + SHIFT_SECONDS * sample_rate
        # One hop more because the resampler rounds.
        self._reach = self._needed + hop
        self._needed_until = self._reach
        self._samples = 0
        self._resampler: _Resampler | None = None
        self._resampled: list[Span] = []
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

    def holds(self, span: Span) -> bool:
        """Whether the spool has all of a passage that its fingerprints need."""
        end = min(span.end, span.start + self._needed)
        return self._held is not None or any(one.start <= span.start and end <= one.end for one in self._resampled)

    def _add(self, block: av.AudioFrame, levels: NDArray[np.float32]) -> None:
        if self._everything:
            self._needed_until = self._samples + self._reach
        elif (last := self._last_in_gap(levels)) is not None:
            self._needed_until = self._samples + (last + 1) * self._hop + self._reach
        begin, self._samples = self._samples, self._samples + block.samples
        if begin >= self._needed_until:
            self.finish()
            return
        if self._resampler is None:
            self._spool.go_to(round(begin * SAMPLE_RATE / self._sample_rate))
            with filters_of(block):
                self._resampler = _Resampler(block, difference=self._difference)
            self._resampled.append(Span(begin, begin))
        self._resampler.resample(block, self._spool)
        self._resampled[-1] = Span(self._resampled[-1].start, self._samples)

    def _last_in_gap(self, levels: NDArray[np.float32]) -> int | None:
        """Return the last hop of a block that may be the last one before a passage."""
        self._loudest = max(self._loudest, float(np.mean(10.0 ** (levels / 10.0))))
        with np.errstate(divide="ignore"):
            loudest_silence = min(LOUDEST_SILENCE, 10.0 * float(np.log10(self._loudest)) - _DEPTH)
        every = np.concatenate([self._before, levels])
        self._before = every[-self._gap :]
        silent = every <= loudest_silence
        so_far = np.cumsum(silent, dtype=np.int32)
        in_gap = silent[self._gap :] & (5 * (so_far[self._gap :] - so_far[: -self._gap]) >= 4 * self._gap)
        return int(np.flatnonzero(in_gap)[-1]) if in_gap.any() else None


class _Resampler:
    """Converts blocks like ``kind`` to one channel of native 16-bit integers at 11,025 Hz."""

    def __init__(self, kind: av.AudioFrame, *, difference: bool) -> None:
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
        to_mono = [graph.add("pan", "mono|c0=0.5*c0-0.5*c1")] if difference else []
        graph.link_nodes(self._source, *to_mono, resample, to_pcm, self._sink)
        graph.configure()

    def resample(self, block: av.AudioFrame | None, spool: PcmSpool) -> None:
        if block is not None:
            block.pts = None
        self._source.push(block)
        for frame in frames_ready(self._sink):
            spool.add(bytes(memoryview(frame.planes[0])[: _PCM_BYTES * frame.samples]))
