"""The update of a library that is interrupted, in whatever moment, and one for which there is no room."""

import gzip
import os
import random
import shutil
import sqlite3
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import pytest

from passagework.domain.errors import LibraryError, LibraryNeedsSpaceError
from passagework.domain.library_update import UpdateStage
from passagework.persistence.file import disk_space, evidence_documents, search_index
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.full_check import check_library
from passagework.persistence.file.migrations import load_migrations
from passagework.persistence.file.opening import open_library
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.read.dispatch import run_query
from passagework.persistence.read.queries import ListPassages
from tests.support import dump
from tests.support.effort import effort

RELEASED = Path(__file__).parents[1] / "released"
NEWEST = len(load_migrations())
JOURNAL = "SELECT run_id, of_table, c1, c2, c3, c4, c5 FROM before_image ORDER BY 1, 2, 3, 4, 5, 6, 7"
EVIDENCE = "SELECT passage_id, source, kind, value, strength FROM evidence ORDER BY 1, position"
REMOVE_STATEMENTS = "DELETE FROM evidence WHERE passage_id = (SELECT max(passage_id) FROM evidence)"
UNDO_RUN = "UPDATE run SET undone_ns = 1 WHERE id = (SELECT max(id) FROM run)"
NEW_EDIT = "INSERT INTO edit (at_ns, subject, subject_key, field, new_value) VALUES (1, 'song', 'x', 'title', 'y')"
NEW_RUN = "INSERT INTO run (guid, state, started_ns, config_hash, config_text) VALUES ('x', 'completed', 1, '', '')"


@pytest.fixture(autouse=True)
def _few_rows_at_once(monkeypatch):
    monkeypatch.setattr(evidence_documents, "AT_ONCE", 40)


def stored(version, folder):
    """Give the path of a library of this schema; that of schema 7 has a journal of two runs that changed evidence."""
    path = folder / "music.passages"
    folder.mkdir(exist_ok=True)
    path.write_bytes(gzip.decompress((RELEASED / f"schema-{version}.passages.gz").read_bytes()))
    return path


@pytest.fixture(scope="module")
def of_kills(tmp_path_factory):
    """Give a function that gives what kills of an update from this schema left."""
    return cache(lambda version: left_by_kills(version, tmp_path_factory.mktemp("kills")))


def content(path):
    """Open a library, which finishes its update, and give what is in it."""
    with closing(open_library(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return sorted(tables), connection.execute(JOURNAL).fetchall(), dump.content(connection)


def left_by_kills(version, folder):
    """Update a library; give what a kill before each statement that writes would have left, each in its folder."""
    path = stored(version, folder / "updated")
    left = []

    def keep(statement):
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "--")):
            copy = folder / str(len(left))
            shutil.copytree(path.parent, copy, ignore=shutil.ignore_patterns("*.lock", "*-shm"))
            left.append(copy / path.name)

    with watched(keep):
        open_library(path).close()
    return left


@contextmanager
def watched(see):
    """Show each statement before it runs."""
    made = LibraryConnection.__init__

    def traced(connection, *values, **more):
        made(connection, *values, **more)
        connection.set_trace_callback(see)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LibraryConnection, "__init__", traced)
        yield


def half_done(left, part):
    """Give what a kill left when this part of the documents were there."""
    with_documents = [path for path in left if {"passage_evidence", "evidence"} <= tables_of(path)]
    return with_documents[int(len(with_documents) * part)]


