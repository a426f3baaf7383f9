"""Build a folder of real music for the slow tests and the benchmarks.

    python benchmarks/real_music.py FOLDER

Fetches Debian packages of freely licensed music with apt-get (read their copyright files before passing anything on)
and leaves in FOLDER:

    wesnoth/   the Ogg Vorbis tracks of a game's soundtrack, as packaged
    mixed/     about 3 hours in every format that can be written here, with the number of samples each encoder was given
    stamped/   copies with invented MusicBrainz identifiers, with the number of links they stand for
    long/      one file of 3 hours

Each part holds a truth.json, is built beside its place and moved there when it is whole; a part that is there is kept.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from itertools import chain, cycle
from multiprocessing import get_context
from pathlib import Path

import av
import mutagen
import numpy as np
from numpy.typing import NDArray
from seams.demo import AudioForm, Tags, count_links, encode_blocks, invented_mbid, write_tags

PACKAGES = ("wesnoth-1.16-music", "singularity-music")
MIXED_FORMS = (
    AudioForm.MP3,
    AudioForm.FLAC,
    AudioForm.VORBIS,
    AudioForm.OPUS,
    AudioForm.AAC,
    AudioForm.WAV,
    AudioForm.AIFF,
    AudioForm.WAVPACK,
    AudioForm.WMA,
)
OPUS_RATE = 48_000
LONG_RATE = 44_100
LONG_GAP_SECONDS = 5
TRUTH = "truth.json"
Samples = NDArray[np.float32]

ARTISTS = ("Ada Invented", "Ben Invented", "Cleo Invented")
TWO_DISCS, BEST_OF = "Two Discs (invented)", "Best Of (invented)"
# Album, artists of the album, disc, track, title, artists, works: artists by their initials, works by single letters.
STAMPS = (
    (TWO_DISCS, "AB", (1, 2), 1, "Alone", "A", ""),
    (TWO_DISCS, "AB", (1, 2), 2, "Together", "AB", "x"),
    (TWO_DISCS, "AB", (1, 2), 3, "The Other", "B", "yz"),
    (TWO_DISCS, "AB", (2, 2), 1, "Alone Again", "A", ""),
    (TWO_DISCS, "AB", (2, 2), 2, "All Three", "ABC", ""),
    (TWO_DISCS, "AB", (2, 2), 3, "Guest", "C", "x"),
    (BEST_OF, "C", (1, 1), 1, "Opening", "C", ""),
    (BEST_OF, "C", (1, 1), 2, "Together", "AB", "x"),
    (BEST_OF, "C", (1, 1), 3, "Closing", "B", ""),
)
"""A two-disc album with shared artists and joint credits, and a second album that has one recording of it."""


class RealMusicError(Exception):
    """What keeps the folder from being built, in words for the person at the terminal."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--packages", type=Path, default=default_cache(), help="where the .deb files are kept")
    parser.add_argument("--minutes", type=float, help="cut the mixed tracks to so many minutes (default: whole)")
    parser.add_argument("--tracks", type=int, help="at most so many mixed tracks (default: all)")
    parser.add_argument("--hours", type=float, default=3.0, help="length of the long file (default: 3)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="encode so many tracks at once")
    wanted = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="real-music-") as unpacked:
            build(wanted, Path(unpacked))
    except RealMusicError as error:
        print(f"real_music: {error}", file=sys.stderr)
        return 1
    return 0


def default_cache() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "passagework" / "packages"


def build(wanted: argparse.Namespace, unpacked: Path) -> None:
    folder: Path = wanted.folder
    parts = {part: folder / part / TRUTH for part in ("wesnoth", "mixed", "stamped", "long")}
    if all(truth.exists() for truth in parts.values()):
        print(f"{folder} is complete; remove a part to have it built again")
        return
    for package in PACKAGES:
        run("dpkg", "-x", str(fetch(package, wanted.packages)), str(unpacked))
    sources = sorted(unpacked.rglob("*.ogg"), key=lambda path: path.name)
    wesnoth = [path for path in sources if "wesnoth" in path.parts]
    if not wesnoth or len(wesnoth) == len(sources):
        raise RealMusicError(
            f"the packages {', '.join(PACKAGES)} hold no Ogg Vorbis tracks; the distribution changed them"
        )
    folder.mkdir(parents=True, exist_ok=True)
    build_part(folder / "wesnoth", lambda part: copy_tracks(wesnoth, part))
    chosen = sources[: wanted.tracks]
    build_part(folder / "mixed", lambda part: transcode_all(chosen, part, wanted.minutes, wanted.jobs))
    build_part(folder / "stamped", lambda part: stamp_copies(folder / "mixed", part))
    build_part(folder / "long", lambda part: concatenate(sources, part, wanted.hours))


