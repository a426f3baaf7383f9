"""A library of schema 5 with what earlier versions accepted from services and samples is healed by its migration."""

import gzip
import json
import math
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.persistence.read.queries import ListPassages
from passagework.persistence.user.undo import undo_run

RELEASED = Path(__file__).parents[1] / "released"
INF = math.inf
LEVELS = "loudness_integrated, loudness_range, true_peak, sample_peak"


@pytest.fixture
def ill(tmp_path):
    """Give a library of schema 5 with numbers that are not finite wherever one could get in, and its files."""
    path = tmp_path / "ill.passages"
    path.write_bytes(gzip.decompress((RELEASED / "schema-5.passages.gz").read_bytes()))
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        of_file, decided, failed, *_ = [row for (row,) in plain.execute("SELECT DISTINCT passage_id FROM evidence")]
        plain.execute(
            "UPDATE passage SET true_peak = ?, sample_peak = 770.5, fade_in_ticks = -1 WHERE id = ?", (INF, of_file)
        )
        plain.execute("UPDATE file SET loudness_range = ? WHERE id = (SELECT max(id) FROM file WHERE samples)", (-INF,))
        plain.execute("UPDATE evidence SET strength = ? WHERE passage_id = ?", (INF, decided))
        plain.execute("DELETE FROM candidate")
        row = "INSERT INTO candidate SELECT ?, ?, 'r', 't', '[]', ?, 0.5, ?, ?, '[]', NULL, NULL, NULL, NULL, 1"
        good = json.dumps([("acoustid", 0.5, 1.0, "")])
        ill_ones = [(-1.0, 0.0, good), (1.0, INF, good), (1.0, 0.0, json.dumps([("acoustid", INF, 1.0, "")]))]
        plain.executemany(row, [(decided, rank, *values) for rank, values in enumerate(ill_ones, 1)])
        reason = "UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud800': surrogates not allowed"
        plain.execute("UPDATE passage SET link_state = 'failed', link_reason = ? WHERE id = ?", (reason, failed))
        plain.execute("UPDATE song SET probability = ?", (INF,))
        answer = "INSERT INTO answer SELECT ?, 'acoustid', 1, NULL, ?, 1, 1, 2, 1"
        plain.execute(answer, ("ill", zlib.compress(b'{"results":[{"id":"x","score":Infinity}]}')))
        plain.execute(answer, ("well", zlib.compress(b'{"results":[{"id":"Infinity","score":0.5}]}')))
        for table, columns, column in (("file", 34, "c26"), ("passage", 30, "c13"), ("evidence", 7, "c7")):
            places = ", ".join(f"c{number}" for number in range(1, columns + 1))
            image = f"INSERT INTO before_image (run_id, of_table, {places}) SELECT 4, '{table}', * FROM {table} LIMIT 1"
            plain.execute(image)
            plain.execute(f"UPDATE before_image SET {column} = ? WHERE seq = last_insert_rowid()", (INF,))
    return path, of_file, decided, failed


def test_the_values_are_gone_and_what_was_made_of_them_is_made_again(ill, open_at):
    path, of_file, decided, failed = ill
    opened = open_at(path)
    ask = opened.connection.execute
    assert ask(f"SELECT {LEVELS}, fade_in_ticks FROM passage WHERE id = ?", (of_file,)).fetchall() == [(None,) * 5]
    stale = "SELECT id FROM file WHERE analysis_version < ? ORDER BY id"
    expected = "SELECT file_id FROM passage WHERE id = ? UNION SELECT max(id) FROM file WHERE samples ORDER BY 1"
    assert ask(stale, (ANALYSIS_VERSION,)).fetchall() == ask(expected, (of_file,)).fetchall()
    assert ask(f"SELECT count(*) FROM file WHERE analysis_version = 0 AND coalesce({LEVELS}) IS NULL").fetchone() == (
        2,
    )
    assert ask("SELECT count(*) FROM file WHERE sample_peak IS NOT NULL").fetchone()[0] > 10
    again = ask("SELECT id FROM passage WHERE link_retry_ns = 1 AND id IN (?, ?) ORDER BY id", (decided, failed))
    assert again.fetchall() == [(decided,), (failed,)]
    assert ask("SELECT count(*) FROM candidate").fetchone() == (0,)
    assert ask("SELECT DISTINCT strength FROM evidence WHERE passage_id = ?", (decided,)).fetchall() == [(None,)]
    assert ask("SELECT DISTINCT probability FROM song").fetchall() == [(1000.0,)]
    assert ask("SELECT key FROM answer WHERE key IN ('ill', 'well')").fetchall() == [("well",)]
    opened.check()
    opened.close()


def test_runs_can_be_undone_and_the_library_read_and_written(ill, open_at, make):
    opened = open_at(ill[0])
    undo_run(opened.connection, 4, 1)
    levels = opened.connection.execute(f"SELECT {LEVELS} FROM file UNION ALL SELECT {LEVELS} FROM passage").fetchall()
    assert all(math.isfinite(level) for row in levels for level in row if level is not None)
    assert len(levels) > 30
    assert opened.ask(ListPassages(100))
    opened.new_run()
    assert opened.write(make.store(opened.run)).rejected == ()
    opened.check()
    opened.close()


def test_a_file_of_which_an_undo_brings_back_what_was_measured_is_analysed_again(ill, open_at):
    opened = open_at(ill[0])
    ask = opened.connection.execute
    (file,) = ask("SELECT c1 FROM before_image WHERE run_id = 4 AND of_table = 'file' ORDER BY seq DESC").fetchone()
    ask("UPDATE file SET analysis_version = ?", (ANALYSIS_VERSION,))
    undo_run(opened.connection, 4, 1)
    found = ask(f"SELECT analysis_version, {LEVELS} FROM file WHERE id = ?", (file,)).fetchone()
    assert found == (0, None, None, None, None)
    opened.close()


@pytest.mark.parametrize("table", ["file", "passage"])
def test_no_program_can_store_such_values_again(ill, open_at, table):
    opened = open_at(ill[0])
    for column in LEVELS.split(", "):
        for value in (INF, -INF, 1e300):
            with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
                opened.connection.execute(f"UPDATE {table} SET {column} = ?", (value,))
    opened.close()
