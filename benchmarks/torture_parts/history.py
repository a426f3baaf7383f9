"""The life of a small library as steps, each one transaction, with the content that the library has after each.

The steps are what importers and people do: runs, attempts, results, links, user values, an undo, checkpoints. Whatever
interrupts them, the library must have the content after the last acknowledged step, or after the one under way.
"""

import gzip
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from seams.analysis import FileAnalysis, analyse
from seams.demo import Tags
from seams.identification import link_file
from seams.store import (
    BeginAttempt,
    Edit,
    FileStamp,
    LibraryError,
    LibraryStore,
    MarkMissing,
    RunId,
    Runs,
    RunState,
    ShowFile,
    StoreAnalysis,
    StoreLinks,
    WaitingFiles,
    WriterStatistics,
)

from torture_parts import contents, music

FILES, BATCH = 24, 6
NOW = 1_800_000_000_000_000_000
CHANGED, GONE = range(3, 7), (1, 2)
SCHEMA_1 = contents.PROJECT / "tests" / "persistence" / "released" / "schema-1.passages.gz"

NAME = "library.passages"
STAYS = re.compile(rf"{NAME}(\.lock|\.v\d+\.backup)?")
"""What may be in the folder of a library in the end: itself, its lock, and backups of a migration."""

Step = Callable[[LibraryStore], object]


@dataclass(frozen=True, slots=True)
class History:
    """Steps behind the opening, and the content after it and after each of them. ``before``: files at its begin."""

    steps: tuple[Step, ...]
    lines: tuple[list[str], ...]
    digests: tuple[bytes, ...]
    before: dict[str, bytes]
    synchronous: str = "full"

    def begin(self, folder: Path) -> Path:
        """Put the files of the begin into a folder, and give the path of the library."""
        for name, content in self.before.items():
            (folder / name).write_bytes(content)
        return folder / NAME

    def open(self, library: Path) -> LibraryStore:
        """Open the library as its writer does."""
        return LibraryStore(library, synchronous=self.synchronous)

    def go_on(self, store: LibraryStore, done: int, acknowledge: Callable[[int], object]) -> None:
        """Do the steps that are left behind the ``done`` first ones, then close."""
        for number in range(done, len(self.steps)):
            self.steps[number](store)
            acknowledge(number + 1)
        store.checkpoint()
        store.close()

    def live(self, library: Path, acknowledge: Callable[[int], object]) -> None:
        """Open the library and do everything. ``acknowledge`` hears 0 when it is open, and the number of steps done."""
        store = self.open(library)
        acknowledge(0)
        self.go_on(store, 0, acknowledge)

    def complaints(
        self, library: Path, acknowledged: int | None, *, may_lose: bool = False, complete: bool = True
    ) -> list[str]:
        """Look at what an interruption left, and do the steps that are left; say what is wrong.

        ``acknowledged``: what was heard last. ``may_lose``: acknowledged steps may be gone, but none in their middle.
        Without ``complete`` nothing is done but opening and looking.
        """
        try:
            store = self.open(library)
        except LibraryError as error:
            return [f"not opened: {error.code}: {error}".replace(str(library.parent), "")]
        try:
            now = contents.lines_of(library)
            at = self._position(now, 0 if may_lose or acknowledged is None else acknowledged)
            if at is None or (at > (acknowledged or 0) + 1):
                expected = self.lines[acknowledged or 0]
                return [f"content after step {acknowledged} of {len(self.steps)}: {contents.difference(expected, now)}"]
            if not complete:
                return contents.unsound(library)
            self.go_on(store, at, lambda _: None)
        except LibraryError as error:
            return [f"not completed: {error.code}: {error}".replace(str(library.parent), "")]
        finally:
            store.close()
        end = contents.lines_of(library)
        found = contents.unsound(library)
        if contents.digest_of(end) != self.digests[-1]:
            found.append(f"content at the end: {contents.difference(self.lines[-1], end)}")
        beside = {path.name for path in library.parent.iterdir() if not STAYS.fullmatch(path.name)}
        return found + [f"left beside: {name}" for name in sorted(beside)]

    def _position(self, lines: Sequence[str], earliest: int) -> int | None:
        digest = contents.digest_of(lines)
        # From the end: steps that change nothing, such as the opening of a run, leave the content of the one before.
        # The one after the acknowledged is the latest that can be there.
        for at in range(earliest, len(self.digests)):
            if self.digests[at] == digest:
                return at
        return None


@cache
def histories(shared: Path) -> dict[str, History]:
    """Make the histories that are interrupted, once."""
    seeds = music.seeds(shared / "seeds")
    return {
        "two runs and an undo": whole_life(seeds, shared / "life"),
        "a migration": migration(seeds, shared / "migration"),
    }


