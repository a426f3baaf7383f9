"""SIGKILL in every phase of an import, each time resumed to the content that an uninterrupted import has.

Where the kill must hit, the process kills itself there (hosts/killed_host.py); some more come from outside at random
moments. What "the same content" leaves out is listed in tests/support/dump.py and in docs/library.md.
"""

import gzip
import os
import random
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from passagework import Importer, InlineExecutor, load_settings
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.synthesis import join, mono, silence
from passagework.demo.tagging import write_tags
from passagework.domain.failures import FailureCode
from passagework.domain.tags import Tags
from tests.support.dump import dump
from tests.support.effort import effort

SCHEMA_1 = Path(__file__).parents[1] / "persistence" / "released" / "schema-1.passages.gz"
RATE = 8_000
BACKUP = ".v1.backup"
SMALL_BATCHES = ("--set", "batch.max_files=6")
TRIES = 5
LOG_HEADER, FRAME_HEADER = 32, 24
"""Bytes (SQLite's file format, 4: the write-ahead log)."""


@dataclass(frozen=True)
class Round:
    """One kill: in which phase, at the how many-th pass of which point, of whom, and with which library before it."""

    phase: str
    point: str
    hit: int = 1
    who: str = "importer"
    base: str = "none"

    def __str__(self):
        return f"{self.phase}: {self.point} ({self.hit}, {self.who}, {self.base})"


ROUNDS = (
    Round("opening", "lock taken"),
    Round("opening", "tables made"),
    Round("opening", "schema half committed"),
    Round("upgrade", "backup half written", base="schema 1"),
    Round("upgrade", "backup not renamed", base="schema 1"),
    Round("upgrade", "columns added", 5, base="schema 1"),
    Round("upgrade", "upgrade half committed", base="schema 1"),
    Round("run opening", "run half opened"),
    Round("run opening", "run opened", base="schema 1"),
    Round("scan", "folder listed", 2, base="earlier import"),
    Round("attempts", "attempt told", 20, "everybody"),
    Round("attempts", "attempt durable", 9),
    Round("analysis", "worker at work", 7),
    Round("analysis", "worker at work", 23, "everybody"),
    Round("collecting", "batch collecting", 4),
    Round("collecting", "batch before its transaction", 7),
    Round("transaction", "passages inserted", 3),
    Round("transaction", "passages retired", 1, base="earlier import"),
    Round("transaction", "files missing", 1, base="earlier import"),
    Round("transaction", "batch before its COMMIT", 6, "everybody"),
    Round("transaction", "batch half committed", 4),
    Round("acknowledgement", "batch committed", 2),
    Round("acknowledgement", "batch committed", 3, base="earlier import"),
    Round("linking", "file decided", 11),
    Round("linking", "songs inserted", 2),
    Round("linking", "links committed", 3, base="not linked"),
    Round("run closing", "run half closed"),
    Round("run closing", "run closed", base="earlier import"),
    Round("drain", "drained"),
    Round("drain", "half checkpointed"),
    Round("drain", "checkpointed", base="schema 1"),
    Round("closing", "connection closed"),
    *(Round("any moment", "from outside", number) for number in range(1, 4)),
)


ROUNDS_OF_THE_SUITE = tuple({this.phase: this for this in ROUNDS}.values())
"""The last of each phase, over all kinds of libraries."""


def mbid(kind, number):
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def tags_of(number):
    """Give tags in which recordings, artists, works and albums come again, under other names and in another order."""
    if number % 8 == 7:
        return None
    if number % 8 == 6:
        return Tags(title=f"Title {number}", artist_credit="Somebody", album="Nowhere")
    song = number % 15
    artists = (song % 4, 3 + song % 3)
    return Tags(
        title=f"Song {song}" + " (Version)" * (number > 20),
        artist_credit=" & ".join(f"Artist {artist}" for artist in artists),
        artists=tuple(f"{'The ' * (number % 3)}Artist {artist}" for artist in artists),
        album=f"Album {number % 3}",
        album_artist_credit="Artist 0",
        date=f"{1990 + number % 2}",
        track_number=song + 1,
        recording_ids=(mbid(1, song),),
        artist_ids=tuple(mbid(2, artist) for artist in artists),
        work_ids=(mbid(3, song % 6),),
        release_id=mbid(4, number % 3),
        release_group_id=mbid(5, 1),
        album_artist_ids=(mbid(2, 0),),
    )


