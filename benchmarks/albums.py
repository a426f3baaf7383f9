"""Albums in one file, whose tracks run into each other: what becomes of them with the track list of their release.

    python benchmarks/albums.py MUSIC

Each album has five to nine tracks of MUSIC, joined by crossfades of 2 to 8 s, of one shape in an album: linear or of
equal power. With --whole the silence at the ends of tracks is kept. The list is that of a release in a stand-in for
MusicBrainz: the lengths of the separate tracks, each off by up to 2 s. How long tracks overlap it does not know. The
truth is the middle of an overlap. Albums are imported by the command line, with only the tag that names the release.

"by the lengths alone" divides what is missing or left evenly between the tracks. "other lists" are of as many tracks
with random lengths of the same sum: none should match.

The weights by which joins are heard were fitted (albums_fit.py) to some tracks, which docs/given-cuts.md names. Only
others say how good they are on what they never saw.
"""

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
from albums_made import Joined, joined, sounding, tracks_of
from cuts import COMMAND, decoded
from cuts_sides import RATE
from gapless import encode
from harness import Targets, arguments, parsed, table, usage_of
from seams.demo import Tags, write_tags
from seams.standin import StandInCatalogue, release_of, write_catalogue

NEAR = (1.0, 2.0)


@contextmanager
def standin(catalogue: Path) -> Iterator[str]:
    """Serve a catalogue; give the address of MusicBrainz."""
    with subprocess.Popen(
        [*COMMAND, "stand-in", "--catalogue", str(catalogue)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        assert running.stdout is not None
        try:
            printed = ""
            while (found := re.search(r"musicbrainz\.url=(\S+)", printed)) is None:
                line = running.stdout.readline()
                assert line, printed
                printed += line
            yield found[1].strip("'")
        finally:
            running.terminate()


def by_lengths(album: Joined, listed: Sequence[float]) -> list[float]:
    """Give the bounds that follow from the list and the length of the file."""
    spare = (len(album.sound) / RATE - sum(listed)) / (len(listed) - 1)
    ends = accumulate(listed[:-1], lambda before, length: before + spare + length)
    return [end + spare / 2 for end in ends]


def other_list(listed: Sequence[float], chance: Random) -> list[float]:
    """Give a list of other music: as many tracks, and as long together."""
    lengths = [chance.uniform(60, 240) for _ in listed]
    return [length * sum(listed) / sum(lengths) for length in lengths]


def shares(errors: Sequence[float], cuts: int) -> list[str]:
    return [f"{sum(abs(error) <= near for error in errors) / max(1, cuts):.3f}" for near in NEAR]


def median(errors: Sequence[float]) -> str:
    return f"{np.median(np.abs(errors)):.2f} s" if errors else "-"


def main() -> None:
    parser = arguments(__doc__, albums=100, seed=1, shortest=45.0, longest=420.0)
    parser.add_argument("music", type=Path, nargs="+")
    parser.add_argument("--whole", action="store_true", help="keep the silence at the ends of tracks")
    wanted = parsed(parser, albums=2, shortest=3.0)
    chance = Random(wanted.seed)
    paths = [path for folder in wanted.music for path in tracks_of(folder, wanted.shortest, wanted.longest)]
    rows: dict[str, list[float]] = {"by the lengths alone": [], "Passagework": []}
    cuts, matched, others_matched, scores = 0, 0, 0, []
    for number in range(wanted.albums):
        chosen = chance.sample(paths, min(len(paths), chance.randint(5, 9)))
        tracks = [decoded(path) for path in chosen]
        album = joined(tracks if wanted.whole else [sounding(track) for track in tracks], chance)
        listed = [length + chance.uniform(-2, 2) for length in album.lengths]
        cuts += len(album.middles)
        rows["by the lengths alone"] += np.subtract(by_lengths(album, listed), album.middles).tolist()
        found = imported(album, {"right": listed, "other": other_list(listed, chance)})
        matched += found["right"][1]
        others_matched += found["other"][1]
        scores.append(found["right"][2])
        if len(found["right"][0]) == len(album.middles):
            rows["Passagework"] += np.subtract(found["right"][0], album.middles).tolist()
        print(f"album {number + 1}: {len(album.middles)} cuts, score {scores[-1]:.2f}", flush=True)
    lines = [[name, *shares(errors, cuts), median(errors)] for name, errors in rows.items()]
    table(("bounds", "within 1 s", "within 2 s", "median"), lines)
    print(f"\n{cuts} bounds, mean score {np.mean(scores):.3f}; other lists match {others_matched} of {wanted.albums}")
    targets = Targets()
    targets.at_least("share of the bounds within 1 s", float(lines[1][1]), 0.95, ".3f")
    targets.at_least("share of the albums whose list matches", matched / wanted.albums, 0.95, ".3f")
    targets.show()


def imported(album: Joined, lists: dict[str, list[float]]) -> dict[str, tuple[list[float], bool, float]]:
    """Import an album with each of some lists; give its inner bounds in seconds, whether it matched, and the score."""
    found = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        releases = [release_of(kind, lengths) for kind, lengths in lists.items()]
        write_catalogue(StandInCatalogue(releases=tuple(releases)), folder / "catalogue.json")
        with standin(folder / "catalogue.json") as address:
            encode(folder / "sound.flac", album.sound, "flac", {})
            for release in releases:
                path = folder / release.title / "album.flac"
                path.parent.mkdir()
                (folder / "sound.flac").rename(path)
                write_tags(path, Tags(album=release.title, release_id=release.mbid))
                library = ["--library", str(folder / f"{release.title}.passages")]
                options = [
                    "analysis.workers=1",
                    f"musicbrainz.url={address}",
                    "musicbrainz.per_second=100",
                    "acoustid.enabled=false",
                ]
                sets = [word for option in options for word in ("--set", option)]
                usage_of([*COMMAND, "import", "--quiet", *library, *sets, str(path.parent)])
                shown = json.loads(usage_of([*COMMAND, "show", "--json", *library, str(path)]).printed)
                held = shown["held_release"]
                ends = [piece["start_seconds"] for piece in shown["passages"]]
                found[release.title] = (ends[1:], bool(held and held["matched"]), (held or {}).get("score") or 0.0)
                path.rename(folder / "sound.flac")
    return found


if __name__ == "__main__":
    main()