def build_part(place: Path, make: Callable[[Path], object]) -> None:
    """Let ``make`` fill a folder and return its truth; the part appears at ``place`` as a whole or not at all."""
    if (place / TRUTH).exists():
        print(f"{place}: kept")
        return
    if place.exists():
        raise RealMusicError(f"{place} exists, but was not made here; choose another folder or move it away")
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}-") as beside:
        part = Path(beside) / place.name
        part.mkdir()
        (part / TRUTH).write_text(json.dumps(make(part), indent=1, ensure_ascii=False) + "\n", "utf-8")
        part.rename(place)
    print(f"{place}: built, {sum(1 for path in place.iterdir()) - 1} files")


def fetch(package: str, cache: Path) -> Path:
    """Give the package's .deb from the cache, or download it there."""
    cache.mkdir(parents=True, exist_ok=True)
    if not (found := sorted(cache.glob(f"{package}_*.deb"))):
        print(f"downloading {package} to {cache}")
        run("apt-get", "download", package, cwd=cache)
        found = sorted(cache.glob(f"{package}_*.deb"))
    if not found:
        raise RealMusicError(f"apt-get left no {package}_*.deb in {cache}")
    return found[-1]


def run(*command: str, cwd: Path | None = None) -> None:
    if shutil.which(command[0]) is None:
        raise RealMusicError(
            f"{command[0]} is not there; on a Debian system or not, put the .deb files of {', '.join(PACKAGES)} "
            "into a folder, name it with --packages, and install dpkg"
        )
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = "; ".join(line for line in done.stderr.splitlines() if line.startswith(("E:", "dpkg"))) or done.stderr
        raise RealMusicError(
            f"`{' '.join(command)}` failed (exit code {done.returncode}): {said.strip()}. Without a network, or on "
            "another distribution, put the .deb files into a folder and name it with --packages"
        )


def copy_tracks(sources: list[Path], part: Path) -> list[dict[str, object]]:
    for source in sources:
        shutil.copyfile(source, part / source.name)
    return [{"file": source.name} for source in sources]


def transcode_all(sources: list[Path], part: Path, minutes: float | None, jobs: int) -> list[dict[str, object]]:
    """Encode every source in one form after the other, and the first once more as mp3 without a length header."""
    forms = cycle(MIXED_FORMS)
    pairs = [(source, next(forms)) for source in sources] + [(sources[0], AudioForm.MP3_BARE)]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        tasks = [pool.submit(transcode, source, form, part, minutes) for source, form in pairs]
        return [task.result() for task in tasks]


def transcode(source: Path, form: AudioForm, part: Path, minutes: float | None) -> dict[str, object]:
    with av.open(str(source)) as container:
        rate = OPUS_RATE if form is AudioForm.OPUS else container.streams.audio[0].rate
    path = part / f"{source.stem} ({form}){form.suffix}"
    limit = None if minutes is None else round(minutes * 60 * rate)
    samples = encode_blocks(path, decoded(source, rate, limit), rate, 2, form)
    tags = plain_tags(source)
    write_tags(path, tags)
    return {
        "file": path.name,
        "form": form.value,
        "source": source.name,
        "sample_rate": rate,
        "channels": 2,
        "samples": samples,
        "title": tags.title,
        "artist": tags.artist_credit,
        "album": tags.album,
    }


def decoded(source: Path, rate: int, limit: int | None = None) -> Iterator[Samples]:
    """Decode to float stereo at ``rate`` in blocks, at most ``limit`` samples."""
    resampler = av.AudioResampler(format="flt", layout="stereo", rate=rate, frame_size=65_536)
    left = limit
    with av.open(str(source)) as container:
        for frame in chain(container.decode(audio=0), (None,)):
            for piece in resampler.resample(frame):
                block = piece.to_ndarray().reshape(-1, 2).astype(np.float32, copy=False)[:left]
                if left is not None:
                    left -= len(block)
                if len(block):
                    yield block
                if left == 0:
                    return


def plain_tags(source: Path) -> Tags:
    comments = mutagen.File(source).tags or {}

    def first(name: str) -> str | None:
        return next((value for value in comments.get(name, ()) if value.strip()), None)

    return Tags(
        title=first("title") or source.stem,
        artist_credit=first("artist"),
        album=first("album") or source.parent.name,
        date=first("date"),
    )