def tables_of(path):
    with closing(sqlite3.connect(path)) as plain:
        return {name for (name,) in plain.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("version", [3, 7])
def test_whenever_it_is_killed_the_next_opening_finishes_it_as_if_nothing_had_been(tmp_path, of_kills, version):
    left = of_kills(version)
    expected = content(stored(version, tmp_path))
    assert len(left) > 60
    for killed in random.Random(version).sample(left, effort(6, len(left))):
        assert content(killed) == expected, killed


@pytest.mark.slow
@pytest.mark.parametrize("statement", [NEW_RUN, UNDO_RUN, NEW_EDIT], ids=["import", "undo", "edit"])
def test_what_an_older_version_wrote_meanwhile_is_in_it(of_kills, tmp_path, statement):
    """What was converted does not hold any more, neither documents nor journal."""
    path = tmp_path / "music.passages"
    shutil.copytree(half_done(of_kills(7), 0.7).parent, tmp_path, dirs_exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        assert plain.execute("SELECT count(*) FROM passage_evidence").fetchone()[0] > 2
        plain.execute(statement)
        plain.execute("UPDATE evidence SET value = 'changed' WHERE passage_id < 4 AND position = 0")
        plain.execute(REMOVE_STATEMENTS)
        expected = plain.execute(EVIDENCE).fetchall()
    _, journal, _ = content(path)
    assert len({row[:3] for row in journal}) == len(journal)
    for written in (path, path.with_name("music.passages.v7.backup")):
        with closing(sqlite3.connect(written)) as plain:
            assert plain.execute(EVIDENCE).fetchall() == expected


@pytest.mark.slow
def test_readers_see_the_library_as_it_was_and_this_version_says_that_the_update_is_to_be_finished(of_kills, tmp_path):
    with closing(sqlite3.connect(stored(7, tmp_path))) as plain:
        before = plain.execute(EVIDENCE).fetchall()
    path = half_done(of_kills(7), 0.9)
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute(EVIDENCE).fetchall() == before
    with pytest.raises(LibraryError, match=r"schema 7.*the next import updates it"):
        open_readonly(path)


@pytest.mark.slow
@pytest.mark.parametrize("version", range(1, NEWEST))
def test_without_room_for_all_of_it_nothing_is_changed_and_the_bytes_are_named(tmp_path, monkeypatch, version):
    monkeypatch.undo()
    path = stored(version, tmp_path)
    with closing(sqlite3.connect(path)) as plain:
        # What opening does to a library of any schema.
        plain.execute("PRAGMA journal_mode = WAL")
    before = path.read_bytes()
    free = 0
    monkeypatch.setattr(disk_space, "free_bytes", lambda _: free)
    with pytest.raises(LibraryNeedsSpaceError, match="nothing was changed") as refused:
        open_library(path)
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["music.passages", "music.passages.lock"]
    needed = int(str(refused.value).partition(" needs ")[2].partition(" ")[0])
    assert len(before) < needed < 6 * len(before)
    free = needed
    sizes = []
    with watched(lambda _: sizes.append(sum(one.stat().st_size for one in tmp_path.iterdir()))):
        open_library(path).close()
    assert max(sizes) - len(before) <= needed


def test_it_says_how_far_it_is(tmp_path):
    old, heard = stored(7, tmp_path), []
    open_library(old, on_update=heard.append).close()
    assert {(one.from_schema, one.to_schema) for one in heard} == {(7, NEWEST)}
    stages = [one.stage for one in heard]
    assert list(dict.fromkeys(stages)) == list(UpdateStage)
    for stage in UpdateStage:
        steps = [one.done for one in heard if one.stage is stage and one.total]
        assert steps == sorted(steps)
    assert sum(one.stage is UpdateStage.CONVERT for one in heard) > 5
    assert all(0 <= one.done <= one.total for one in heard)
    heard.clear()
    open_library(old, on_update=heard.append).close()
    assert heard == []


@pytest.mark.slow
def test_the_search_index_is_continued_where_an_interruption_ended_it(tmp_path, monkeypatch):
    monkeypatch.setattr(search_index, "AT_ONCE", 3)
    path, reached = stored(8, tmp_path), []

    def interrupted(update):
        if update.stage is UpdateStage.INDEX:
            reached.append(update.done)
            if len(reached) % 3 == 0:
                raise KeyboardInterrupt

    while True:
        try:
            open_library(path, on_update=interrupted).close()
        except KeyboardInterrupt:
            with closing(open_readonly(path)) as reader:
                assert not search_index.is_valid(reader)
                assert run_query(reader, ListPassages(1, None, "a side reco"))
        else:
            break
    assert reached == sorted(reached)
    # Only what was about to be made at an interruption is reached twice.
    assert len(reached) - len(set(reached)) == (len(reached) - 1) // 3
    assert check_library(path).wrong == ()
    with closing(open_readonly(path)) as reader:
        assert search_index.is_valid(reader)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE sqlite_schema SET rootpage = 3 WHERE name = 'evidence'", "the copy is not whole"),
        ("PRAGMA user_version = 3", "the copy has schema 3"),
    ],
)
def test_a_damaged_backup_is_noticed_before_the_first_change(tmp_path, monkeypatch, damage, said):
    old = stored(7, tmp_path)
    backup = LibraryConnection.backup

    def spoiled(connection, copy, **more):
        backup(connection, copy, **more)
        copy.execute("PRAGMA writable_schema = 1")
        copy.execute(damage)
        copy.commit()

    monkeypatch.setattr(LibraryConnection, "backup", spoiled)
    before = old.read_bytes()
    with pytest.raises(LibraryError, match=said):
        open_library(old)
    assert old.read_bytes() == before
    assert not list(old.parent.glob("*.backup*"))


def test_a_library_whose_name_is_not_utf8_is_updated_with_one_backup_however_often_it_is_interrupted(
    tmp_path, monkeypatch
):
    old = stored(7, tmp_path).rename(tmp_path / os.fsdecode(b"\xff %41.passages"))
    with closing(sqlite3.connect(old)) as plain:
        before = plain.execute(EVIDENCE).fetchall()

    def interrupted(update):
        if update.stage is UpdateStage.CONVERT and update.done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_library(old, on_update=interrupted).close()
    with monkeypatch.context() as patch:
        patch.setattr(LibraryConnection, "backup", None)
        open_library(old).close()
    with closing(open_readonly(old)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (NEWEST,)
        assert connection.execute(EVIDENCE).fetchall() == before
