"""Leads: what is overlapped of endings, beside cue_file of autocue, and synthetic endings whose truth is known.

    python benchmarks/leads.py MUSIC [--cue-file PROGRAM] [--picture FILE.svg]

MUSIC is a folder of tracks. The rules were fitted to every second one of the Wesnoth and Singularity tracks, in the
order of their names; ``--half fitted`` takes these, ``--half held-out`` the others. The tracks are imported with
default settings, and cue_file is asked about the same files.

What is overlapped is the stretch from where the next piece may begin to where the player leaves the piece. "mean" is
its loudness, "loudest" that of its loudest 0.4 s, both relative to the loudness of the piece (BS.1770), averaged over
the endings that are overlapped; "worst" is the loudest of all. "no louder" counts the endings of which the loudest
0.4 s of the one program is no louder than that of the other, or of which the one overlaps nothing.

The synthetic endings stand behind 30 s of beats. A fade or a chord that dies away may be overlapped from 16 dB below
the music on, and must be from 34 dB below on; what is held, or cut through, may not be overlapped at all. 0.3 s either
way are allowed. cue_file measures with a grid of 0.1 s and windows of 0.4 s.
"""

import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from chart import GREY, Chart
from cuts import COMMAND, decoded, levels, write
from cuts_sides import RATE, Samples, at_level, both, music
from harness import Targets, arguments, parsed, table, usage_of
from numpy.typing import NDArray

BODY: Final = 30.0
"""Seconds of beats before each synthetic ending, at MUSIC dBFS."""
MUSIC: Final = -14.0
MAY, MUST, ALLOWED = 16.0, 34.0, 0.3
MOMENTARY: Final = 40
"""Hops of 10 ms."""
OURS, OTHERS = "#1b6ca8", "#c0392b"
QUIETEST: Final = -45.0
"""LU at the ends of the axes of the picture."""


@dataclass(frozen=True)
class Overlap:
    """From where to where an ending may be overlapped, in seconds of its file."""

    start: float
    end: float


@dataclass(frozen=True)
class Heard:
    """Of an overlap: its seconds, and its loudness and that of its loudest 0.4 s relative to the piece."""

    seconds: float
    mean: float = -math.inf
    loudest: float = -math.inf

    @classmethod
    def of(cls, overlap: Overlap, powers: NDArray[np.float64], loudness: float) -> "Heard":
        stretch = powers[round(overlap.start * 100) : round(overlap.end * 100)]
        if stretch.size < 2:
            return cls(0.0)
        window = min(MOMENTARY, stretch.size)
        loudest = np.convolve(stretch, np.full(window, 1 / window), "valid").max()
        return cls(stretch.size / 100, _decibels(stretch.mean()) - loudness, _decibels(loudest) - loudness)


def _decibels(power: float) -> float:
    return 10.0 * math.log10(power + 1e-15)


def loudness_of(powers: NDArray[np.float64]) -> float:
    """Give the integrated loudness by the levels of the hops, with the gates of BS.1770."""
    blocks = np.convolve(powers, np.full(MOMENTARY, 1 / MOMENTARY), "valid")[::10]
    blocks = blocks[blocks > 1e-7]
    return _decibels(blocks[blocks > blocks.mean() * 0.1].mean())


@dataclass(frozen=True)
class Ending:
    """A synthetic ending: its samples, and the seconds before its end from which on it may and must be overlapped."""

    name: str
    samples: Samples
    may: float = 0.0
    must: float = 0.0


def endings() -> Iterator[Ending]:
    """Make the twenty endings; all but those that are cut through are followed by 2 s of silence."""
    for length in (3, 5, 10, 20, 40):
        yield _fade(f"linear fade of {length} s", length, lambda left: 20 * np.log10(left))
    for length in (5, 10, 20):
        yield _fade(f"fade of {length} s linear in dB", length, lambda left: -60 * (1 - left))
    yield _fade("squared fade of 10 s", 10, lambda left: 40 * np.log10(left))
    for rate in (3, 6, 12):
        yield _chord(f"chord that falls by {rate} dB/s", 60 / rate, -4, rate)
    for level in (-12, -20, -30):
        yield _chord(f"chord held at {level} dB", 9, level, 0)
    yield Ending("pianissimo at -42 dB", _behind(music(25, MUSIC - 42, seed=3), 2.0))
    yield _cut("cut through beats", music(8, MUSIC, seed=3))
    yield _cut("cut through a held note", _tones(4, MUSIC - 16, 0))
    yield _cut("cut through applause", _applause(6, MUSIC - 14))
    yield _cut("cut through wind", _applause(3, MUSIC - 32))


