"""kill -9 at any step: there is the former export or the new one, whole, and the next one completes."""

import dataclasses
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from passagework.export.mysql.export import export_copy, export_to_mysql
from tests.support.effort import effort

TENTHS = effort((0, 5, 10), range(11))
HOST = Path(__file__).parent / "hosts" / "killed_export.py"


@pytest.fixture
def export_until(library_copy, database):
    """Give a function that exports in a process of its own, which dies at a step."""

    def export(die_at):
        job = {"copy": str(library_copy), "address": dataclasses.asdict(database), "die_at": die_at}
        return subprocess.run(
            [sys.executable, HOST], input=json.dumps(job), capture_output=True, text=True, check=False
        )

    return export


@pytest.mark.slow
@pytest.mark.long
def test_an_export_that_is_killed_at_every_tenth_of_its_way_leaves_a_whole_one_and_is_completed_by_the_next(
    export_until, hostile_library, library_copy, database, on_server
):
    titles = (
        "SELECT COUNT(*), SUM(title = 'other'), (SELECT COUNT(*) FROM run WHERE ended_ns = 7) FROM playable_passage"
    )
    former, new = [(8, 0, 0)], [(8, 8, 1)]
    export_to_mysql(hostile_library, database)
    with closing(sqlite3.connect(library_copy, isolation_level=None)) as copy:
        copy.execute("UPDATE file_tags SET title = 'other'")
        copy.execute("UPDATE passage SET user_title = 'other'")
        copy.execute("UPDATE run SET ended_ns = 7")
    whole = export_until(0)
    assert whole.returncode == 0, whole.stderr
    steps = int(whole.stdout)
    assert steps > 50
    assert on_server(titles) == new
    found = []
    for tenth in TENTHS:
        export_to_mysql(hostile_library, database)
        assert on_server(titles) == former
        assert export_until(max(1, steps * tenth // 10)).returncode == -9
        found.append(on_server(titles))
        assert found[-1] in (former, new)
        export_copy(library_copy, database)
        assert on_server(titles) == new
        assert not [name for (name,) in on_server("SHOW TABLES") if name.startswith("_")]
    # The swap is between the last two.
    assert found[TENTHS.index(0)] == found[TENTHS.index(5)] == former
    assert found[-1] == new