def fill(folder, pieces, numbers):
    """Put short tagged files of four formats into two folders, and what is not so well beside them."""
    for number in numbers:
        source = pieces[number % len(pieces)]
        path = folder / f"{number % 2}" / f"{number:05}{source.suffix}"
        path.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, path)
        if (tags := tags_of(number)) is not None:
            write_tags(path, tags)
    odd = folder / "odd"
    odd.mkdir()
    (odd / "empty.ogg").touch()
    (odd / "text.mp3").write_text("a shopping list\n" * 100)
    for source in pieces:
        (odd / f"half{source.suffix}").write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    write_side(odd / "side.flac", 1)
    return folder


def write_side(path, seed):
    """Put three pieces into one file; another seed has them at other places."""
    pieces = [compose((10 + seed) * RATE + number * 900, RATE, seed + number) for number in range(3)]
    gap = silence(4 * RATE, 2)
    write_audio(path, mono(join(pieces[0], gap, pieces[1], gap, pieces[2])), RATE, AudioForm.FLAC)
    write_tags(path, tags_of(2))


@dataclass(frozen=True)
class Case:
    """A folder, the library as it is before the import of it, and the content that it must have in the end."""

    folder: Path
    before: Path | None
    size: int
    expected: list[str]
    guids: frozenset


@pytest.fixture(scope="module")
def make_case(tmp_path_factory, make_command_line, pieces):
    """Give a function that makes the case of a library: none before, of schema 1, of an earlier import, not linked."""

    def make(base):
        folder = tmp_path_factory.mktemp("case")
        music = folder / "music"
        music.mkdir()
        command_line = make_command_line(folder)
        before = None
        if base == "earlier import":
            fill(music, pieces, range(10, 26))
            import_uninterrupted(command_line.library, music)
            set_user_values(command_line.library, music)
            change(music, pieces)
        else:
            fill(music, pieces, range(40))
        if base == "not linked":
            import_without_links(command_line.library, music)
        if base == "schema 1":
            command_line.library.write_bytes(gzip.decompress(SCHEMA_1.read_bytes()))
        if command_line.library.exists():
            before = shutil.copyfile(command_line.library, folder / "before.passages")
        import_uninterrupted(command_line.library, music)
        size = size_of(command_line.library)
        return Case(music, before, size, dump(command_line.library), guids_of(before))

    made = {}
    return lambda base: made.get(base) or made.setdefault(base, make(base))


def import_without_links(library, folder):
    settings = load_settings(overrides={"library.path": str(library), "link.enabled": "false"})
    with Importer(settings, make_executor=InlineExecutor) as importer:
        importer.start([folder]).wait()


def set_user_values(library, folder):
    """Set what no import may touch, on what the next import writes again."""
    with Importer(load_settings(overrides={"library.path": str(library)}), make_executor=InlineExecutor) as importer:
        (piece,) = importer.library.file(os.fsencode(next(folder.glob(f"*/{16:05}.*")))).passages
        importer.library.set(piece.guid, title="My title", approval="approved", probability=0.5)
        importer.library.set(mbid(1, 2), title="My song", weights={mbid(2, 2): 0.75, mbid(2, 5): 0.25})
        importer.library.set(mbid(2, 0), name="My artist", cooldown_seconds=3600)


def change(folder, pieces):
    """Take files away, change some, cut the side in another way, and bring new ones."""
    for number in (11, 12):
        next(folder.glob(f"*/{number:05}.*")).unlink()
    for number in (14, 15):
        write_tags(next(folder.glob(f"*/{number:05}.*")), tags_of(number + 3) or Tags(title="Changed"))
    shutil.copyfile(pieces[1], next(folder.glob(f"*/{16:05}.*")))
    (folder / "odd" / "side.flac").unlink()
    write_side(folder / "odd" / "side.flac", 4)
    (folder / "odd" / "empty.ogg").write_bytes(pieces[0].read_bytes())
    for number in range(40, 60):
        source = pieces[number % len(pieces)]
        write_tags(shutil.copyfile(source, folder / "1" / f"{number:05}{source.suffix}"), tags_of(number) or Tags())


def import_uninterrupted(library, folder):
    """Import in this process, without a worker's start, and give the report."""
    settings = load_settings(overrides={"library.path": str(library)})
    with Importer(settings, make_executor=InlineExecutor) as importer:
        return importer.start(folder).wait(120)


def guids_of(library):
    """Give the guids that are known outside of a library, with what they name."""
    if library is None:
        return frozenset()
    with closing(sqlite3.connect(library)) as connection:
        files = connection.execute("SELECT guid, path FROM file")
        passages = connection.execute("SELECT p.guid, f.path FROM passage AS p JOIN file AS f ON f.id = p.file_id")
        return frozenset((*files, *passages))