def _behind(ending: Samples, silence: float) -> Samples:
    return np.concatenate([music(BODY, MUSIC, seed=7), ending, np.zeros((round(silence * RATE), 2), np.float32)])


def _fade(name: str, length: float, gain: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Ending:
    """Make beats that fade: ``gain`` gives dB for the share that is left."""
    left = 1 - (np.arange(round(length * RATE)) + 0.5) / (length * RATE)
    gains = gain(left)
    faded = music(length, MUSIC, seed=5) * (10 ** (gains / 20))[:, None].astype(np.float32)
    may, must = (float(np.count_nonzero(gains <= -level)) / RATE for level in (MAY, MUST))
    return Ending(name, _behind(faded, 2.0), may, must)


def _tones(length: float, level: float, rate: float) -> Samples:
    times = np.arange(round(length * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * pitch * times) for pitch in (220, 277.2, 329.6, 440))
    return both(at_level(chord, level)) * (10 ** (-rate * times / 20))[:, None].astype(np.float32)


def _chord(name: str, length: float, level: float, rate: float) -> Ending:
    """Make a chord that begins ``level`` dB below the music, and falls."""
    may, must = ((length - (below + level) / rate if rate else 0.0) for below in (MAY, MUST))
    return Ending(name, _behind(_tones(length, MUSIC + level, rate), 2.0), may, must)


def _applause(length: float, level: float) -> Samples:
    return both(at_level(np.random.default_rng(2).standard_normal(round(length * RATE)), level))


def _cut(name: str, ending: Samples) -> Ending:
    return Ending(name, _behind(ending, 0.0))


def ours(music: Path, folder: Path) -> dict[Path, Overlap]:
    """Import music from the command line, and give what may be overlapped of the last passage of each file."""
    library = folder / "library.passages"
    settings = ("--library", str(library), "--set", "link.enabled=false", "--set", "analysis.fingerprint=false")
    usage_of([*COMMAND, "import", "-q", str(music), *settings])
    exported = usage_of([*COMMAND, "export", "json", "-", "--library", str(library)]).printed
    found = {}
    for line in exported.splitlines():
        passage = json.loads(line)
        end = passage["end_seconds"]
        found[Path(passage["path"])] = Overlap(end - passage["lead_out_seconds"], end)
    return found


def cued(program: Path, path: Path) -> Overlap:
    """Give what cue_file says of a track."""
    said = usage_of([sys.executable, program, str(path)]).printed
    values = json.loads(said[said.index("{") :])
    return Overlap(values["liq_cross_start_next"], values["liq_cue_out"])


def true(ending: Ending, overlap: Overlap) -> bool:
    """Say whether an overlap begins where it may."""
    end = len(ending.samples) / RATE - (2.0 if not ending.name.startswith("cut") else 0.0)
    return ending.must - ALLOWED <= end - overlap.start <= ending.may + ALLOWED


def cells(heard: Sequence[Heard], others: Sequence[Heard]) -> list[str]:
    overlapped = [one for one in heard if one.seconds]
    if not overlapped:
        return [f"0 of {len(heard)}", *["-"] * 5]
    return [
        f"{len(overlapped)} of {len(heard)}",
        f"{np.mean([one.seconds for one in heard]):.2f} s",
        f"{np.mean([one.mean for one in overlapped]):.1f} LU",
        f"{np.mean([one.loudest for one in overlapped]):.1f} LU",
        f"{max(one.loudest for one in overlapped):.1f} LU",
        f"{sum(one.loudest <= other.loudest for one, other in zip(heard, others, strict=True))}" if others else "-",
    ]


def picture(heard: Sequence[Heard], others: Sequence[Heard]) -> str:
    """Draw how loud what is overlapped of each ending is, with the one program against the other."""
    left, top, side = 64, 40, 380

    def part(level: float) -> float:
        return (max(level, QUIETEST) - QUIETEST) / -QUIETEST

    chart = Chart("Loudest 0.4 s of what is overlapped", (480, 480), (left, top, side, side), part, part)
    chart.text(left, 24, chart.title, 'font-size="14"')
    chart.path([(left, top + side), (left + side, top)], GREY, 'stroke-dasharray="4 4"')
    for level in range(round(QUIETEST), 1, 15):
        chart.below(level, str(level))
        chart.beside(level, str(level))
    chart.centred(left + side / 2, top + side + 36, "cue_file, LU below the piece (at the edge: nothing is overlapped)")
    chart.centred(16, top + side / 2, "Passagework", f'transform="rotate(-90 16 {top + side / 2})"')
    for one, other in zip(heard, others, strict=True):
        colour = OURS if one.loudest <= other.loudest else OTHERS
        x, y = chart.x(other.loudest), chart.y(one.loudest)
        chart.lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}" fill-opacity="0.7"/>')
    return chart.svg()


