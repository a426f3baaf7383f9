"""A library is compacted: the same content in fewer bytes, whatever interrupts it, and never under somebody's hands."""

import gzip
import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from passagework.domain.errors import LibraryBusyError, LibraryError, LibraryNeedsSpaceError, LibraryUnavailableError
from passagework.persistence.file import compact, disk_space, opening_to_read
from passagework.persistence.file.compact import compact_library, compactable
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.opening import PAGE_BYTES, open_library
from passagework.persistence.file.opening_to_read import open_readonly
from tests.support.dump import dump
from tests.support.effort import effort

STORED = Path(__file__).parents[1] / "released" / "schema-7.passages.gz"
BESIDE_IT = {"music.passages", "music.passages.lock"}


@pytest.fixture(scope="module")
def updated(tmp_path_factory):
    """Give a library with pages of 4,096 bytes, of which many are free since its update."""
    path = tmp_path_factory.mktemp("updated") / "music.passages"
    path.write_bytes(gzip.decompress(STORED.read_bytes()))
    open_library(path).close()
    with closing(sqlite3.connect(path)) as plain:
        plain.executescript("CREATE TABLE x (y); INSERT INTO x VALUES (zeroblob(600000)); DROP TABLE x")
    return path


@pytest.fixture
def library(updated, tmp_path):
    return Path(shutil.copy(updated, tmp_path / "music.passages"))


def compacted(path):
    return compact_library(path, synchronous="full", replicated=False)


