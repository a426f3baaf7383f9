"""Folders of hostile files through a whole import with worker processes, and through the exports behind it."""

import json
import math
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from seams.embedding import Library

from torture_parts import commands, contents, history, music
from torture_parts.attack import Case, Verdict
from torture_parts.attacks.hostile_files import MOST_MEMORY, HostileFiles

FILES, QUICK_FILES = 12, 4
IMPORTER_MEMORY = 200 << 20
WORKER_MEMORY = MOST_MEMORY + (64 << 20)
"""The limit of a worker is on its address space above what it has at its start."""

SHORT = ("analysis.deadline_seconds=8", "analysis.deadline_factor=0", "analysis.workers=1")
GAINS = range(-100, 101)
"""Decibels; a gain beyond is no loudness of music."""

GAIN = re.compile(r'liq_amplify="(\S+) dB"')


class HostileFolders(HostileFiles):
    """A case imports a folder of hostile files and one good one, exports it, and looks at all of it."""

    name: ClassVar[str] = "hostile-folders"
    aim: ClassVar[str] = "folders of such files through an import with workers, and its exports"
    share: ClassVar[float] = 1.0
    deadline: ClassVar[float] = 400.0

    def attempt(self, case: Case, scratch: Path) -> Verdict:
        rng = case.generator()
        folder = scratch / "music"
        folder.mkdir()
        files = QUICK_FILES if self.bench.quick else FILES
        for number in range(files):
            below = scratch / "making"
            below.mkdir()
            _, path = self.make(rng, below)
            path.rename(folder / f"{number:02}{path.suffix}")
            below.rmdir()
        good = folder / f"good{self._seeds[0].suffix}"
        shutil.copyfile(self._seeds[0], good)
        before = music.state_of(folder)
        library = scratch / history.NAME
        words = ["import", "--quiet", *commands.settings(*SHORT), *commands.NO_SERVICE, folder]
        ended = commands.run_afresh(words, library, scratch / "import", deadline=300.0)
        found = ended.complaints(commands.OK, commands.NEW_FAILURES)
        if ended.own_bytes > IMPORTER_MEMORY:
            found.append(f"the importer took {ended.own_bytes >> 20} MB")
        if ended.peak_bytes > WORKER_MEMORY:
            found.append(f"a worker took {ended.peak_bytes >> 20} MB")
        found += music.changes(before, music.state_of(folder))
        if not found:
            found += [*_states(library, folder, good), *contents.unsound(library), *_exports(library, scratch)]
        return Verdict("a folder", tuple(found), files)


def _states(library: Path, folder: Path, good: Path) -> Iterator[str]:
    """Say what is wrong with what the library says about each file."""
    with Library.open(library) as opened:
        for name in sorted(os.listdir(folder)):
            view = opened.file(os.fsencode(folder / name))
            if view.state not in {"analysed", "failed"}:
                yield f"a file was left {view.state}"
            if view.failure is not None and view.failure.code in {"internal-error", "library-rejected"}:
                yield f"{view.failure.code}: {view.failure.detail}"
            if name == good.name and view.state != "analysed":
                yield "the good file was not analysed"
            for passage in view.passages:
                if not 0 <= passage.start < passage.end:
                    yield f"passage from {passage.start} to {passage.end}"


def _exports(library: Path, scratch: Path) -> Iterator[str]:
    """Say what is wrong with the exports."""
    for kind in ("json", "m3u"):
        target = scratch / f"out.{kind}"
        ended = commands.run(["export", kind, target], library, scratch / "export")
        yield from (f"export {kind}: {one}" for one in ended.complaints(commands.OK))
        if ended.code == commands.OK:
            yield from _of_json(target) if kind == "json" else _of_playlist(target)


def _of_json(target: Path) -> Iterator[str]:
    for line in target.read_text("utf-8").splitlines():
        values = json.loads(line)
        yield from (
            f"export json: {name} is {value}"
            for name, value in values.items()
            if isinstance(value, float) and not math.isfinite(value)
        )


def _of_playlist(target: Path) -> Iterator[str]:
    for line in target.read_text("utf-8").splitlines():
        for gain in GAIN.findall(line):
            if not math.isfinite(float(gain)) or int(float(gain)) not in GAINS:
                yield f"export m3u: a gain of {gain} dB"
