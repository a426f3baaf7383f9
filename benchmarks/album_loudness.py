"""The loudness of tracks and albums against loudgain, and that of albums against their passages as one file.

    python benchmarks/album_loudness.py MUSIC [--loudgain PROGRAM] [--albums 40] [--pieces 40]

MUSIC, a folder of tracks with their albums in the tags, is imported. loudgain measures the same files, and the same
files together for each album of two or more. Albums with Opus and other files are left out: loudgain refuses them.
Peaks are not compared: it cuts off what lies above full scale. Without loudgain this part is not run.

Then albums of 2 to 12 of the first pieces are drawn, the first minute of each, with gains of 0 to -15 dB. Each is
measured as one file of all its samples. "by distribution" is what the library does; "mean of energies" would be
the mean of the loudness of the pieces, as energies, by their lengths.
"""

import random
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from harness import Targets, arguments, parsed, table, usage_of
from numpy.typing import NDArray
from seams.audio import LoudnessSeries, Span, loudness_together
from seams.embedding import Library

RATE = 44_100
BLOCK = 225_792
FULL_SCALE = 32_768
SOFTER = (0.0, 0.0, 6.0, 15.0)
"""How much softer pieces of a drawn album may be, in dB."""

Samples = NDArray[np.int16]


def loudgain(program: str, files: Sequence[Path]) -> list[float]:
    """Give the loudness of each file, then of all together."""
    command = [program, "-q", "-a", "-O", *map(str, files)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [float(row.split("\t")[1].split()[0]) for row in printed.splitlines() if "LUFS" in row]


def compared(program: str, music: Path, targets: Targets) -> None:
    with TemporaryDirectory() as folder:
        library = Path(folder) / "music.passages"
        command = [sys.executable, "-c", "from passagework.cli.main import main; main()"]
        usage_of([*command, "import", "--quiet", "--library", library, "--set", "analysis.fingerprint=false", music])
        with Library.open(library) as opened:
            passages = list(opened.passages())
            gains = opened.gains([passage.guid for passage in passages])
            albums = defaultdict(set)
            together = {}
            for passage in passages:
                albums[passage.album_group].add(Path(passage.path.decode()))
                together[passage.album_group] = gains[passage.guid].album
            loudness = {path: opened.file(bytes(path)).loudness for path in sorted(set().union(*albums.values()))}
    tracks, of_albums = [], []
    for path, own in loudness.items():
        if own.integrated is not None:
            tracks.append(own.integrated - loudgain(program, [path])[0])
    for group, files in albums.items():
        kinds = {path.suffix.lower() == ".opus" for path in files}
        if group is not None and len(files) > 1 and len(kinds) == 1:
            of_albums.append(together[group].integrated - loudgain(program, sorted(files))[-1])
    rows = [spread("tracks", tracks), spread("albums", of_albums)]
    table(("against loudgain", "compared", "mean difference, LU", "largest, LU"), rows)
    targets.at_most("largest difference of a track from loudgain, LU", max(map(abs, tracks)), 0.1)
    targets.at_most("largest difference of an album from loudgain, LU", max(map(abs, of_albums)), 0.1)


def spread(name: str, differences: Sequence[float]) -> tuple[str, str, str, str]:
    sizes = np.abs(differences)
    return name, f"{sizes.size}", f"{sizes.mean():.3f}", f"{sizes.max():.3f}"


def first_minutes(music: Path) -> Iterator[Samples]:
    """Decode the first minute of each file with sound, as stereo at one rate."""
    for path in sorted(path for path in music.rglob("*") if path.is_file()):
        try:
            with av.open(str(path)) as container:
                resampler = av.AudioResampler(format="s16p", layout="stereo", rate=RATE)
                frames = (made for frame in container.decode(audio=0) for made in resampler.resample(frame))
                parts = [frame.to_ndarray() for frame in islice(frames, RATE * 60 // 1024)]
        except (av.FFmpegError, IndexError):
            continue
        if parts and (samples := np.concatenate(parts, axis=1)).any():
            yield samples


def measured(pieces: Sequence[tuple[Samples, float]]) -> tuple[LoudnessSeries, Span]:
    """Measure some pieces as one file."""
    series = LoudnessSeries(RATE, (1.0, 1.0), RATE // 100)
    samples = np.concatenate([piece * np.float32(10 ** (gain / 20) / FULL_SCALE) for piece, gain in pieces], axis=1)
    for start in range(0, samples.shape[1], BLOCK):
        series.add(tuple(np.ascontiguousarray(samples[:, start : start + BLOCK])))
    return series, Span(0, samples.shape[1])


def drawn(music: Path, albums: int, pieces: int, targets: Targets) -> None:
    choice = random.Random(1)
    known = list(islice(first_minutes(music), pieces))
    exact, rough = [], []
    for _ in range(albums):
        softer = choice.choice(SOFTER)
        album = [
            (known[choice.randrange(len(known))], -choice.uniform(0, softer)) for _ in range(choice.randint(2, 12))
        ]
        series, span = measured(album)
        whole = series.integrated(span)
        alone = [measured([piece]) for piece in album]
        parts = [(packed, 0.0) for one, of in alone if (packed := one.distribution(of)) is not None]
        exact.append(loudness_together(parts) - whole)
        levels = [(one.integrated(of), of.end) for one, of in alone]
        energies, lengths = zip(*((10 ** (level / 10), length) for level, length in levels if level), strict=True)
        rough.append(10 * np.log10(np.average(energies, weights=lengths)) - whole)
    rows = [spread("by distribution", exact), spread("mean of energies", rough)]
    table(("against one file", "albums", "mean difference, LU", "largest, LU"), rows)
    targets.at_most(
        "largest difference of an album from its passages as one file, LU", max(map(abs, exact)), 0.05, ".3f"
    )


def main() -> None:
    parser = arguments(__doc__, loudgain="loudgain", albums=40, pieces=40)
    parser.add_argument("music", type=Path)
    wanted = parsed(parser, albums=2, pieces=3)
    targets = Targets()
    if shutil.which(wanted.loudgain):
        compared(wanted.loudgain, wanted.music.resolve(), targets)
        print()
    else:
        print(f"{wanted.loudgain} is not there: the comparison with it was not run\n")
    drawn(wanted.music, wanted.albums, wanted.pieces, targets)
    targets.show()


if __name__ == "__main__":
    main()