def state(path):
    """Give the page size and the content; the library is whole, and can be written."""
    with closing(open_library(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        journal = connection.execute("SELECT * FROM before_image ORDER BY seq").fetchall()
        rows = [connection.execute(f"SELECT id, guid FROM {table}").fetchall() for table in ("file", "passage", "run")]
        (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    return page_size, (dump(path), journal, rows)


def test_it_has_the_same_content_in_fewer_bytes_and_pages_of_todays_size(library):
    page_size, content = state(library)
    assert page_size == 4096
    mode = library.stat().st_mode
    os.chmod(library, 0o640)
    before = compactable(library)
    assert before.unused > 300_000
    done = compacted(library)
    assert (done.before, done.after) == (before.size, library.stat().st_size)
    assert done.after <= before.needed
    assert done.after < done.before - 10_000
    assert library.stat().st_mode & 0o777 == 0o640 != mode & 0o777
    assert state(library) == (PAGE_BYTES, content)
    assert {one.name for one in library.parent.iterdir()} == BESIDE_IT
    identity = library.stat().st_ino
    assert compacted(library).after == done.after
    assert library.stat().st_ino == identity


def test_its_folder_may_have_any_name(updated, tmp_path):
    folder = tmp_path / os.fsdecode(b"not UTF-8: \xff ?#%41 'quoted'")
    folder.mkdir()
    library = Path(shutil.copy(updated, folder / "music.passages"))
    done = compacted(library)
    assert done.after < done.before
    assert {one.name for one in folder.iterdir()} == BESIDE_IT


def test_a_reader_that_waited_for_it_reads_the_library_and_not_the_former_file(library, tmp_path, monkeypatch):
    copy = Path(shutil.copy(library, tmp_path / "copy"))
    look = opening_to_read.refuse_newer

    def waited(*values, **more):
        # The former file is open by now.
        if copy.exists():
            copy.replace(library)
        look(*values, **more)

    monkeypatch.setattr(opening_to_read, "refuse_newer", waited)
    with closing(open_readonly(library)) as reader:
        with closing(open_library(library)) as writer:
            writer.execute("UPDATE library SET created_ns = 7")
        assert reader.execute("SELECT created_ns FROM library").fetchone() == (7,)


def left_by_kills(path, folder):
    """Compact a library; give what a kill at each statement and at each change of a name would have left."""
    left = []

    def keep(*_):
        copy = folder / str(len(left))
        shutil.copytree(path.parent, copy, ignore=shutil.ignore_patterns("*.lock", "*-shm"))
        left.append(copy / path.name)

    made, replace, sync = LibraryConnection.__init__, Path.replace, compact.sync_folder

    def traced(connection, *values, **more):
        made(connection, *values, **more)
        connection.set_trace_callback(keep)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LibraryConnection, "__init__", traced)
        patch.setattr(Path, "replace", lambda *paths: (keep(), replace(*paths))[1])
        patch.setattr(compact, "sync_folder", lambda path: (keep(), sync(path))[1])
        compacted(path)
    return left


@pytest.mark.slow
@pytest.mark.long
def test_whenever_it_is_killed_the_library_is_whole_and_compacts_the_next_time(library, tmp_path_factory):
    _, content = state(library)
    left = left_by_kills(library, tmp_path_factory.mktemp("kills"))
    assert len(left) > 50
    has_partial = [path for path in left if path.with_name("music.passages.compact.partial").exists()]
    assert len(has_partial) > 3
    chosen = [*random.Random(1).sample(has_partial, 2), *random.Random(2).sample(left, 3), *left[-2:]]
    sizes = set()
    for killed in effort(chosen, left):
        page_size, found = state(killed)
        assert found == content, killed
        assert not killed.with_name("music.passages.compact.partial").exists()
        sizes.add(page_size)
        compacted(killed)
        assert state(killed) == (PAGE_BYTES, content), killed
    assert sizes == {4096, PAGE_BYTES}


def test_while_an_importer_or_a_reader_has_it_open_nothing_is_replaced(library, monkeypatch):
    monkeypatch.setattr(compact, "_PATIENCE_MS", 1)
    identity = library.stat().st_ino
    with closing(open_library(library)), pytest.raises(LibraryBusyError):
        compacted(library)
    with closing(sqlite3.connect(library)) as player:
        player.execute("SELECT count(*) FROM file").fetchone()
        with pytest.raises(LibraryUnavailableError, match="open in"):
            compacted(library)
        player.execute("BEGIN")
        player.execute("SELECT count(*) FROM file").fetchone()
        with pytest.raises(LibraryUnavailableError, match=r"open in .*end it"):
            compacted(library)
    assert library.stat().st_ino == identity
    compacted(library)
    assert library.stat().st_ino != identity


def test_nobody_can_open_it_before_the_new_file_is_in_its_place(library, monkeypatch):
    seen = []

    def try_it(*_):
        with closing(sqlite3.connect(library, timeout=0)) as other:
            try:
                other.execute("SELECT count(*) FROM file")
            except sqlite3.OperationalError as error:
                seen.append(str(error))

    replace, look = Path.replace, compact._refuse_unlike
    monkeypatch.setattr(compact, "_refuse_unlike", lambda *values: (try_it(), look(*values))[1])
    monkeypatch.setattr(Path, "replace", lambda *paths: (try_it(), replace(*paths))[1])
    compacted(library)
    assert seen == ["database is locked"] * 2


def test_without_room_for_the_copy_it_is_not_begun(library, monkeypatch):
    needed = compactable(library).needed
    free = needed - 1
    monkeypatch.setattr(disk_space, "free_bytes", lambda _: free)
    with pytest.raises(LibraryNeedsSpaceError, match=f"needs {needed} bytes"):
        compacted(library)
    assert {one.name for one in library.parent.iterdir()} == BESIDE_IT
    free = needed
    assert compacted(library).after <= needed


def test_a_library_with_several_names_or_a_replicator_is_left_alone(library):
    before = library.read_bytes()
    with pytest.raises(LibraryError, match=r"library\.replicated"):
        compact_library(library, synchronous="full", replicated=True)
    os.link(library, library.with_name("other"))
    with pytest.raises(LibraryError, match="several names"):
        compacted(library)
    assert library.stat().st_ino == library.with_name("other").stat().st_ino
    assert library.read_bytes()[100:] == before[100:]


def test_what_somebody_else_put_under_the_name_of_the_copy_stays(library):
    poem = library.with_name("music.passages.compact.partial")
    poem.write_text("Two roads diverged")
    with pytest.raises(LibraryError):
        compacted(library)
    assert poem.read_text() == "Two roads diverged"


def test_a_copy_that_is_not_whole_does_not_take_the_place(library, monkeypatch):
    rows = compact._rows
    monkeypatch.setattr(
        compact,
        "_rows",
        lambda connection, table: rows(connection, table) + (table == "song" and not hasattr(connection, "path")),
    )
    identity = library.stat().st_ino
    with pytest.raises(LibraryError, match=r"not whole.*song"):
        compacted(library)
    assert library.stat().st_ino == identity
    assert {one.name for one in library.parent.iterdir()} == BESIDE_IT
