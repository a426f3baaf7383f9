"""Cuts against a known truth, by the command line and by other programs: sides of records, and tracks at four gains.

    python benchmarks/cuts.py MUSIC [--mp3splt PROGRAM] [--cue-file PROGRAM]

MUSIC is a folder of tracks. Sides are made of four excerpts of them, with gaps of 0.3 to 5 s, over noise of -90 to -45
dBFS: hiss; pink noise with clicks; hum with hiss and a constant; rumble above pink noise; hiss and pink noise with
three clicks a second. They are imported with the profile "vinyl". "gaps found" counts those of 1 s or more, "cuts true"
the gaps between passages that are some. "within 50 ms" counts the edges of the side and of the gaps that were found.
Left out of these, and counted by themselves, are those where the music is less than 6 dB above the noise: where it ends
there cannot be heard. Excerpts in which it is as quiet for half a second are not taken: there would be another gap.

"same at gains": tracks of 24 bits at 0, -10, -20 and -35 dB, imported with the default settings, are compared with 0
dB. They are the same if they have the same passages within 20 ms.

mp3splt cuts the same sides with each of some thresholds, and that one counts with which most gaps are right; the edges
of the side are not asked of it. cue_file finds no gaps; it is asked where tracks begin and end.
"""

import json
import random
import subprocess
import sys
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import av
import numpy as np
from cuts_sides import RATE, Noise, Samples, Side, amplitude, excerpt, side
from harness import Targets, arguments, parsed, table, usage_of
from numpy.typing import NDArray
from seams.audio import LoudnessSeries

COMMAND: Final = (sys.executable, "-c", "from passagework.cli.main import main; main()")
FLOORS: Final = (-90, -80, -70, -60, -52, -45)
GAPS: Final = (0.3, 0.6, 1.0, 1.3, 1.6, 2.0, 2.5, 3.0, 4.0, 5.0)
GAINS: Final = (0, -10, -20, -35)
THRESHOLDS: Final = (-35, -42, -49, -56)
HOP: Final = RATE // 100
HEARD: Final = 6.0
"""dB above the noise."""
NEAR, SAME = 0.05, 0.02

Pieces = list[tuple[float, float]]


@dataclass
class Score:
    """What a program made of all sides."""

    gaps: int = 0
    found: int = 0
    cuts: int = 0
    true: int = 0
    errors: list[float] = field(default_factory=list)
    left_out: int = 0

    def add(self, truth: Pieces, heard: Sequence[tuple[bool, bool]], pieces: Pieces, *, outside: bool = True) -> None:
        """Compare pieces with the truth, in seconds.

        ``heard``: whether begin and end of each piece are. ``outside``: also compare the edges of the side.
        """
        cuts = list(pairwise(pieces))
        gaps = list(pairwise(truth))
        edges = []
        if pieces and outside:
            edges = [(truth[0][0], pieces[0][0], heard[0][0]), (truth[-1][1], pieces[-1][1], heard[-1][1])]
        matched = set()
        for number, (before, after) in enumerate(gaps):
            over = [cut for cut in cuts if cut[0][1] < after[0] and before[1] < cut[1][0]]
            matched.update(over)
            if after[0] - before[1] < 1.0:
                continue
            self.gaps += 1
            self.found += len(over) == 1
            if len(over) == 1:
                edges.append((before[1], over[0][0][1], heard[number][1]))
                edges.append((after[0], over[0][1][0], heard[number + 1][0]))
        self.cuts += len(cuts)
        self.true += len(matched)
        self.errors += [abs(is_at - found) for is_at, found, can_be_heard in edges if can_be_heard]
        self.left_out += sum(not can_be_heard for *_, can_be_heard in edges)

    def cells(self) -> list[str]:
        near = sum(error <= NEAR for error in self.errors)
        return [
            f"{self.found} of {self.gaps}",
            f"{self.true} of {self.cuts}",
            f"{near} of {len(self.errors)}",
            f"{max(self.errors, default=0):.2f} s",
            str(self.left_out),
        ]


def noises(floor: int) -> dict[str, Noise]:
    return {
        "hiss": Noise(hiss=floor),
        "pink": Noise(pink=floor, clicks=0.5),
        "hum": Noise(hum=floor, hiss=floor - 4, constant=0.004),
        "rumble": Noise(rumble=min(floor + 14, -30), pink=floor - 2),
        "crackle": Noise(hiss=floor, pink=floor - 3, clicks=3),
    }


