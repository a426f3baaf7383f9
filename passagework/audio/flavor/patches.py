"""Keep patches of a file for the nets until its passages are known."""

import math
from bisect import bisect_left, bisect_right
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.flavor.log_mel import PATCH_SAMPLES, SAMPLE_RATE
from passagework.audio.flavor.resampling import resampler_for
from passagework.audio.measure.envelope import Block, hop_length, without_invalid
from passagework.audio.scratch import scratch_file
from passagework.domain.segmentation import LOUDEST_SILENCE
from passagework.domain.spans import Span

SHORTEST_SECONDS: Final = 12
"""Nothing is said of shorter passages."""

FEWEST, MOST = 4, 12
"""Patches of a passage; with fewer than four, what the nets hear says half as much. Short passages may have fewer."""

_SECONDS_PER_PATCH: Final = 30

_EVERY: Final = 10
"""Seconds: so often a patch is kept."""

_THIRDS: Final = 3
"""So many times as often where a passage may have begun, which may be a short one."""

_MAY_BE_SHORT: Final = 40
"""Seconds behind such a place. With a patch every 10 s a longer passage has enough."""

_GAP_HOPS: Final = 30
"""Of 10 ms: so long a passage is preceded by silence."""

_DEPTH: Final = 20.0
"""dB. Silence is so far below the loudest block before it."""

_LEVEL: Final = -14.0
"""dBFS. The nets depend on the level, so passages have one and the same."""

_FAINTEST: Final = 1e-5
"""RMS. What is fainter than that is nothing to be raised and heard."""

_CANCELLED: Final = 0.02
"""Of the power of a channel: if the mean of all has less, they cancel each other, and the first is taken instead."""

_IN_MEMORY: Final = 16 * 2**20
"""Bytes: half an hour. More goes to an anonymous file, so memory does not depend on the length."""

_FULL: Final = 32_767
_LEAST_SCALE: Final = 1e-20
"""For digital silence."""

_SAMPLE_BYTES: Final = 2
_PATCH_BYTES: Final = _SAMPLE_BYTES * PATCH_SAMPLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Patches:
    """What the nets are given of a passage: shape (patches, PATCH_SAMPLES), raised by ``gain`` dB."""

    samples: NDArray[np.float32]
    gain: float


