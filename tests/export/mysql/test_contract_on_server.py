"""The views on a server say what those of the library say, with all-distinct values and names of every origin."""

import sqlite3
from contextlib import closing

import pytest

from passagework.export.mysql.export import export_to_mysql
from tests.support.named_library import NAMES_OF_VIEWS, make_named_library

pytestmark = pytest.mark.slow


def test_views_on_a_server_say_what_those_of_the_library_say(tmp_path, database, on_server):
    path = tmp_path / "named.passages"
    make_named_library(path)
    export_to_mysql(path, database)
    with closing(sqlite3.connect(path)) as library:
        cursor = library.execute("SELECT * FROM playable_passage ORDER BY path, start_ticks")
        columns = ", ".join(column[0] for column in cursor.description)
        assert on_server(f"SELECT {columns} FROM playable_passage ORDER BY path, start_ticks") == cursor.fetchall()
        for sql in NAMES_OF_VIEWS.values():
            assert on_server(f"SELECT {sql}") == library.execute(f"SELECT {sql}").fetchall()