def decoded(path: Path) -> Samples:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("fltp", "stereo", RATE)
        parts = []
        for frame in [*container.decode(audio=0), None]:
            if frame is not None:
                frame.pts = None
            parts += [piece.to_ndarray() for piece in resampler.resample(frame)]
    return np.concatenate(parts, axis=1).T


def levels(samples: Samples) -> NDArray[np.float32]:
    """Give the level of each 10 ms after K-weighting."""
    series = LoudnessSeries(RATE, (1.0, 1.0), HOP)
    made = series.add(tuple(np.ascontiguousarray(channel) for channel in samples.T))
    assert made is not None
    return made


def stretch(track: Samples, seconds: float, noise: float, chance: random.Random) -> Samples | None:
    """Cut a stretch out of a track in which the music is not as quiet as the noise for half a second."""
    for _ in range(20):
        start = chance.uniform(0, len(track) / RATE - seconds)
        cut = excerpt(track, start, seconds)
        powers = np.convolve(10 ** (levels(cut) / 10), np.ones(50) / 50, "valid")
        if 10 * np.log10(powers.min() + 1e-15) >= noise + HEARD + 2:
            return cut
    return None


def sides(
    tracks: Sequence[Path], count: int, seconds: tuple[float, float], chance: random.Random
) -> Iterator[tuple[Side, list[tuple[bool, bool]]]]:
    """Make sides, and say of each piece of theirs whether its begin and its end are heard."""
    kinds = [(floor, kind, noise) for floor in FLOORS for kind, noise in noises(floor).items()]
    for number in range(count):
        floor, kind, noise = kinds[number % len(kinds)]
        quiet = float(np.median(levels(noise.over(3 * RATE, 1))))
        pieces: list[Samples] = []
        while len(pieces) < 4:
            track = decoded(chance.choice(tracks))
            length = chance.uniform(*seconds)
            if len(track) > (length + 1) * RATE and (cut := stretch(track, length, quiet, chance)) is not None:
                pieces.append(cut)
        heard = []
        for piece in pieces:
            made = 10 ** (levels(piece) / 10)
            begin, end = (10 * np.log10(edge.mean() + 1e-15) for edge in (made[:5], made[-5:]))
            heard.append((begin >= quiet + HEARD, end >= quiet + HEARD))
        gaps = [chance.choice(GAPS) for _ in pieces[1:]]
        yield side(f"{number:03} {kind} {floor}", pieces, gaps, noise, seed=chance.randrange(10**9)), heard


def write(path: Path, samples: Samples, width: int) -> None:
    """Write a WAV with so many bytes a sample."""
    whole = np.round(samples * (2 ** (8 * width - 1) - 1)).astype("<i4", order="C")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(width)
        file.setframerate(RATE)
        file.writeframes(np.ascontiguousarray(whole.view(np.uint8).reshape(*whole.shape, 4)[..., :width]).tobytes())


def passages(folder: Path, *extra: str) -> dict[str, Pieces]:
    """Import a folder from the command line, and give the passages of each file in seconds."""
    library = folder / "library.passages"
    settings = ("--library", str(library), "--set", "link.enabled=false", *extra)
    usage_of([*COMMAND, "import", "-q", str(folder), *settings])
    exported = usage_of([*COMMAND, "export", "json", "-", "--library", str(library)]).printed
    found: dict[str, Pieces] = {path.name: [] for path in folder.glob("*.wav")}
    for line in exported.splitlines():
        passage = json.loads(line)
        found[Path(passage["path"]).name].append((passage["start"], passage["end"]))
    return {name: sorted(pieces) for name, pieces in found.items()}


def split(program: Path, path: Path, threshold: int, seconds: float) -> Pieces:
    """Give the pieces that mp3splt would cut a file into."""
    with TemporaryDirectory() as folder:
        music = Path(folder, "side.flac")
        with av.open(str(path)) as source, av.open(str(music), "w") as target:
            stream = target.add_stream("flac", RATE, layout="stereo", format="s16")
            for frame in [*source.decode(audio=0), None]:
                target.mux(stream.encode(frame))
        subprocess.run(
            [program.absolute(), "-s", "-Q", "-p", f"th={threshold},min=1,rm", "side.flac"],
            cwd=folder,
            check=False,
            capture_output=True,
        )
        log = Path(folder, "mp3splt.log")
        lines = log.read_text("utf-8").splitlines()[2:] if log.exists() else []
    silences = [(float(line.split()[0]), float(line.split()[1])) for line in lines if line.strip()]
    edges = [0.0, *(edge for silence in sorted(silences) for edge in silence), seconds]
    return [piece for piece in zip(edges[::2], edges[1::2], strict=True) if piece[1] - piece[0] > SAME]