def kill(command_line, this, case):
    """Import and be killed; give the acknowledged files."""
    if this.point == "from outside":
        process = kill_from_outside(command_line, this, case)
    else:
        process = command_line.host("killed_host.py", this.point, this.hit, this.who, case.folder)
    printed, errors = process.communicate(timeout=120)
    assert process.returncode in {-signal.SIGKILL, -signal.SIGXFSZ}, f"{process.returncode}\n{errors}"
    if this.point.endswith("half committed"):
        log = Path(f"{command_line.library}-wal").read_bytes()
        frame = FRAME_HEADER + int.from_bytes(log[8:12])
        assert (len(log) - LOG_HEADER) % frame, "no write was cut short"
    return {bytes.fromhex(line) for line in printed.splitlines()}


def kill_from_outside(command_line, this, case):
    """Kill an import when its log has some size; begin anew if it ended before a busy machine let us see that."""
    enough = random.Random(this.hit).uniform(0, 0.9) * case.size
    for _ in range(TRIES):
        process = command_line.start("import", "--quiet", *SMALL_BATCHES, case.folder, start_new_session=True)
        while process.poll() is None and size_of(f"{command_line.library}-wal") <= enough:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            if process.wait() != 0:
                break
        process.communicate()
        for path in command_line.library.parent.glob(f"{command_line.library.name}*"):
            path.unlink()
        if case.before is not None:
            shutil.copyfile(case.before, command_line.library)
    return process


def size_of(path):
    return os.stat(path).st_size if os.path.exists(path) else 0


def settled_in_copy(library, folder):
    """Check what the killed process left behind, in a copy, and give the files whose result it holds.

    A copy, because whoever closes a library last moves its log into it, and that is for the next import to do.
    """
    copy = folder / "copy.passages"
    for suffix in ("", "-wal"):
        if Path(f"{library}{suffix}").exists():
            shutil.copyfile(f"{library}{suffix}", f"{copy}{suffix}")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'file'").fetchall():
            return set()
        rows = connection.execute("""
            SELECT f.path, f.size, f.mtime_ns FROM file AS f LEFT JOIN attempt AS a ON a.file_id = f.id
            WHERE f.state <> 'pending' AND NOT coalesce(a.open, 0)
        """).fetchall()
    return {path for path, *stamp in rows if os.path.exists(path) and stamp == stamp_of(path)}


def stamp_of(path):
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns]


def survive(this, case, command_line, folder):
    """Kill one import, look at what it left, complete it, and do nothing once more."""
    library = command_line.library
    if case.before is not None:
        shutil.copyfile(case.before, library)
    acknowledged = kill(command_line, this, case)
    command_line.wait_until_nobody_is_left()
    settled = settled_in_copy(library, folder)
    assert acknowledged <= settled
    total = sum(len(names) for _, _, names in os.walk(case.folder))
    last = import_uninterrupted(library, case.folder)
    assert last.progress.files_unchanged == len(settled)
    read = last.summary.analysed + last.summary.tags_read
    assert read + len(last.summary.failed) == total - len(settled)
    assert FailureCode.INTERNAL_ERROR not in {failed.failure.code for failed in last.summary.failed}
    assert dump(library) == case.expected
    assert guids_of(case.before) <= guids_of(library)
    again = import_uninterrupted(library, case.folder)
    assert (again.progress.files_unchanged, again.summary.analysed, again.summary.failed) == (total, 0, ())
    assert dump(library) == case.expected
    assert len(settled_in_copy(library, folder)) == total
    beside = {path.name.removeprefix(library.name) for path in folder.glob(f"{library.name}*")}
    assert beside == {"", ".lock", BACKUP} if this.base == "schema 1" else beside == {"", ".lock"}


@pytest.fixture
def survive_all(make_case, make_command_line, tmp_path):
    """Give a function that goes through rounds, two at a time, and gives how often each phase was hit."""

    def go(rounds):
        cases = {this.base: make_case(this.base) for this in rounds}
        failures = []

        def one(number, this):
            folder = tmp_path / str(number)
            folder.mkdir()
            try:
                survive(this, cases[this.base], make_command_line(folder), folder)
            except AssertionError as error:
                failures.append(f"{this}: {error}")

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(one, *zip(*enumerate(rounds), strict=True)))
        hits = Counter(this.phase for this in rounds)
        table = "\n".join(f"{phase:16} {'#' * count} {count}" for phase, count in hits.items())
        assert not failures, "\n\n".join([table, *failures])
        print(f"\n{hits.total()} kills, each completed to the same content\n{table}")  # noqa: T201 - it is the result
        return hits

    return go


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(900)
def test_an_import_killed_in_any_phase_is_completed_to_the_same_content(survive_all):
    assert len(survive_all(effort(ROUNDS_OF_THE_SUITE, ROUNDS))) == 14