def whole_life(seeds: Sequence[Path], folder: Path, synchronous: str = "full") -> History:
    """Make the history of a library from nothing: two runs, user values, an undo."""
    made = analyses(seeds, FILES)
    changed = [altered(made[number], number) for number in CHANGED]
    steps: list[Step] = [opening]
    for batch in _batched(made, BATCH):
        steps += [attempts(batch), results(batch), linking]
    steps += [user_values(made[0].path), closing, lambda store: store.checkpoint_passive()]
    steps += [opening, attempts(changed), results(changed), missing([made[number].path for number in GONE])]
    steps += [linking, closing, lambda store: store.undo(newest(store), NOW)]
    steps += [lambda store: store.checkpoint(), user_values(made[5].path)]
    return observed(History(tuple(steps), (), (), {}, synchronous), folder)


def migration(seeds: Sequence[Path], folder: Path) -> History:
    """Make the history of a library of schema 1: it is migrated when it is opened, then one run follows."""
    made = analyses(seeds, BATCH)
    before = {NAME: gzip.decompress(SCHEMA_1.read_bytes())}
    steps = (opening, attempts(made), results(made), linking, closing)
    return observed(History(steps, (), (), before), folder)


def observed(history: History, folder: Path) -> History:
    """Live a history undisturbed, and keep the content after each step."""
    folder.mkdir(exist_ok=True)
    library = history.begin(folder)
    lines: list[list[str]] = []
    history.live(library, lambda _: lines.append(contents.lines_of(library)))
    return replace(history, lines=tuple(lines), digests=tuple(map(contents.digest_of, lines)))


def analyses(seeds: Sequence[Path], count: int) -> list[Any]:
    """Analyse the seeds, and give each result several paths, tags and hashes."""
    results_of_seeds = [result for seed in seeds[:4] if isinstance(result := analyse(seed)[0], FileAnalysis)]
    assert results_of_seeds
    made = []
    for number in range(count):
        one = results_of_seeds[number % len(results_of_seeds)]
        path = os.fsencode(f"/music/album {number % 3}/{number:03}.flac")
        stamp = FileStamp(1000 + number, NOW + number, 7, 100 + number)
        hashes = {name: number.to_bytes(32, "big") for name in ("content_hash", "audio_hash")}
        made.append(replace(one, path=path, stamp=stamp, tags=music.tags_of(number), **hashes))
    return made


def altered(analysis: Any, number: int) -> Any:
    """Give the result of a file that was changed: other tags, and its passages at another place."""
    passages = tuple(replace(one, start=one.start + 28_224 * 50) for one in analysis.passages)
    tags = Tags(title=f"Changed {number}", artist_credit="Another") if number % 2 else music.tags_of(number + 1)
    stamp = replace(analysis.stamp, size=analysis.stamp.size + 1)
    return replace(analysis, tags=tags, stamp=stamp, passages=passages, audio_hash=number.to_bytes(32, "little"))


def newest(store: LibraryStore) -> RunId:
    """Give the run that was opened last: another one where the opening was interrupted and repeated."""
    return store.query(Runs(1))[0].id


def opening(store: LibraryStore) -> None:
    """Open a run."""
    store.open_run("hash", "{}", (b"/music",), NOW)


def closing(store: LibraryStore) -> None:
    """Close the run."""
    store.close_run(newest(store), RunState.COMPLETED, FILES, 0, NOW, WriterStatistics())


def attempts(made: Sequence[Any]) -> Step:
    """Begin to work on files."""
    return lambda store: store.write(
        [BeginAttempt(newest(store), one.path, one.stamp, alone=False, number=1) for one in made], NOW
    )


def results(made: Sequence[Any]) -> Step:
    """Store results."""
    return lambda store: store.write([StoreAnalysis(newest(store), one) for one in made], NOW)


def missing(paths: Sequence[bytes]) -> Step:
    """Mark files as missing."""
    return lambda store: store.write([MarkMissing(newest(store), tuple(paths))], NOW)


def linking(store: LibraryStore) -> None:
    """Link what waits."""
    waiting = sorted(store.query(WaitingFiles(100)), key=lambda one: one.path)
    store.write([StoreLinks(newest(store), link_file(one)) for one in waiting], NOW)


def user_values(path: bytes) -> Step:
    """Set what a person sets, on a passage, a song and an artist."""

    def step(store: LibraryStore) -> None:
        file = store.query(ShowFile(path))
        assert file is not None
        guid = file.passages[0].guid
        own = (("title", "Mine"), ("probability", 0.5), ("approval", "approved"))
        edits = [Edit(guid, field, value) for field, value in own]
        edits.append(Edit(music.mbid(1, 0), "cooldown_seconds", 3600))
        edits.append(Edit(music.mbid(2, 0), "name", "My artist"))
        store.edit(edits, NOW)

    return step


def _batched(values: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [values[at : at + size] for at in range(0, len(values), size)]