def cued(program: Path, path: Path) -> Pieces:
    """Give what cue_file says of a track."""
    said = usage_of([sys.executable, program, str(path)]).printed
    values = json.loads(said[said.index("{") :])
    return [(values["liq_cue_in"], values["liq_cue_out"])]


def same(one: Pieces, other: Pieces) -> bool:
    return len(one) == len(other) and all(
        abs(a - b) <= SAME for first, second in zip(one, other, strict=True) for a, b in zip(first, second, strict=True)
    )


def at_gains(tracks: Sequence[Path], folder: Path) -> list[list[Path]]:
    """Write each track at all gains."""
    made = []
    for number, path in enumerate(tracks):
        samples = decoded(path)
        samples /= max(1.0, float(np.abs(samples).max()))
        files = [folder / f"{number:03} {gain}.wav" for gain in GAINS]
        for file, gain in zip(files, GAINS, strict=True):
            write(file, samples * amplitude(gain), 3)
        made.append(files)
    return made


def same_of(found: dict[str, Pieces], files: Sequence[Sequence[Path]]) -> str:
    pairs = [same(found[of_track[0].name], found[other.name]) for of_track in files for other in of_track[1:]]
    return f"{sum(pairs)} of {len(pairs)}"


def main() -> None:
    parser = arguments(__doc__, sides=30, tracks=20, seed=1, shortest=31.0, longest=42.0, mp3splt=None, cue_file=None)
    parser.add_argument("music", type=Path)
    wanted = parsed(parser, sides=2, tracks=1, shortest=3.0, longest=4.0)
    chance = random.Random(wanted.seed)
    tracks = sorted(path for path in wanted.music.rglob("*") if path.is_file() and path.suffix != ".json")
    ours, splits = Score(), {threshold: Score() for threshold in THRESHOLDS}
    with TemporaryDirectory() as name:
        folder = Path(name)
        truths = {}
        for made, heard in sides(tracks, wanted.sides, (wanted.shortest, wanted.longest), chance):
            file = folder / f"{made.name}.wav"
            write(file, made.samples, 2)
            truths[file.name] = ([(start / RATE, end / RATE) for start, end in made.pieces], heard)
            for threshold, score in splits.items() if wanted.mp3splt else ():
                score.add(
                    *truths[file.name], split(wanted.mp3splt, file, threshold, len(made.samples) / RATE), outside=False
                )
        shortest = ("--set", "segmentation.shortest_passage=1") if wanted.quick else ()
        for file_name, pieces in passages(folder, "--profile", "vinyl", *shortest).items():
            ours.add(*truths[file_name], pieces)
    with TemporaryDirectory() as name:
        files = at_gains(chance.sample(tracks, min(wanted.tracks, len(tracks))), Path(name))
        gains = same_of(passages(Path(name)), files)
        cues = "not run"
        if wanted.cue_file:
            cues = same_of({file.name: cued(wanted.cue_file, file) for one in files for file in one}, files)
    best = max(
        splits, key=lambda threshold: splits[threshold].found - (splits[threshold].cuts - splits[threshold].true)
    )
    others = splits[best].cells() if wanted.mp3splt else ["not run"] * 5
    names = ("program", "gaps found", "cuts true", "within 50 ms", "worst", "left out", "same at gains")
    table(
        names,
        [
            ["Passagework", *ours.cells(), gains],
            [f"mp3splt, th={best}" if wanted.mp3splt else "mp3splt", *others, "-"],
            ["cue_file", *["-"] * 5, cues],
        ],
    )
    targets = Targets()
    targets.at_least("share of the gaps of 1 s and more that were found", ours.found / max(1, ours.gaps), 0.99, ".3f")
    targets.at_least("share of the cuts that are true", ours.true / max(1, ours.cuts), 0.99, ".3f")
    targets.show()


if __name__ == "__main__":
    main()