class PatchSpool:
    """Receives the decoded blocks of a file, and keeps patches of 3 s as 16-bit integers at 16 kHz, one channel.

    There is one every 10 s, and three where a passage may have begun less than 40 s before. Each has a scale of its
    own, so nothing is lost of faint ones. Holds some seconds of the file; the temporary file is closed with the spool.
    """

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._hop = hop_length(sample_rate)
        self._resample = resampler_for(sample_rate)
        self._samples = 0
        self._tail = np.zeros((2, self._resample.before), np.float32)
        self._third = 0
        self._held: list[NDArray[np.float32]] = []
        self._missing = 0
        self._silent = np.zeros(_GAP_HOPS, np.bool_)
        self._loudest = 0.0
        self._last_gap = 0
        self._starts: list[int] = []
        self._scales: list[float] = []
        self._file: BinaryIO = BytesIO()
        self._scratch = ExitStack()

    def close(self) -> None:
        """Free the memory and the disk space."""
        self._file = BytesIO()
        self._scratch.close()

    def add(self, block: Block, levels: NDArray[np.float32]) -> None:
        """Process the next block, which begins on a hop, and the weighted levels of its hops. OSError: a full disk."""
        begin, end = self._samples, self._samples + block[0].size
        gaps = self._gaps(levels)
        first = begin
        while True:
            if not self._missing:
                start = self._next_start(gaps, end)
                if start is None:
                    break
                self._starts.append(start)
                self._missing = self._resample.needed
                first = start - self._resample.before
            self._hold(block, first - begin)
            if self._missing:
                break
            self._keep()
        before = self._resample.before
        self._tail = np.hstack([self._tail[:, -before:], _mixed(block, max(0, end - begin - before))])[:, -before:]
        self._samples = end

    def finish(self) -> None:
        """Keep the last patch, behind which nothing more comes."""
        if self._missing:
            self._held.append(np.zeros((2, self._missing), np.float32))
            self._missing = 0
            self._keep()

    def patches_of(self, span: Span) -> Patches | None:
        """Return patches spread over a passage, wholly inside of it, or None where it is too short, or too faint.

        ``span`` counts samples of the file. Patches are raised together, to the level that the nets get of every
        passage.
        """
        seconds = (span.end - span.start) / self._sample_rate
        covered = -(-PATCH_SAMPLES * self._sample_rate // SAMPLE_RATE)
        inside = range(bisect_left(self._starts, span.start), bisect_right(self._starts, span.end - covered))
        if seconds < SHORTEST_SECONDS or not inside:
            return None
        wanted = max(FEWEST, min(MOST, round(seconds / _SECONDS_PER_PATCH)))
        middles = np.array([self._starts[number] for number in inside]) - span.start + covered / 2
        chosen = [inside[number] for number in _spread(middles / (span.end - span.start), wanted)]
        samples = np.stack([self._read(number) for number in chosen])
        level = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))
        if level < _FAINTEST:
            return None
        gain = _LEVEL - 20 * math.log10(level)
        return Patches(samples=samples * np.float32(10 ** (gain / 20)), gain=gain)

    def _gaps(self, levels: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the last gap before a block, and the hops of it that end a gap, as samples of the file."""
        self._loudest = max(self._loudest, float(np.mean(10.0 ** (levels / 10.0))))
        with np.errstate(divide="ignore"):
            loudest_silence = min(LOUDEST_SILENCE, 10.0 * float(np.log10(self._loudest)) - _DEPTH)
        every = np.concatenate([self._silent, levels <= loudest_silence])
        self._silent = every[-_GAP_HOPS:]
        so_far = np.cumsum(every, dtype=np.int32)
        ends = np.flatnonzero(so_far[_GAP_HOPS:] - so_far[:-_GAP_HOPS] == _GAP_HOPS) + 1
        gaps = np.concatenate([[self._last_gap], self._samples + ends * self._hop])
        self._last_gap = int(gaps[-1])
        return gaps

    def _next_start(self, gaps: NDArray[np.int64], end: int) -> int | None:
        """Return where the next patch begins, or None if that is behind ``end``."""
        while (start := self._third * _EVERY * self._sample_rate // _THIRDS) < end:
            self._third += 1
            gap = gaps[np.searchsorted(gaps, start, "right") - 1]
            if (self._third - 1) % _THIRDS == 0 or start - gap < _MAY_BE_SHORT * self._sample_rate:
                return start
        return None

    def _hold(self, block: Block, first: int) -> None:
        """Hold samples of a block for a patch, from ``first`` on, which may be some before it."""
        parts = [self._tail[:, first:]] if first < 0 else []
        first = max(0, first)
        missing = self._missing - sum(part.shape[1] for part in parts)
        parts.append(_mixed(block, first, first + missing))
        self._held.extend(parts)
        self._missing = missing - parts[-1].shape[1]

    def _keep(self) -> None:
        """Write the patch of what is held."""
        mean, first = np.hstack(self._held)
        self._held = []
        cancelled = np.vdot(mean, mean) < _CANCELLED * np.vdot(first, first)
        patch = self._resample(first if cancelled else mean)
        scale = max(_LEAST_SCALE, float(np.abs(patch).max()) / _FULL)
        at = len(self._scales) * _PATCH_BYTES
        if isinstance(self._file, BytesIO) and at + _PATCH_BYTES > _IN_MEMORY:
            self._move_to_disk(self._file)
        self._file.seek(at)
        self._file.write(np.rint(patch / scale).astype(np.int16).tobytes())
        self._scales.append(scale)

    def _read(self, number: int) -> NDArray[np.float32]:
        self._file.seek(number * _PATCH_BYTES)
        return np.frombuffer(self._file.read(_PATCH_BYTES), np.int16) * np.float32(self._scales[number])

    def _move_to_disk(self, memory: BytesIO) -> None:
        self._file = self._scratch.enter_context(scratch_file())
        self._file.write(memory.getbuffer())


def _mixed(block: Block, first: int, end: int | None = None) -> NDArray[np.float32]:
    """Return the mean of the channels of a part of a block, and the first of them."""
    channels, _ = without_invalid(tuple(channel[first:end] for channel in block))
    return np.stack([np.mean(channels, axis=0, dtype=np.float32), channels[0]])


def _spread(places: NDArray[np.float64], wanted: int) -> list[int]:
    """Choose places that are spread evenly from 0 to 1, in their order; all, if there are not more than wanted."""
    left = list(range(places.size))
    if len(left) <= wanted:
        return left
    chosen = []
    for place in (np.arange(wanted) + 0.5) / wanted:
        nearest = min(left, key=lambda number: abs(float(places[number]) - float(place)))
        left.remove(nearest)
        chosen.append(nearest)
    return sorted(chosen)
