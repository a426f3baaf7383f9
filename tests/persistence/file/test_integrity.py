"""A look for damage: in a given time, from where the last one ended, and nothing is overlooked in the end."""

import os
import sqlite3
from contextlib import closing
from random import Random

import pytest

from passagework.domain.errors import LibraryDamagedError
from passagework.persistence.file.checked_tables import checked_tables
from passagework.persistence.file.integrity import Place, full_look, quick_look
from passagework.persistence.store import LibraryStore
from tests.support.damage import OF_THE_FILE, Victim

LOOKS = 400


@pytest.fixture(scope="module")
def filled(tmp_path_factory, open_at, make):
    opened = open_at(tmp_path_factory.mktemp("filled") / "music.passages", "normal")
    opened.new_run()
    opened.write(
        *(
            make.store(opened.run, b"/music/%03d.flac" % n, [(0, 9), (9, 20)], audio=Random(n).randbytes(20_000))
            for n in range(120)
        )
    )
    opened.close()
    return opened.path


@pytest.fixture
def large(monkeypatch):
    """Let small tables and libraries count as large, so that they are looked at in ranges of rows."""
    for name, value in {"SMALL_LIBRARY_PAGES": 0, "SMALL_TABLE_ROWS": 20, "ROWS_AT_ONCE": 25}.items():
        monkeypatch.setattr(f"passagework.persistence.file.integrity.{name}", value)


@pytest.fixture
def connection(filled):
    with closing(sqlite3.connect(f"file:{filled}?immutable=1", uri=True, isolation_level=None)) as opened:
        yield opened


def copy_of(filled, tmp_path):
    path = tmp_path / "music.passages"
    path.write_bytes(filled.read_bytes())
    return Victim(path)


@pytest.mark.slow
def test_looks_without_time_see_everything_one_after_the_other(connection, large):
    begin, seen = None, []
    for _ in range(LOOKS):
        look = quick_look(connection, begin, 0.0)
        assert look.damage == ()
        begin = look.next
        if begin is None:
            break
        assert look.unseen
        seen.append((begin.table, begin.row))
    assert len(set(seen)) > 10
    assert ("file", 100) in seen


def test_a_look_with_time_sees_everything(connection, large):
    look = quick_look(connection, Place("passage", 50, "file"), 30.0)
    assert (look.damage, look.unseen, look.next) == ((), (), None)


@pytest.mark.parametrize("begin", [Place("gone", 7, "gone"), Place("file", 10**9)])
def test_a_place_that_is_no_longer_there_is_no_error(connection, large, begin):
    assert quick_look(connection, begin, 30.0).damage == ()


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "page of file zeroed",
            "page of file_tags zeroed",
            "page of a long value zeroed",
            "leaves of a table swapped",
        ),
        *("leaves of two tables swapped", "key of an index", "a state that does not exist", "a text that is not UTF-8"),
        *("page of index passage_link zeroed", "number of cells, low bit"),
    ],
)
def test_ranges_of_rows_show_the_same_damage_as_a_look_at_everything(filled, tmp_path, large, kind):
    damaged = copy_of(filled, tmp_path)
    OF_THE_FILE[kind](damaged)
    with closing(sqlite3.connect(f"file:{damaged.path}?immutable=1", uri=True)) as connection:
        assert full_look(connection)
        assert quick_look(connection, Place("passage", 40), 30.0).damage


def test_a_look_that_begins_in_the_middle_of_a_table_comes_round_to_its_first_rows(filled, tmp_path, large):
    damaged = copy_of(filled, tmp_path)
    OF_THE_FILE["a state that does not exist"](damaged)
    with closing(sqlite3.connect(f"file:{damaged.path}?immutable=1", uri=True)) as connection:
        (found,) = quick_look(connection, Place("file", 100), 30.0).damage
    assert found.startswith("a row of file breaks the rule")


def test_a_library_goes_on_where_the_last_look_ended(filled, tmp_path, large, monkeypatch):
    path = copy_of(filled, tmp_path).path
    for name in ("QUICK_SECONDS", "UNTOUCHED_SECONDS"):
        monkeypatch.setattr(f"passagework.persistence.file.gate.{name}", 0.0)
    places = []
    for _ in range(5):
        with closing(LibraryStore(path)) as store:
            places.append(store.checked.unseen)
    assert len(set(places)) == 5


def test_a_library_is_not_looked_at_where_the_setting_says_so(filled, tmp_path):
    damaged = copy_of(filled, tmp_path)
    OF_THE_FILE["a state that does not exist"](damaged)
    with closing(LibraryStore(damaged.path, check="off")) as store:
        assert store.checked.how == "off"
    for how in ("quick", "full"):
        with pytest.raises(LibraryDamagedError, match="breaks the rule"):
            LibraryStore(damaged.path, check=how)
        os.unlink(f"{damaged.path}.damaged")


def test_what_was_left_by_us_is_looked_at_for_a_shorter_time(filled, tmp_path, monkeypatch):
    path = copy_of(filled, tmp_path).path
    given = []
    monkeypatch.setattr(
        "passagework.persistence.file.gate.quick_look",
        lambda connection, begin, seconds, free: given.append(seconds) or quick_look(connection, begin, seconds, free),
    )
    LibraryStore(path).close()
    LibraryStore(path).close()
    os.utime(path)
    LibraryStore(path).close()
    assert given == [1.0, 0.3, 1.0]


class Interrupted:
    """A connection on which statements with some words are interrupted, as the watch does if there is no time left."""

    def __init__(self, connection, words):
        self._connection, self._words = connection, words

    def execute(self, sql, *values):
        self._connection.set_progress_handler((lambda: 1) if self._words in sql else None, 1)
        try:
            found = self._connection.execute(sql, *values)
            if self._words in sql:
                found.fetchall()
        finally:
            self._connection.set_progress_handler(None, 0)
        return found

    def interrupt(self):
        self._connection.interrupt()


@pytest.mark.parametrize("words", ["integrity_check('song')", "FROM artist NOT INDEXED"])
def test_a_table_for_which_there_is_never_time_keeps_no_other_from_being_looked_at(connection, monkeypatch, words):
    monkeypatch.setattr("passagework.persistence.file.integrity.SMALL_LIBRARY_PAGES", 0)
    tables = {table.name for table in checked_tables(connection)}
    begin, looked_at, counted = None, set(), set()
    for _ in range(2 * len(tables)):
        look = quick_look(Interrupted(connection, words), begin, 0.0)
        assert look.damage == ()
        begin = look.next
        looked_at.add(begin.table)
        counted.add(begin.counting)
    assert looked_at == tables
    assert counted >= tables


@pytest.mark.parametrize(
    ("code", "is_damage"),
    [
        (sqlite3.SQLITE_IOERR_READ, False),
        (sqlite3.SQLITE_IOERR_CORRUPTFS, False),
        (sqlite3.SQLITE_IOERR_SHORT_READ, True),
        (sqlite3.SQLITE_IOERR_DATA, True),
        (sqlite3.SQLITE_CORRUPT, True),
    ],
)
def test_a_page_that_the_disk_does_not_give_is_no_damage(connection, code, is_damage):
    said = f"*** in database main ***\nPage 44: unable to get the page. error code={code}"

    class Failing:
        def execute(self, sql, *values):
            return (
                connection.execute("SELECT ?", (said,))
                if sql == "PRAGMA integrity_check"
                else connection.execute(sql, *values)
            )

    if is_damage:
        assert full_look(Failing()) == (said,)
    else:
        with pytest.raises(sqlite3.OperationalError) as raised:
            full_look(Failing())
        assert raised.value.sqlite_errorcode == code
