"""Tracks that run into each other with crossfades, as a player or an editor joins them: material with a known truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from cuts import decoded, levels
from cuts_sides import RATE, Samples

SHORTEST, LONGEST = 2.0, 8.0
"""Seconds of a crossfade, which is at most a third of both tracks."""

_QUIET: Final = 50.0
"""dB below the loudest: where a track begins and ends."""


@dataclass(frozen=True)
class Joined:
    """Tracks in one piece of sound: the lengths of the tracks, and the middles of the crossfades, in seconds."""

    sound: Samples
    lengths: tuple[float, ...]
    middles: tuple[float, ...]


def sounding(track: Samples) -> Samples:
    """Leave out the silence at both ends of a track."""
    heard = np.flatnonzero(levels(track) > levels(track).max() - _QUIET)
    hop = RATE // 100
    return track[heard[0] * hop : (heard[-1] + 1) * hop]


def fade(length: int, *, equal_power: bool) -> Samples:
    """Return the gains of a fade-in, shape (length, 1)."""
    ramp = np.linspace(0, 1, length, dtype=np.float32)[:, None]
    return np.sin(ramp * np.float32(np.pi / 2)) if equal_power else ramp


def joined(tracks: Sequence[Samples], chance: Random) -> Joined:
    """Join tracks with crossfades, all of one shape, each of its own length."""
    equal_power = chance.random() < 1 / 2
    longest = [min(LONGEST, len(one) / RATE / 3, len(other) / RATE / 3) for one, other in pairwise(tracks)]
    overlaps = [round(chance.uniform(min(SHORTEST, most), most) * RATE) for most in longest]
    total = sum(map(len, tracks)) - sum(overlaps)
    sound = np.zeros((total, 2), np.float32)
    middles, at = [], 0
    for number, track in enumerate(tracks):
        piece = track.copy()
        if number:
            overlap = overlaps[number - 1]
            at -= overlap
            middles.append((at + overlap / 2) / RATE)
            piece[:overlap] *= fade(overlap, equal_power=equal_power)
        if number < len(overlaps):
            piece[-overlaps[number] :] *= fade(overlaps[number], equal_power=equal_power)[::-1]
        sound[at : at + len(piece)] += piece
        at += len(piece)
    return Joined(sound, tuple(len(track) / RATE for track in tracks), tuple(middles))


def tracks_of(music: Path, shortest: float, longest: float) -> list[Path]:
    """Return the tracks below a folder of these lengths in seconds."""
    suffixes = {".flac", ".mp3", ".ogg", ".opus", ".wav"}
    paths = sorted(path for path in music.rglob("*") if path.suffix in suffixes and path.is_file())
    return [path for path in paths if shortest <= len(decoded(path)) / RATE <= longest]
