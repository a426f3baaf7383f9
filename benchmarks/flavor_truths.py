"""Tempo and key where they are known: generated drums, MIDI files with a tempo, scores with a key."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from flavor_drums import RATE, STYLES, drums
from flavor_heard import Sound, decoded, flavors, sounding
from flavor_midi import render, renderer, stated_tempo
from seams.flavor import Flavor

FIRST_SEED = 90_000
"""The weights of the tempo were fitted to drums of other seeds."""
ALLOWED = 0.04
SLOWEST, FASTEST = 60.0, 185.0
SHORTEST = 15.0


def drummed(each: int) -> Iterator[tuple[str, float, Flavor | None]]:
    """Give style, tempo and flavor of generated drums."""
    for number, style in enumerate(STYLES):
        for take in range(each):
            seed = FIRST_SEED + 1_000 * number + take
            bpm = float(np.random.default_rng(seed).uniform(SLOWEST, FASTEST))
            sound = Sound(drums(style, bpm, 40.0, seed)[None], RATE)
            yield style.name, bpm, flavors(sound)[0]


def rendered(folder: Path, most: int) -> Iterator[tuple[Path, Sound]]:
    """Give MIDI files of a folder and how they sound. One with a .flac or .wav of its name beside it is not played."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".mid", ".midi"})[:most]
    for path in paths:
        beside = [path.with_suffix(suffix) for suffix in (".flac", ".wav")]
        with TemporaryDirectory() as name:
            played = next((one for one in beside if one.exists()), None)
            if played is None:
                played = Path(name) / "played.wav"
                render(path, played)
            yield path, sounding(decoded(played))


def can_play(folder: Path) -> bool:
    """Tell whether there is something to play MIDI files with, or nothing left to play."""
    return renderer() is not None or any(folder.rglob("*.flac"))


def octave_free(found: float | None, truth: float) -> bool:
    """Tell whether a tempo is right, or half, double, a fourth or four times as fast."""
    if found is None:
        return False
    octaves = math.log2(found / truth)
    return abs(octaves - round(octaves)) <= math.log2(1 + ALLOWED) and abs(octaves) < 2.5


def exact(found: float | None, truth: float) -> bool:
    return found is not None and abs(found / truth - 1) <= ALLOWED


def tempos(folder: Path, most: int) -> Iterator[tuple[float, Flavor | None]]:
    """Give the stated tempo and the flavor of MIDI files whose tempo is steady."""
    for path, sound in rendered(folder, most):
        truth = stated_tempo(path)
        if truth is not None and sound.seconds >= SHORTEST:
            yield truth, flavors(sound)[0]


def keys(folder: Path, most: int) -> Iterator[tuple[int, Flavor]]:
    """Give the key that truth.json states, 0 to 11 major and 12 to 23 minor, and the flavor of scores."""
    stated = json.loads((folder / "truth.json").read_text("utf-8"))
    for path, sound in rendered(folder, most):
        if path.name in stated and (flavor := flavors(sound)[0]) is not None:
            note, mode = stated[path.name].split()
            yield int(note) + (12 if mode == "minor" else 0), flavor


def relation(found: int, truth: int) -> str:
    """Name how two keys are related."""
    apart, same_mode = (found - truth) % 12, found // 12 == truth // 12
    if same_mode:
        return {0: "exact", 5: "a fifth off", 7: "a fifth off"}.get(apart, "others")
    return {0: "parallel", 9 if truth < 12 else 3: "relative"}.get(apart, "others")
