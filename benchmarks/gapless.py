"""Gapless albums: tracks that were cut into files at sample boundaries, and neighbours that have nothing in common.

    python benchmarks/gapless.py MUSIC

Each album is a folder with the pieces of one track of MUSIC, cut at random places where the track is no more than 30 dB
below itself in the 0.4 s to either side. They are encoded one by one: MP3 with and without the header that tells
players what padding to leave out. "leads" counts those of more than 0 at a cut, of two at each; "pairs" the neighbours
that are taken for one piece that runs on.

"strangers" are pieces that are cut through sound on either side like these, but each of another track; faded ones are
faded for 4 ms at either edge, so that the cut makes no click. "neighbours" are the tracks of MUSIC as they are, in the
order of their names.
"""

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import av
import numpy as np
from cuts import COMMAND, decoded, levels
from cuts_sides import RATE, Samples
from harness import Targets, arguments, parsed, table, usage_of

FORMS: Final = {
    "WAV": ("wav", "pcm_s16le", {}),
    "FLAC": ("flac", "flac", {}),
    "MP3": ("mp3", "libmp3lame", {}),
    "MP3, no header": ("mp3", "libmp3lame", {"write_xing": "0"}),
    "AAC": ("m4a", "aac", {}),
    "Opus": ("opus", "libopus", {}),
}
SOUND: Final = 30.0
STRANGERS, FADED, NEIGHBOURS = "strangers", "faded strangers", "neighbours"
FADE: Final = 0.004
"""Seconds."""


@dataclass(frozen=True)
class Found:
    """A passage: its leads in seconds, and whether it runs on in the next one."""

    lead_in: float
    lead_out: float
    gapless: bool


def encode(path: Path, samples: Samples, codec: str, options: dict[str, str]) -> None:
    """Write a file of one piece."""
    rate = 48_000 if codec == "libopus" else RATE
    with av.open(str(path), "w", options=options) as target:
        stream = target.add_stream(codec, rate, layout="stereo")
        resampler = av.AudioResampler(stream.format, "stereo", rate, frame_size=stream.frame_size or 4096)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T, np.float32), "fltp", "stereo")
        frame.sample_rate = RATE
        for made in (*resampler.resample(frame), *resampler.resample(None), None):
            target.mux(stream.encode(made))


def places(track: Samples, count: int, shortest: float, chance: random.Random) -> list[int]:
    """Choose samples at which to cut, in order, with ``shortest`` seconds between them."""
    powers = 10 ** (levels(track).astype(np.float64) / 10)
    heard = np.convolve(powers, np.full(40, 1 / 40), "valid") >= powers[powers > 0].mean() * 10 ** (-SOUND / 10)
    chosen: list[int] = []
    least = round(shortest * RATE)
    for _ in range(1000):
        at = chance.randrange(least, max(len(track), 2 * least + 1) - least)
        hop = at * 100 // RATE
        near = 40 < hop < heard.size and heard[hop - 40] and heard[hop]
        if near and all(abs(at - other) >= least for other in chosen):
            chosen.append(at)
        if len(chosen) == count:
            break
    return sorted(chosen)


def imported(folder: Path) -> dict[str, list[Found]]:
    """Import folders from the command line; give the passages of each in order of their paths."""
    library = folder / "library.passages"
    settings = ("--library", str(library), "--set", "link.enabled=false", "--set", "analysis.fingerprint=false")
    usage_of([*COMMAND, "import", "-q", str(folder), *settings])
    exported = usage_of([*COMMAND, "export", "json", "-", "--library", str(library)]).printed
    found = defaultdict(list)
    for line in exported.splitlines():
        one = json.loads(line)
        passage = Found(one["lead_in_seconds"], one["lead_out_seconds"], one["gapless_with_next"])
        found[Path(one["path"]).parent.name].append(passage)
    return found


def cells(albums: Sequence[Sequence[Found]]) -> list[str]:
    cuts = sum(max(0, len(album) - 1) for album in albums)
    return [str(cuts), f"{leads(albums)} of {2 * cuts}", f"{pairs(albums)} of {cuts}"]


def leads(albums: Sequence[Sequence[Found]]) -> int:
    """Count the leads at cuts that are more than 0."""
    return sum((one.lead_out > 0) + (after.lead_in > 0) for album in albums for one, after in pairwise(album))


def pairs(albums: Sequence[Sequence[Found]]) -> int:
    return sum(one.gapless for album in albums for one in album[:-1])


def main() -> None:
    parser = arguments(__doc__, albums=20, cuts=5, seed=1, shortest=8.0, longest=120.0)
    parser.add_argument("music", type=Path)
    wanted = parsed(parser, albums=1, cuts=1, shortest=1.5)
    chance = random.Random(wanted.seed)
    tracks = sorted(path for path in wanted.music.rglob("*") if path.is_file() and path.suffix != ".json")
    with TemporaryDirectory() as name:
        strangers: list[Samples] = []
        for number, path in enumerate(chance.sample(tracks, min(wanted.albums, len(tracks)))):
            track = decoded(path)[: round(wanted.longest * RATE)]
            bounds = [0, *places(track, wanted.cuts, wanted.shortest, chance), len(track)]
            pieces = [track[start:end] for start, end in pairwise(bounds)]
            strangers += [piece.copy() for piece in pieces[1:-1][:2]]
            for form, (suffix, codec, options) in FORMS.items():
                folder = Path(name, f"{form} {number}")
                folder.mkdir()
                for place, piece in enumerate(pieces, 1):
                    encode(folder / f"{place:02}.{suffix}", piece, codec, options)
        # Of each track two: those of one track are not next to each other.
        strangers = strangers[::2] + strangers[1::2]
        Path(name, STRANGERS).mkdir()
        for place, piece in enumerate(strangers, 1):
            encode(Path(name, STRANGERS, f"{place:03}.wav"), piece, "pcm_s16le", {})
        Path(name, FADED).mkdir()
        fade = np.linspace(0, 1, round(FADE * RATE), dtype=np.float32)[:, None]
        for place, piece in enumerate(strangers, 1):
            piece[: len(fade)] *= fade
            piece[-len(fade) :] *= fade[::-1]
            encode(Path(name, FADED, f"{place:03}.wav"), piece, "pcm_s16le", {})
        Path(name, NEIGHBOURS).mkdir()
        for path in tracks:
            shutil.copyfile(path, Path(name, NEIGHBOURS, path.name))
        found = imported(Path(name))
    rows = {form: [album for folder, album in found.items() if folder.rpartition(" ")[0] == form] for form in FORMS}
    rows |= {kind: [found.get(kind, [])] for kind in (STRANGERS, FADED, NEIGHBOURS)}
    lines = [[form, *cells(albums)] for form, albums in rows.items()]
    # Of tracks that end there leads are no fault.
    lines[-1][2] = "-"
    table(("albums", "cuts", "leads", "pairs"), lines)
    targets = Targets()
    exact = [album for form in ("WAV", "FLAC", "MP3") for album in rows[form]]
    cuts = max(1, sum(len(album) - 1 for album in exact))
    targets.at_most("leads at cuts of WAV, FLAC and MP3", leads(exact), 0, ".0f")
    targets.at_least("share of the pairs of WAV, FLAC and MP3 that were found", pairs(exact) / cuts, 0.9, ".3f")
    targets.at_most("pairs of tracks that are only neighbours", pairs(rows[NEIGHBOURS]), 0, ".0f")
    targets.show()


if __name__ == "__main__":
    main()