def stamp_copies(mixed: Path, part: Path) -> dict[str, object]:
    """Copy short single pieces of every format and write the invented identifiers into the copies."""
    described = json.loads((mixed / TRUTH).read_text("utf-8"))
    by_length = sorted(described, key=lambda entry: entry["samples"] / entry["sample_rate"])
    pieces = [mixed / entry["file"] for entry in by_length if is_single_piece(mixed / entry["file"])]
    stamps = [invented_tags(*stamp) for stamp in STAMPS]
    files = []
    for position, (source, tags) in enumerate(zip(spread(pieces), stamps, strict=False)):
        copy = part / f"{position + 1:02} {tags.title}{source.suffix}"
        shutil.copyfile(source, copy)
        write_tags(copy, tags)
        files.append({"file": copy.name, "source": source.name, "tags": known_fields(tags)})
    if len(files) < len(stamps):
        raise RealMusicError(f"{mixed} has {len(files)} single pieces; {len(stamps)} are needed: use more --tracks")
    return {"counts": asdict(count_links(stamps)), "files": files}


def invented_tags(
    album: str, album_artists: str, disc: tuple[int, int], track: int, title: str, artists: str, works: str
) -> Tags:
    """Build the tags of a track, with MusicBrainz identifiers that do not exist on musicbrainz.org."""
    names, album_names = (tuple(name for name in ARTISTS if name[0] in some) for some in (artists, album_artists))
    return Tags(
        title=title,
        artist_credit=" & ".join(names),
        artists=names,
        album=album,
        album_artist_credit=" & ".join(album_names),
        date="2001-02-03",
        track_number=track,
        track_total=3,
        disc_number=disc[0],
        disc_total=disc[1],
        recording_ids=(invented_mbid("recording", title),),
        release_track_id=invented_mbid("track", f"{album}:{disc}:{(track, 3)}"),
        release_id=invented_mbid("release", album),
        release_group_id=invented_mbid("release-group", album),
        artist_ids=tuple(invented_mbid("artist", name) for name in names),
        album_artist_ids=tuple(invented_mbid("artist", name) for name in album_names),
        work_ids=tuple(invented_mbid("work", work) for work in works),
    )


def spread(pieces: list[Path]) -> Iterator[Path]:
    """Order the pieces so that the suffixes take turns, the first of each suffix first."""
    by_suffix: dict[str, list[Path]] = {}
    for piece in pieces:
        by_suffix.setdefault(piece.suffix, []).append(piece)
    while any(by_suffix.values()):
        yield from [waiting.pop(0) for waiting in by_suffix.values() if waiting]


def is_single_piece(path: Path) -> bool:
    """Tell whether the file is at least 20 s of music without a pause of a second, however one cuts."""
    rate = LONG_RATE
    hop = rate // 10
    signal = np.concatenate(list(decoded(path, rate)) or [np.zeros((0, 2), np.float32)])
    whole = signal[: len(signal) // hop * hop].reshape(-1, hop * 2)
    loud = np.flatnonzero(np.sqrt(np.mean(np.square(whole, dtype=np.float64), axis=1)) > 10 ** (-50 / 20))
    return len(loud) > 200 and int(np.diff(loud).max()) < 10


def known_fields(tags: Tags) -> dict[str, object]:
    return {name: value for name, value in asdict(tags).items() if value and name != "replay_gain"}


def concatenate(sources: list[Path], part: Path, hours: float) -> list[dict[str, object]]:
    """Join tracks with gaps of digital silence to one FLAC of the wanted length, starting over when they run out."""
    path = part / "long.flac"
    total = round(hours * 3600 * LONG_RATE)
    pieces: list[dict[str, object]] = []

    def blocks() -> Iterator[Samples]:
        position = 0
        for source in cycle(sources):
            start = position
            for block in decoded(source, LONG_RATE, total - position):
                position += len(block)
                yield block
            pieces.append({"source": source.name, "start": start, "end": position})
            gap = min(LONG_GAP_SECONDS * LONG_RATE, total - position)
            position += gap
            yield np.zeros((gap, 2), np.float32)
            if position == total:
                return

    samples = encode_blocks(path, blocks(), LONG_RATE, 2, AudioForm.FLAC)
    write_tags(path, Tags(title="Everything in one file"))
    return [{"file": path.name, "samples": samples, "sample_rate": LONG_RATE, "pieces": pieces}]


if __name__ == "__main__":
    sys.exit(main())
