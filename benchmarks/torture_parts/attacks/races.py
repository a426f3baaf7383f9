"""Races on the file tree: while it is imported, files are renamed, replaced, cut, grown and taken away."""

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from torture_parts import commands, contents, history, music
from torture_parts.attack import Attack, Case, Verdict

FILES = 14
LONGEST = 2.5
"""Seconds over which changes are spread: as long as the import of so few files."""


SHORT = commands.settings("analysis.deadline_seconds=8", "analysis.deadline_factor=0")
"""What hangs a worker costs so much."""


def _rename(path: Path, _: Path, rng: random.Random) -> None:
    path.rename(path.with_name(f"{rng.randrange(1000)}-{path.name}"))


def _move(path: Path, _: Path, rng: random.Random) -> None:
    folder = path.parent / f"new {rng.randrange(5)}"
    folder.mkdir(exist_ok=True)
    path.rename(folder / path.name)


def _rename_folder(path: Path, _: Path, rng: random.Random) -> None:
    path.parent.rename(path.parent.with_name(f"folder {rng.randrange(1000)}"))


def _delete(path: Path, _: Path, __: random.Random) -> None:
    path.unlink()


def _fifo(path: Path, _: Path, __: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def _link_elsewhere(path: Path, outside: Path, __: random.Random) -> None:
    path.unlink()
    path.symlink_to(outside)


def _loop(path: Path, _: Path, __: random.Random) -> None:
    path.unlink()
    path.symlink_to(path)


def _folder(path: Path, _: Path, __: random.Random) -> None:
    path.unlink()
    path.mkdir()


def _device(path: Path, _: Path, __: random.Random) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _regular(path: Path) -> Path:
    """Opening a pipe that nobody reads would wait for ever."""
    if not path.is_file():
        raise FileNotFoundError(path)
    return path


def _cut(path: Path, _: Path, rng: random.Random) -> None:
    os.truncate(_regular(path), rng.randrange(path.stat().st_size + 1))


def _grow(path: Path, _: Path, rng: random.Random) -> None:
    with open(_regular(path), "ab") as file:
        file.write(rng.randbytes(100_000))


def _rewrite(path: Path, outside: Path, __: random.Random) -> None:
    _regular(path).write_bytes(outside.read_bytes())


def _replace(path: Path, outside: Path, rng: random.Random) -> None:
    other = path.with_name(f".{rng.randrange(10**6)}")
    shutil.copyfile(outside, other)
    other.replace(path)


def _forbid(path: Path, _: Path, __: random.Random) -> None:
    path.chmod(0)


DEEDS: tuple[Callable[[Path, Path, random.Random], None], ...] = (
    *(_rename, _move, _rename_folder, _delete, _fifo, _link_elsewhere, _loop, _folder, _device),
    *(_cut, _grow, _rewrite, _replace, _forbid),
)


class Races(Attack):
    """A case imports a folder while it is changed, then once more when it rests: the second has the truth."""

    name: ClassVar[str] = "races"
    aim: ClassVar[str] = "files renamed, cut, grown, replaced by FIFOs, links and folders during the import"
    share: ClassVar[float] = 1.0
    deadline: ClassVar[float] = 200.0

    def prepare(self) -> None:
        self._seeds = music.seeds(self.bench.shared / "seeds")

    def attempt(self, case: Case, scratch: Path) -> Verdict:
        rng = case.generator()
        folder = music.fill(scratch / "music", self._seeds, range(FILES))
        outside = scratch / "outside.flac"
        shutil.copyfile(next(seed for seed in self._seeds if seed.suffix == ".flac"), outside)
        library = scratch / history.NAME
        pool = rng.random() < 0.5
        executor = commands.ONE_WORKER if pool else commands.INLINE
        words = ["import", "--quiet", *executor, *SHORT, *commands.NO_SERVICE, folder]
        child = commands.start(words, library, scratch / "during")
        done = set()
        until = time.monotonic() + rng.uniform(0, LONGEST)
        while time.monotonic() < until:
            time.sleep(rng.uniform(0, 0.1))
            deed = rng.choice(DEEDS)
            paths = [Path(base, name) for base, _, names in os.walk(folder) for name in names]
            try:
                deed(rng.choice(paths), outside, rng)
                done.add(deed.__name__.strip("_"))
            except (OSError, IndexError):
                # What it would be done to is something else by now.
                pass
        ended = child.wait(commands.DEADLINE)
        where = f"{'pool' if pool else 'inline'}, {'+'.join(sorted(done))}"
        found = [f"during: {one}" for one in ended.complaints(*commands.MAY_END_WITH)]
        before = music.state_of(folder)
        again = commands.run(words, library, scratch / "after", deadline=commands.DEADLINE)
        found += [f"after: {one}" for one in again.complaints(*commands.MAY_END_WITH)]
        fresh = scratch / "fresh"
        fresh.mkdir()
        commands.run(words, fresh / history.NAME, scratch / "fresh output", deadline=commands.DEADLINE)
        found += music.changes(before, music.state_of(folder))
        if again.code in {0, 1, 5} and not found:
            found += _compared(library, fresh / history.NAME)
        return Verdict(where, tuple(found))


def _compared(library: Path, fresh: Path) -> list[str]:
    """Compare what two libraries say about the files that are there and are music for one of them.

    The older one may know of others that are gone, has the former passages of what fails now, and keeps what it knows
    of a name that cannot be looked at (a link to itself), and of all that is missing beside one.
    """
    music_now = contents.analysed(library) | contents.analysed(fresh)
    there = {repr(path) for path in music_now if os.path.isfile(path)}

    def of_these(path: Path) -> list[str]:
        return [
            line
            for line in contents.lines_of(path)
            if line.startswith(("passage:", "passage_song:"))
            and " retired" not in line
            and any(one in line for one in there)
        ]

    expected, found = of_these(fresh), of_these(library)
    return [] if expected == found else [f"passages differ: {contents.difference(expected, found)}"]
