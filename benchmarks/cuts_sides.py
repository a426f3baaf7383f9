"""Sides with a known truth: pieces of music with gaps between them, over the noise of a transfer.

Pieces are excerpts of real tracks with sharp edges, or made here: music, and what rules of silence take for noise (a
count-in, a clock, hats, a drum solo, claps, final hits, speech). All is two channels at 44,100 Hz.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 44_100
Samples = NDArray[np.float32]
"""Shape (samples, 2); full scale is 1.0."""

_EDGE: Final = 0.005
"""Seconds in which an excerpt is faded in and out, so that a cut makes no click."""


@dataclass(frozen=True, slots=True)
class Noise:
    """What a transfer adds: RMS levels in dBFS, None for nothing; clicks a second; a constant as a share of 1."""

    hiss: float | None = None
    pink: float | None = None
    hum: float | None = None
    rumble: float | None = None
    clicks: float = 0.0
    constant: float = 0.0

    def over(self, length: int, seed: int) -> Samples:
        """Make so many samples of it."""
        rng = np.random.default_rng(seed)
        made = np.full((length, 2), self.constant, np.float32)
        for level, spectrum in ((self.hiss, _white), (self.pink, _pink), (self.rumble, _rumble)):
            if level is not None:
                for channel in (0, 1):
                    made[:, channel] += at_level(_shaped(rng, length, spectrum), level)
        if self.hum is not None:
            times = np.arange(length) / RATE
            tone = sum(share * np.sin(2 * np.pi * 50 * n * times) for n, share in ((1, 1.0), (2, 0.3), (3, 0.2)))
            made += at_level(tone, self.hum)[:, None]
        for _ in range(rng.poisson(self.clicks * length / RATE)):
            at, size = int(rng.integers(0, max(1, length - 90))), int(rng.integers(8, 80))
            shape = rng.standard_normal(size) * np.exp(-np.arange(size) / (size / 4))
            made[at : at + size] += (amplitude(rng.uniform(-36, -8)) * shape / np.abs(shape).max())[:, None]
        return made


@dataclass(frozen=True, slots=True)
class Side:
    """One file, and where its pieces begin and end, in samples. ``gaps``: between them, in seconds."""

    name: str
    samples: Samples
    pieces: tuple[tuple[int, int], ...]

    @property
    def gaps(self) -> tuple[float, ...]:
        """The seconds between neighbours."""
        return tuple((after[0] - before[1]) / RATE for before, after in zip(self.pieces, self.pieces[1:], strict=False))


def side(
    name: str, pieces: Sequence[Samples], gaps: Sequence[float], noise: Noise, *, seed: int, edge: float = 2.0
) -> Side:
    """Lay pieces one after the other, with ``edge`` seconds before the first and after the last one."""
    at = round(edge * RATE)
    bounds = []
    for piece, gap in zip(pieces, (*gaps, edge), strict=True):
        bounds.append((at, at + len(piece)))
        at += len(piece) + round(gap * RATE)
    samples = noise.over(at, seed)
    for piece, (start, end) in zip(pieces, bounds, strict=True):
        samples[start:end] += piece
    return Side(name, np.clip(samples, -1.0, 1.0), tuple(bounds))


def amplitude(level: float) -> float:
    """Convert dB to a factor."""
    return float(10.0 ** (level / 20.0))


def at_level(mono: NDArray[np.float64], level: float) -> Samples:
    """Give one channel an RMS in dBFS."""
    power = float(np.sqrt(np.mean(np.square(mono)))) or 1.0
    return (mono * (amplitude(level) / power)).astype(np.float32)


def excerpt(track: Samples, start: float, seconds: float) -> Samples:
    """Cut a stretch out of a track."""
    first = round(start * RATE)
    cut = track[first : first + round(seconds * RATE)].copy()
    fade = np.linspace(0, 1, round(_EDGE * RATE), dtype=np.float32)[:, None]
    cut[: len(fade)] *= fade
    cut[-len(fade) :] *= fade[::-1]
    return cut


def both(mono: Samples) -> Samples:
    """Give both channels the same."""
    return np.repeat(mono[:, None], 2, axis=1)


def music(seconds: float, level: float = -18.0, *, seed: int = 1, beat: float = 0.5) -> Samples:
    """Chords that are struck with every beat and die away."""
    rng = np.random.default_rng(seed)
    made = np.zeros(round(seconds * RATE))
    for start in range(0, made.size, round(beat * RATE)):
        times = np.arange(min(made.size - start, round(1.05 * beat * RATE))) / RATE
        root = 110 * 2 ** (rng.integers(0, 24) / 12)
        tones = sum(np.sin(2 * np.pi * root * k * h * times) / h for k in (1, 1.26, 1.5) for h in (1, 2, 3, 4))
        made[start : start + times.size] += tones * np.exp(-1.5 * times) * np.minimum(1, times / 0.005)
    return both(at_level(made, level))


def strokes(
    seconds: float, times: Sequence[float], *, length: float, level: float, seed: int = 1, tail: float = 5.0
) -> Samples:
    """Strokes of noise at these times: ``level`` is that of their first 10 ms, ``length`` that of their decay by 60 dB.

    The strokes themselves end ``tail`` decays after their beginning, in digital silence.
    """
    rng = np.random.default_rng(seed)
    made = np.zeros(round(seconds * RATE))
    for time in times:
        start = round(time * RATE)
        span = np.arange(min(made.size - start, round(length * tail * RATE))) / RATE
        made[start : start + span.size] += rng.standard_normal(span.size) * 10 ** (-3 * span / length)
    return both((amplitude(level) * made).astype(np.float32))


def speech(seconds: float, level: float = -22.0, *, seed: int = 1) -> Samples:
    """Syllables of coloured noise, each as long and as loud as it comes, with breaths between some."""
    rng = np.random.default_rng(seed)
    length = round(seconds * RATE)
    loudness = np.zeros(length)
    at = 0.0
    while at < seconds:
        syllable = rng.uniform(0.08, 0.3)
        loudness[round(at * RATE) : round((at + syllable) * RATE)] = amplitude(rng.uniform(-12, 0))
        at += syllable + (rng.uniform(0.3, 0.8) if rng.random() < 0.15 else rng.uniform(0.04, 0.15))
    return both(at_level(_shaped(rng, length, _voice) * loudness, level))


def _shaped(rng: np.random.Generator, length: int, spectrum: object) -> NDArray[np.float64]:
    """Make noise of a spectrum, in stretches of 2**19 samples that are joined by crossfades."""
    stretch, cross = 2**19, 2**12
    made = np.zeros(length + stretch)
    fade = np.sin(np.linspace(0, np.pi / 2, cross))
    frequencies = np.fft.rfftfreq(stretch, 1 / RATE)
    gains = spectrum(frequencies)  # type: ignore[operator]  # one of the functions below
    for start in range(0, length, stretch - cross):
        part = np.fft.irfft(np.fft.rfft(rng.standard_normal(stretch)) * gains, stretch)
        part[:cross] *= fade if start else 1.0
        part[-cross:] *= fade[::-1]
        made[start : start + stretch] += part
    return made[:length]


def _white(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.ones_like(frequencies)


def _pink(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / np.sqrt(np.maximum(frequencies, 10.0))


def _rumble(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Between 4 and 40 Hz, most of it at 10 Hz."""
    return np.exp(-(np.log(np.maximum(frequencies, 0.1) / 10) ** 2)) * ((frequencies > 4) & (frequencies < 40))


def _voice(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + (frequencies / 500) ** 2) * (frequencies > 90)
