"""Drums of which the tempo is known: patterns of several styles, played by hand or machine, under chords and noise."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 22_050
Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Style:
    """A bar: which steps have a kick, a snare and a hat, and how late every second step is, in steps."""

    name: str
    kick: str
    snare: str
    hat: str
    swing: float = 0.0
    steps_per_beat: int = 4


STYLES = (
    Style("rock", "x.......x.x.....", "....x.......x...", "x.x.x.x.x.x.x.x."),
    Style("four on the floor", "x...x...x...x...", "....x.......x...", "..x...x...x...x."),
    Style("disco", "x...x...x...x...", "....x.......x...", "xxxxxxxxxxxxxxxx"),
    Style("hip hop", "x..x......x..x..", "....x.......x...", "x.x.x.x.x.x.x.x.", swing=0.25),
    Style("break", "x.x.......xx....", "....x..x.x..x..x", "x.x.x.x.x.x.x.x."),
    Style("half time", "x.....x...x.....", "........x.......", "x.x.x.x.x.x.x.x."),
    Style("samba", "x..xx..xx..xx..x", "x.x..x.x.x.xx.x.", "xxxxxxxxxxxxxxxx"),
    Style("bossa nova", "x..xx..xx..xx..x", "x..x..x...x..x..", "x.x.x.x.x.x.x.x."),
    Style("march", "x...x...x...x...", "x.x.x.x.x.x.xxxx", "................"),
    Style("waltz", "x...........", "....x...x...", "x...x...x..."),
    Style("shuffle", "x.....x.....", "...x.....x..", "x.xx.xx.xx.x", steps_per_beat=3),
    Style("hats", "................", "................", "x...x...x...x..."),
)


def drums(style: Style, bpm: float, seconds: float, seed: int) -> Samples:
    """Play a style; the seed decides how exactly, what fills are played, and how much else is heard."""
    random = np.random.default_rng(seed)
    jitter = random.choice([0.0, 0.004, 0.01])
    step = 60 / bpm / style.steps_per_beat
    mix = np.zeros(round((seconds + 1) * RATE), np.float32)
    sounds = {"kick": kick(random), "snare": burst(random, 0.12, 0.3), "hat": burst(random, 0.03, 0.9)}
    for number in range(int(seconds / step)):
        late = style.swing if number % 2 else 0.0
        for name, sound in sounds.items():
            bar = getattr(style, name)
            plays = bar[number % len(bar)] == "x"
            if plays == (random.random() < 0.03):
                continue
            start = round(max(0.0, (number + late) * step + random.normal(0, 1) * jitter) * RATE)
            loud = random.uniform(0.6, 1.0) * {"kick": 0.9, "snare": 0.6, "hat": 0.25}[name]
            mix[start : start + sound.size] += loud * sound[: mix.size - start]
    mix = mix[: round(seconds * RATE)]
    mix += chords(mix.size, bpm, random) * random.choice([0.0, 0.15, 0.4])
    mix += random.standard_normal(mix.size).astype(np.float32) * random.choice([0.001, 0.01, 0.05])
    return (mix / np.abs(mix).max() * 0.7).astype(np.float32)


def kick(random: np.random.Generator) -> Samples:
    time = np.arange(round(0.25 * RATE)) / RATE
    low = random.uniform(45, 70)
    return np.asarray(np.sin(2 * np.pi * (low * time + 3 * (1 - np.exp(-time * 40)))) * np.exp(-time * 14), np.float32)


def burst(random: np.random.Generator, length: float, brightness: float) -> Samples:
    time = np.arange(round(3 * length * RATE)) / RATE
    noise = random.standard_normal(time.size)
    bright = np.diff(noise, prepend=0.0) * brightness + noise * (1 - brightness)
    return np.asarray(bright * np.exp(-time / length * 2), np.float32)


def chords(samples: int, bpm: float, random: np.random.Generator) -> Samples:
    """Hold a chord for each bar of four beats, with a soft attack."""
    time = np.arange(samples) / RATE
    bar = 240 / bpm
    place = time / bar
    envelope = np.minimum(1.0, (place % 1) * bar / 0.05)
    sound = np.zeros(samples)
    roots = random.integers(45, 57, 64)
    pitches = roots[place.astype(int) % 64]
    for interval in (0, 4, 7):
        sound += np.sin(2 * np.pi * np.cumsum(440 * 2 ** ((pitches + interval - 69) / 12)) / RATE)
    return np.asarray(sound / 3 * envelope, np.float32)
