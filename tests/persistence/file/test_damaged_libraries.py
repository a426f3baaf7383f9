"""Whatever is wrong with a library: no command writes to it, none says that all went well, each says what is wrong."""

import itertools
import re
import shutil
import sqlite3
from contextlib import closing
from random import Random

import pytest

from passagework.domain.edits import Edit
from passagework.domain.errors import LibraryError
from passagework.domain.views import RunState
from passagework.domain.writer_statistics import WriterStatistics
from passagework.export.files.reading import playable_passages
from passagework.export.snapshot import snapshot
from passagework.persistence.file.checkpoint import checkpoint
from passagework.persistence.file.full_check import check_library
from passagework.persistence.read.queries import (
    FailedFiles,
    ListPassages,
    ReviewCuts,
    ReviewList,
    Runs,
    ShowFile,
    Status,
    WaitingFiles,
)
from passagework.persistence.read.reader import LibraryReader
from passagework.persistence.store import LibraryStore
from tests.support.damage import OF_THE_FILE, OF_THE_LOG, Victim, fingerprints

OWN = {".damaged", "-wal"}
MISLEADING = re.compile("another connection holds it|is empty so far|make room|end other programs")
QUICK = {
    *("page of passage zeroed", "page of index file_folder zeroed", "key of an index", "two tables on one page"),
    *(
        "a column renamed in the schema",
        "cut in the middle",
        "cut to nothing",
        "schema version 0",
        "a text that is not UTF-8",
    ),
    *("a used page among the free ones", "page of a long value zeroed"),
    *("a byte in its middle", "a poem", "the library cut to nothing"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory, open_at, make):
    """Give a library with two runs, free pages, and values of a person; and beside it one with a log."""
    opened = open_at(tmp_path_factory.mktemp("whole") / "music.passages", "full")
    opened.new_run()

    def files(numbers, **more):
        return [
            make.store(
                opened.run, b"/music/%03d.flac" % n, [(0, 30), (40, 90)], audio=Random(n).randbytes(30_000), **more
            )
            for n in numbers
        ]

    opened.write(*files(range(60)))
    opened.write(make.fail(opened.run, b"/music/failed.flac"))
    waiting = opened.waiting()
    opened.write(
        *(
            make.store_links(
                opened.run,
                file.path,
                *(
                    make.links(p.guid, [make.song(2 * n + m, works=(n,))], make.album(n // 9))
                    for m, p in enumerate(file.passages)
                ),
            )
            for n, file in enumerate(waiting)
        )
    )
    opened.close_run(RunState.COMPLETED)
    opened.new_run()
    # Pages become free: the curves of these files are smaller now.
    opened.write(*[make.store(opened.run, b"/music/%03d.flac" % n, [(0, 30)]) for n in range(20)])
    opened.close_run(RunState.COMPLETED)
    for statement in ("CREATE TABLE gone (x BLOB)", "INSERT INTO gone VALUES (zeroblob(50000))", "DROP TABLE gone"):
        opened.connection.execute(statement)
    checkpoint(opened.connection)
    without_log = opened.path.with_name("without.passages")
    shutil.copyfile(opened.path, without_log)
    opened.new_run()
    for n in range(100, 108):
        opened.write(make.store(opened.run, b"/music/%03d.flac" % n))
    with_log = opened.path.with_name("with.passages")
    shutil.copyfile(opened.path, with_log)
    shutil.copyfile(f"{opened.path}-wal", f"{with_log}-wal")
    opened.close()
    # As after a crash: the note names the library, and says nothing of how it was left.
    return without_log, with_log


@pytest.fixture
def victim(tmp_path, whole):
    def make(*, with_log):
        path = tmp_path / "music.passages"
        shutil.copyfile(whole[with_log], path)
        shutil.copyfile(f"{whole[False].parent}/music.passages.lock", f"{path}.lock")
        if with_log:
            shutil.copyfile(f"{whole[True]}-wal", f"{path}-wal")
        return Victim(path)

    return make


def import_(path, make):
    with closing(LibraryStore(path)) as store:
        run = store.open_run("hash", "{}", (b"/music",), 1)
        outcome = store.write([make.store(run, b"/music/%03d.flac" % n, [(0, 30)]) for n in range(0, 60, 5)], 2)
        store.close_run(run, RunState.COMPLETED, 12, 0, 3, WriterStatistics())
        store.checkpoint()
        assert outcome.rejected == ()


def undo(path, _make):
    with closing(LibraryStore(path)) as store:
        store.undo(2, 5)


def set_(path, make):
    with closing(LibraryStore(path)) as store:
        store.edit([Edit(make.mbid(1, 5), "title", "mine")], 5)


def reads(*queries):
    def read(path, _make):
        reader = LibraryReader(path)
        try:
            for query in queries:
                reader.query(query)
        finally:
            reader.close()

    return read


def export(path, _make):
    with playable_passages(path) as passages:
        for _ in passages.rows():
            pass


def copy(path, _make):
    with snapshot(path) as copied, closing(sqlite3.connect(copied)) as connection:
        for (table,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index%'"
        ).fetchall():
            connection.execute(f"SELECT * FROM {table}").fetchall()


def check(path, _make):
    if damage := check_library(path).damage:
        raise LibraryError("; ".join(damage))


READING = {
    "list": reads(ListPassages(1000), ReviewList(100), ReviewCuts(100)),
    "show": reads(*(ShowFile(b"/music/%03d.flac" % n) for n in (0, 7, 30, 59))),
    "status": reads(Status(), Runs(10), FailedFiles(100, b""), WaitingFiles(100)),
    "export": export,
    "export mysql": copy,
}
WRITING = {"import": import_, "undo": undo, "set": set_}


def oracle(path):
    """Say whether the library is damaged, by what SQLite alone finds in a copy of it."""
    try:
        with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchall()
            found += connection.execute("PRAGMA foreign_key_check").fetchall()
            return found != [("ok",)]
    except sqlite3.Error:
        return True


def assert_all_refuse(victim, make):
    """Let every command meet the damage; return those that read and noticed nothing."""
    folder = victim.path.parent
    before = fingerprints(folder)
    noticed_nothing, said = set(), {}
    for name, command in itertools.chain(WRITING.items(), READING.items(), [("check", check)], WRITING.items()):
        try:
            command(victim.path, make)
        except LibraryError as error:
            said[name] = str(error)
        else:
            noticed_nothing.add(name)
        after = fingerprints(folder)
        assert [file for file in before if after.get(file) != before[file]] == [], name
        added = {file.removeprefix(victim.path.name) for file in after.keys() - before.keys()}
        assert added <= OWN, name
    assert {name: text for name, text in said.items() if MISLEADING.search(text)} == {}
    return noticed_nothing


def kinds(table):
    return [pytest.param(kind, id=kind, marks=() if kind in QUICK else (pytest.mark.slow,)) for kind in table]


@pytest.mark.slow
@pytest.mark.parametrize("kind", kinds(OF_THE_FILE))
def test_a_library_with_this_damage_takes_no_writes_and_is_left_as_it_is(victim, make, kind):
    damaged = victim(with_log=False)
    OF_THE_FILE[kind](damaged)
    assert assert_all_refuse(damaged, make).isdisjoint({*WRITING, "check"})


@pytest.mark.parametrize("kind", kinds(OF_THE_LOG))
def test_a_library_whose_log_has_this_damage_takes_no_writes_and_is_left_as_it_is(victim, make, kind):
    damaged = victim(with_log=True)
    OF_THE_LOG[kind](damaged)
    assert assert_all_refuse(damaged, make).isdisjoint({*WRITING, "check"})


@pytest.mark.parametrize("with_log", [False, True])
def test_a_library_without_damage_is_whole_and_takes_writes(victim, make, with_log):
    library = victim(with_log=with_log)
    assert check_library(library.path).damage == ()
    for command in (import_, set_):
        command(library.path, make)
    assert not oracle(library.path)
