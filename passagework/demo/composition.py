"""Small pieces of music from a seed: plucked chords, a melody, bass and percussion over a chord progression."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from passagework.demo.synthesis import Samples, amplitude, fade_in, fade_out

_Wave = npt.NDArray[np.float32]

_PEAK: Final = -3.0
"""dBFS of the loudest sample, which leaves headroom for overshoots of lossy encoders."""

_ATTACK: Final = 0.004
"""Seconds of a note's attack: no click, and still a start that is exact to one hop of 10 ms."""

_END: Final = 0.01
"""Seconds of the release of the last chord, so that a piece ends abruptly at its last sample."""

_HELD: Final = -15.0
"""Decibels by which the last chord decays while it is held."""

_PROGRESSIONS: Final = (
    (0, 4, 5, 3),
    (0, 5, 3, 4),
    (0, 3, 4, 3),
    (0, 2, 3, 4),
    (5, 3, 0, 4),
    (0, 5, 1, 4),
)
"""Progressions: degrees of the scale, one chord per bar, each leading back to its beginning."""

_SCALES: Final = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10))
"""Semitones of major, natural minor and Dorian."""

_FIGURES: Final = (
    (0, 1, 2, 3, 2, 1, 2, 1),
    (0, 2, 1, 2, 3, 2, 1, 2),
    (0, 1, 2, 1, 3, 1, 2, 1),
    (3, 2, 1, 0, 1, 2, 3, 2),
)
"""Which note of the broken chord sounds on each eighth of a bar."""


@dataclass(frozen=True, slots=True)
class _Style:
    """The properties that a seed decides: ``root`` is a MIDI note, ``eighth`` a length in samples."""

    root: int
    scale: tuple[int, ...]
    progression: tuple[int, ...]
    figure: tuple[int, ...]
    eighth: int
    brightness: float

    def pitch(self, degree: int, octave: int = 0) -> int:
        """Return the MIDI note of a degree of the scale."""
        octaves, step = divmod(degree, len(self.scale))
        return self.root + self.scale[step] + 12 * (octave + octaves)


