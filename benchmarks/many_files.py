"""Measure a real import of very many short files from the command line, and what the library answers afterwards.

    python benchmarks/many_files.py [--files 100000] [--seconds 0.2] [--folder FOLDER] [--beside SECONDS]

With ``--beside`` as much audio in files of so many seconds is imported, too, and the costs of an hour are compared.
FOLDER gets the music, made in six formats with different sounds and tags, and keeps it for the next run, which has to
ask for as many files; without one it is made in a temporary folder. Each command is a process of its own: wall-clock
and CPU seconds count from its start to its end, its workers included. Memory is the largest resident size of the
process, and of the largest of its workers, which are looked at while they run.
"""

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
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
LOOK_SECONDS = 0.2
PROGRAM = (str(Path(sys.executable).with_name("passagework")),)

COMMAND = """
import atexit, json, os, resource, sys
from pathlib import Path
from passagework.cli.main import main

def tell():
    own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = [used.ru_utime + used.ru_stime for used in (own, workers)]
    Path(os.environ["USED"]).write_text(json.dumps(cpu))

atexit.register(tell)
main()
"""
"""The command line, which writes at its end how many CPU seconds it and its workers took."""


@dataclass(frozen=True)
class Step:
    """What a command took, itself and in its workers: seconds, and the largest resident size in MB."""

    name: str
    wall: float
    cpu: float
    workers_cpu: float
    peak: float
    worker_peak: float

    def row(self, files: int) -> tuple[str, ...]:
        own, workers = (f"{1e6 * cpu / files:,.1f}" for cpu in (self.cpu, self.workers_cpu))
        return (
            self.name,
            f"{self.wall:,.2f}",
            f"{self.cpu + self.workers_cpu:,.2f}",
            own,
            workers if self.workers_cpu else "-",
            f"{files / self.wall:,.0f}",
            f"{self.peak:,.0f}",
            f"{self.worker_peak:,.0f}" if self.worker_peak else "-",
        )


def main() -> int:
    parser = arguments(__doc__, files=100_000, seconds=0.2, folder=None, beside=0.0)
    wanted = parsed(parser, files=120)
    with tempfile.TemporaryDirectory(prefix="many-files-") as scratch:
        music = wanted.folder or Path(scratch, "music")
        make(music, wanted.files, wanted.seconds)
        library = Path(scratch, "library.passages")
        steps = [step("import", "import", "--quiet", str(music), library=library)]
        wrote = writes_of(library, wanted.files)
        steps += afterwards(music, library)
        print(f"files of {wanted.seconds:g} s in {len(FORMS)} formats, {len(os.sched_getaffinity(0))} cores")
        print(f"{wrote}\n")
        names = ("command", "wall s", "CPU-s", "us a file", "in workers", "files/s", "memory MB", "worker MB")
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
        3600 * (one.cpu + one.workers_cpu) / audio
        for one, audio in ((short, wanted.files * wanted.seconds), (long, files * wanted.beside))
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
        # An earlier run may have been killed.
        beginning.unlink(missing_ok=True)
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
    """Run a command of the program, and see what it and its workers take."""
    command = [sys.executable, "-c", COMMAND, *words, "--library", str(library)]
    used = library.with_name("used.json")
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "USED": str(used)})
    peaks = Peaks(child.pid)
    code = child.wait()
    wall = time.monotonic() - began
    peaks.end()
    if code:
        sys.exit(f"{name} ended with {code}: {' '.join(words)}")
    print(f"{name}: {wall:.1f} s", file=sys.stderr)
    own, workers = json.loads(used.read_text("utf-8"))
    return Step(name, wall, own, workers, peaks.process, peaks.worker)


class Peaks:
    """The largest resident sizes of a process and of those below it in MB, looked at again and again until the end.

    What wait4 says is no use: it counts the parent, whose copy each process is until it runs a program.
    """

    def __init__(self, process: int) -> None:
        self.process = self.worker = 0.0
        self._pid = process
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self.process = max(self.process, _peak(self._pid))
            self.worker = max(self.worker, *map(_peak, _below(self._pid)), 0.0)


def _below(process: int) -> Iterator[int]:
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, thread.read_text("ascii").split()):
                yield child
                yield from _below(child)


def _peak(process: int) -> float:
    """Return the largest resident size that a process had; 0 where it is gone, or where the system does not tell."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text("ascii"))
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def writes_of(library: Path, wanted: int) -> str:
    """Say how the import wrote, by the statistics that it left in the library."""
    done = subprocess.run([*PROGRAM, "status", "--json", "--library", str(library)], stdout=subprocess.PIPE, check=True)
    status = json.loads(done.stdout)
    files, writes = sum(status["files"].values()), status["last_run_writes"]
    if files != wanted:
        sys.exit(f"there are {files:,} files in the folder, and {wanted:,} were asked for")
    return (
        f"{files:,} files, {status['passages']:,} passages, {status['size_bytes'] / files:,.0f} bytes a file; "
        f"the import wrote {writes['messages'] / files:.2f} messages in "
        f"{writes['transactions'] / files:.3f} transactions a file, "
        f"the longest of {writes['holds_seconds']['largest']:.2f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