def main() -> None:
    parser = arguments(__doc__, tracks=1000, endings=20, half="both", cue_file=None, picture=None)
    parser.add_argument("music", type=Path)
    wanted = parsed(parser, tracks=2, endings=3)
    program = wanted.cue_file
    tracks = sorted(path for path in wanted.music.rglob("*") if path.is_file() and path.suffix != ".json")
    with TemporaryDirectory() as name:
        found = ours(wanted.music, Path(name))
        # A silent track is none of either half.
        tracks = [path for path in tracks if path in found]
        tracks = tracks[{"both": 0, "fitted": 0, "held-out": 1}[wanted.half] :: 1 if wanted.half == "both" else 2]
        tracks = tracks[: wanted.tracks]
        heard, others = [], []
        for path in tracks:
            powers = 10 ** (levels(decoded(path)).astype(np.float64) / 10)
            loudness = loudness_of(powers)
            heard.append(Heard.of(found[path], powers, loudness))
            if program:
                others.append(Heard.of(cued(program, path), powers, loudness))
    right, others_right = 0, 0
    with TemporaryDirectory() as name:
        made = list(islice(endings(), wanted.endings))
        paths = [Path(name, f"{number:02}.wav") for number in range(len(made))]
        for ending, path in zip(made, paths, strict=True):
            write(path, np.clip(ending.samples, -1, 1), 2)
        found = ours(Path(name), Path(name))
        for ending, path in zip(made, paths, strict=True):
            said = [found[path], *([cued(program, path)] if program else [])]
            verdicts = [true(ending, overlap) for overlap in said]
            right += verdicts[0]
            others_right += program is not None and verdicts[1]
            seconds = ", ".join(f"{overlap.end - overlap.start:.2f} s" for overlap in said)
            print(f"{ending.name}: {seconds}; true: {verdicts}", file=sys.stderr)
    names = ("program", "overlapped", "mean length", "mean", "loudest", "worst", "no louder", "synthetic endings true")
    rows = [["Passagework", *cells(heard, others), f"{right} of {len(made)}"]]
    rows.append(
        ["cue_file", *cells(others, heard), f"{others_right} of {len(made)}"]
        if program
        else ["cue_file", "not run", *["-"] * 6]
    )
    table(names, rows)
    if program and wanted.picture:
        wanted.picture.write_text(picture(heard, others), "utf-8")
    targets = Targets()
    targets.at_least("share of the synthetic endings with a true lead", right / len(made), 0.95, ".2f")
    if program:
        no_louder = sum(one.loudest <= other.loudest for one, other in zip(heard, others, strict=True))
        targets.at_least("share of endings overlapped no louder than by cue_file", no_louder / len(heard), 0.9, ".2f")
    targets.show()


if __name__ == "__main__":
    main()