def compose(length: int, sample_rate: int, seed: int) -> Samples:
    """Compose a stereo piece that sounds from its first to its last sample and peaks at -3 dBFS.

    Equal arguments give equal samples; another seed gives another piece. The level of every 10 ms is at least -60 dBFS,
    also at the end of the held last chord.
    """
    random = np.random.default_rng(seed)
    style = _Style(
        root=int(random.integers(45, 57)),
        scale=_SCALES[int(random.integers(len(_SCALES)))],
        progression=_PROGRESSIONS[int(random.integers(len(_PROGRESSIONS)))],
        figure=_FIGURES[int(random.integers(len(_FIGURES)))],
        eighth=round(sample_rate * 30.0 / random.uniform(84.0, 126.0)),
        brightness=float(random.uniform(0.35, 0.65)),
    )
    band = _Band(length, sample_rate, style, random)
    bar = 8 * style.eighth
    last = max(0, length // bar - 1) * bar
    for index, start in enumerate(range(0, last, bar)):
        band.play_bar(start, style.progression[index % len(style.progression)], full=index > 1)
    band.hold(last, style.progression[0])
    mix = band.mix
    mix *= np.float32(amplitude(_PEAK) / max(np.abs(mix).max(initial=0.0), 1e-9))
    edge = min(round(_END * sample_rate), length)
    return fade_out(fade_in(mix, min(round(_ATTACK * sample_rate), length)), edge)


class _Band:
    """The instruments, playing into one stereo mix."""

    def __init__(self, length: int, sample_rate: int, style: _Style, random: np.random.Generator) -> None:
        self.mix: Samples = np.zeros((length, 2), np.float32)
        self._rate = sample_rate
        self._style = style
        self._random = random
        self._plucks: dict[int, _Wave] = {}
        self._basses: dict[int, _Wave] = {}
        self._pads: dict[int, _Wave] = {}
        self._kick = self._make_kick()
        self._brush = self._make_brush()
        self._melody_degree = 4

    def play_bar(self, start: int, degree: int, *, full: bool) -> None:
        """Play one bar on the chord of ``degree``; ``full`` adds bass, percussion and melody to the broken chord."""
        style, eighth = self._style, self._style.eighth
        chord = [style.pitch(degree + third) for third in (0, 2, 4, 7)]
        for pitch in chord[:3]:
            self._add(start, self._pad(pitch), 0.1, 0.0)
        for step, tone in enumerate(style.figure):
            self._add(start + step * eighth, self._pluck(chord[tone] + 12), 0.3, 0.5 - tone / 3)
        if not full:
            return
        for step in (0, 3, 6):
            self._add(start + step * eighth, self._bass(style.pitch(degree, -1)), 0.5, 0.0)
        for step in (0, 4):
            self._add(start + step * eighth, self._kick, 0.6, 0.0)
        for step in range(1, 8, 2):
            self._add(start + step * eighth, self._brush, 0.12, 0.3)
        self._sing(start, degree)

    def hold(self, start: int, degree: int) -> None:
        """Play the last chord at ``start`` and let it decay to the end of the piece."""
        time = self._time((len(self.mix) - start) / self._rate)
        decay = np.geomspace(1.0, amplitude(_HELD), len(time), dtype=np.float32)
        for third in (0, 2, 4, 7):
            pitch = self._style.pitch(degree + third)
            self._add(start, self._pluck(pitch + 12), 0.4, 0.0)
            self._add(start, _harmonics(_hertz(pitch), time, 0.3) * decay, 0.15, 0.0)
        self._add(start, self._bass(self._style.pitch(degree, -1)), 0.5, 0.0)

    def _sing(self, start: int, degree: int) -> None:
        """Play a melody in steps, with notes of the chord on strong beats."""
        for step in (0, 2, 3, 4, 6):
            if self._random.random() < 0.25:  # noqa: PLR2004 - one note in four is a rest
                continue
            self._melody_degree = int(np.clip(self._melody_degree + self._random.integers(-2, 3), 0, 7))
            if step in (0, 4):
                self._melody_degree = degree + 2 * round((self._melody_degree - degree) / 2)
            note = self._pluck(self._style.pitch(self._melody_degree, 2))
            self._add(start + step * self._style.eighth, note, 0.35, -0.2)

    def _add(self, start: int, wave: _Wave, gain: float, pan: float) -> None:
        """Mix a mono wave in at ``start``; ``pan`` goes from -1 (left) to 1 (right) with constant power."""
        heard = wave[: max(0, len(self.mix) - start)]
        angle = (pan + 1.0) * np.pi / 4.0
        for channel, share in enumerate((np.cos(angle), np.sin(angle))):
            self.mix[start : start + len(heard), channel] += np.float32(gain * share) * heard

    def _time(self, seconds: float) -> _Wave:
        return np.arange(round(seconds * self._rate), dtype=np.float32) / np.float32(self._rate)

    def _pluck(self, pitch: int) -> _Wave:
        """Return a plucked string: higher harmonics decay faster."""
        if pitch not in self._plucks:
            time, frequency = self._time(1.6), _hertz(pitch)
            wave = np.zeros_like(time)
            for harmonic in range(1, 7):
                if frequency * harmonic < 0.45 * self._rate:
                    decay = np.exp(-(2.0 + 1.2 * harmonic) * time)
                    wave += self._style.brightness ** (harmonic - 1) * decay * _sine(frequency * harmonic, time)
            self._plucks[pitch] = self._shaped(wave)
        return self._plucks[pitch]

    def _bass(self, pitch: int) -> _Wave:
        if pitch not in self._basses:
            time = self._time(0.9)
            self._basses[pitch] = self._shaped(_harmonics(_hertz(pitch), time, 0.35) * np.exp(-2.5 * time))
        return self._basses[pitch]

    def _pad(self, pitch: int) -> _Wave:
        """Return a soft tone of one bar that overlaps the next, so that the music is never silent."""
        if pitch not in self._pads:
            time = self._time(10 * self._style.eighth / self._rate)
            swell = np.minimum(1.0, np.minimum(time / 0.3 + 0.2, (time[-1] - time) / 0.5)).astype(np.float32)
            self._pads[pitch] = self._shaped(_harmonics(_hertz(pitch), time, 0.25) * swell)
        return self._pads[pitch]

    def _make_kick(self) -> _Wave:
        """Return a drum: a sine whose pitch falls from 120 to 45 Hz."""
        time = self._time(0.25)
        phase = 2.0 * np.pi * (45.0 * time + 75.0 / 30.0 * (1.0 - np.exp(-30.0 * time)))
        return self._shaped((np.sin(phase) * np.exp(-14.0 * time)).astype(np.float32))

    def _make_brush(self) -> _Wave:
        """Return a brush on a cymbal: noise without its low half."""
        time = self._time(0.12)
        noise = self._random.standard_normal(len(time), np.float32)
        return self._shaped(np.diff(noise, prepend=np.float32(0)) * np.exp(-45.0 * time))

    def _shaped(self, wave: _Wave) -> _Wave:
        """Apply attack and release, so that a note has no click."""
        column = wave[:, np.newaxis]
        edge = round(_ATTACK * self._rate)
        return fade_out(fade_in(column, edge), edge)[:, 0]


def _hertz(pitch: int) -> float:
    """Return the frequency of a MIDI note, equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12.0))


def _sine(frequency: float, time: _Wave) -> _Wave:
    wave: _Wave = np.sin(np.float32(2.0 * np.pi * frequency) * time)
    return wave


def _harmonics(frequency: float, time: _Wave, brightness: float) -> _Wave:
    """Return a steady tone of four harmonics."""
    wave = np.zeros_like(time)
    for harmonic in range(1, 5):
        wave += np.float32(brightness ** (harmonic - 1)) * _sine(frequency * harmonic, time)
    return wave
