"""Measure a real import of very many short files from the command line, and what the library answers afterwards.

    python benchmarks/many_files.py [--files 100000] [--seconds 0.2] [--folder FOLDER] [--beside SECONDS]

With ``--beside`` as much audio in files of so many seconds is imported, too, and the costs of an hour are compared.
FOLDER gets the music, made in six formats with different sounds and tags, and keeps it for the next run; without one it
is made in a temporary folder. Each command is a process of its own: wall-clock and CPU seconds count from its start to
its end, its own workers included; the peak is that of the largest process.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from harness import Targets, arguments, parsed, table
from numpy.typing import NDArray
from seams.demo import AudioForm, Tags, invented_mbid, write_audio, write_tags

FORMS = (AudioForm.WAV, AudioForm.FLAC, AudioForm.MP3, AudioForm.VORBIS, AudioForm.OPUS, AudioForm.AAC)
FILES_PER_FOLDER = 12
FOLDERS_PER_ARTIST = 2
RATE, OPUS_RATE = 44_100, 48_000
AT_ONCE = 600
MOST_FOR_SHORT = 1.2
"""Times the cost of an hour in long files: wanted for files of 10 s beside files of 10 minutes."""
PROGRAM = (str(Path(sys.executable).with_name("passagework")),)


@dataclass(frozen=True)
class Step:
    """What a command took: seconds, and the largest resident size of a process in bytes."""

    name: str
    wall: float
    cpu: float
    peak: int

    def row(self, files: int) -> tuple[str, ...]:
        return (
            self.name,
            f"{self.wall:,.2f}",
            f"{self.cpu:,.2f}",
            f"{1e6 * self.cpu / files:,.1f}",
            f"{files / self.wall:,.0f}",
            f"{self.peak / 1e6:,.0f}",
        )


def main() -> int:
    parser = arguments(__doc__, files=100_000, seconds=0.2, folder=None, beside=0.0)
    wanted = parsed(parser, files=120)
    with tempfile.TemporaryDirectory(prefix="many-files-") as scratch:
        music = wanted.folder or Path(scratch, "music")
        make(music, wanted.files, wanted.seconds)
        library = Path(scratch, "library.passages")
        steps = [step("import", "import", "--quiet", str(music), library=library)]
        wrote = writes_of(library)
        steps += afterwards(music, library)
        print(f"files of {wanted.seconds:g} s in {len(FORMS)} formats, {len(os.sched_getaffinity(0))} cores")
        print(f"{wrote}\n")
        names = ("command", "wall s", "CPU-s", "CPU us a file", "files/s", "peak MB")
        table(names, [step.row(wanted.files) for step in steps])
        if wanted.beside:
            beside(music, steps[0], wanted, Path(scratch))
    return 0


def beside(music: Path, short: Step, wanted: argparse.Namespace, scratch: Path) -> None:
    """Import the same hours of audio in long files: the start of the program and its workers costs both the same."""
    files = max(len(FORMS), round(wanted.files * wanted.seconds / wanted.beside))
    folder = music.with_name(f"{music.name}-{wanted.beside:g}")
    make(folder, files, wanted.beside)
    long = step("import, long files", "import", "--quiet", str(folder), library=scratch / "long.passages")
    of_short, of_long = (
        3600 * one.cpu / audio for one, audio in ((short, wanted.files * wanted.seconds), (long, files * wanted.beside))
    )
    targets = Targets()
    targets.at_most(
        f"CPU of an hour in files of {wanted.seconds:g} s / in files of {wanted.beside:g} s "
        f"({of_short:.1f} / {of_long:.1f} CPU-s)",
        of_short / of_long,
        MOST_FOR_SHORT,
    )
    targets.show()


def make(folder: Path, files: int, seconds: float) -> None:
    """Make what is not there yet."""
    with ProcessPoolExecutor() as pool:
        for _ in pool.map(_make_some, *zip(*_parts(folder, files, seconds), strict=True)):
            pass


def _parts(folder: Path, files: int, seconds: float) -> Iterator[tuple[Path, range, float]]:
    for first in range(0, files, AT_ONCE):
        yield folder, range(first, min(first + AT_ONCE, files)), seconds


def _make_some(folder: Path, numbers: range, seconds: float) -> None:
    for number in numbers:
        form = FORMS[number % len(FORMS)]
        path = folder / f"{number // FILES_PER_FOLDER:05}" / f"{number:07}{form.suffix}"
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        rate = OPUS_RATE if form is AudioForm.OPUS else RATE
        beginning = path.with_name(f".{path.name}")
        write_audio(beginning, sound(round(seconds * rate), rate, number), rate, form)
        write_tags(beginning, tags_of(number))
        beginning.rename(path)


def sound(samples: int, rate: int, number: int) -> NDArray[np.float32]:
    """Give a tone in noise, of this number alone."""
    noise = np.random.default_rng(number).standard_normal(samples, np.float32)
    tone = np.sin(2 * np.pi * (110 + number % 997) * np.arange(samples, dtype=np.float32) / rate)
    return np.repeat((0.2 * tone + 0.02 * noise)[:, np.newaxis], 2, axis=1).astype(np.float32)


def tags_of(number: int) -> Tags:
    """Twelve files make an album, two albums an artist."""
    place, track = divmod(number, FILES_PER_FOLDER)
    artist = f"Artist {place // FOLDERS_PER_ARTIST}"
    return Tags(
        title=f"Recording {number}",
        artist_credit=artist,
        artists=(artist,),
        album=f"Album {place}",
        album_artist_credit=artist,
        date=f"{1900 + place % 100}",
        track_number=track + 1,
        recording_ids=(invented_mbid("recording", str(number)),),
        artist_ids=(invented_mbid("artist", artist),),
        release_id=invented_mbid("release", str(place)),
        release_group_id=invented_mbid("release-group", str(place)),
    )


def afterwards(music: Path, library: Path) -> Iterator[Step]:
    """Ask the library, by one command after the other."""
    yield step("import, nothing new", "import", "--quiet", str(music), library=library)
    yield step("status", "status", library=library)
    yield step("list, a search", "list", "album 7", library=library)
    yield step("list --json", "list", "--json", library=library)
    yield step("export json", "export", "json", str(library.with_suffix(".json")), library=library)


def step(name: str, *words: str, library: Path) -> Step:
    """Run a command of the program of this environment."""
    command = [*PROGRAM, *words, "--library", str(library)]
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}")
    print(f"{name}: {wall:.1f} s", file=sys.stderr)
    return Step(name, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def writes_of(library: Path) -> str:
    """Say how the import wrote, by the statistics that it left in the library."""
    done = subprocess.run([*PROGRAM, "status", "--json", "--library", str(library)], stdout=subprocess.PIPE, check=True)
    status = json.loads(done.stdout)
    files, writes = sum(status["files"].values()), status["last_run_writes"]
    return (
        f"{files:,} files, {status['passages']:,} passages, {status['size_bytes'] / files:,.0f} bytes a file; "
        f"the import wrote {writes['messages'] / files:.2f} messages in "
        f"{writes['transactions'] / files:.3f} transactions a file, "
        f"the longest of {writes['holds_seconds']['largest']:.2f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
