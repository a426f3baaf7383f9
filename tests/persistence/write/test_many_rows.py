"""Many rows of a table go into it with few statements."""

import sqlite3

import pytest

from passagework.persistence.write.many_rows import ManyRows


def test_a_row_with_too_few_or_too_many_values_is_refused_whatever_the_others_have(library):
    table = ManyRows("song_work", "song_id", "work_id", "position", "first_run")
    with pytest.raises(sqlite3.ProgrammingError, match="4 values"):
        table.insert(library.connection, [(1, 1, 0), (2, 2, 0, 1, 1)])
    assert table.insert(library.connection, []) == 0
