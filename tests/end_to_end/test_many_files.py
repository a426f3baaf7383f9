"""Many short files and many workers: few transactions, steady memory, and counts that agree."""

import json
import statistics

import pytest

from tests.support.effort import effort
from tests.support.heap import ONE_HEAP

FILES = effort(600, 2_000)
FILES_FOR_MEMORY = effort(3_000, 10_000)
"""Over the first 2,000, SQLite's page cache and the heap reach their size."""

WORKERS = 16
WORKERS_FOR_MEMORY = effort(4, 16)
"""What each worker takes is its own; the start of many takes time."""

TRANSACTIONS_PER_FILE = 0.1
GROWTH_PER_FILE = effort(0, 100)
"""Bytes. In the long form 1 MB for 10,000 files; in the short form what is held of files that wait gets less meanwhile,
by some 600 bytes for each, so that what stays for each file must be less than that."""


pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1_000)]


@pytest.fixture(scope="module")
def counted(make_folder, tmp_path_factory, make_command_line):
    """Import the files once, counting statements at the connection; give what was counted, and the log."""
    folder = make_folder(FILES)
    command_line = make_command_line(tmp_path_factory.mktemp("counted"))
    process = command_line.host("counting_host.py", WORKERS, folder)
    printed, log = process.communicate(timeout=900)
    assert process.returncode == 0, log
    command_line.wait_until_nobody_is_left()
    command_line.assert_sound()
    return json.loads(printed), log


def test_sixteen_workers_need_few_transactions_and_one_connection(counted):
    found, _ = counted
    assert found["connections"] == 1
    # What else ran outside of a transaction prepares temporary tables, or reads before there is a schema.
    on_the_library = sum(
        found["transactions"].get(kind, 0) for kind in ("BEGIN IMMEDIATE", "BEGIN IMMEDIATE;", "BEGIN")
    )
    assert on_the_library <= TRANSACTIONS_PER_FILE * FILES


def test_nobody_ever_finds_the_library_locked(counted):
    _, log = counted
    events = [json.loads(line) for line in log.splitlines()]
    expected = {"library-checked", "run-started", "committed", "accounts", "run-finished"}
    assert {event["event"] for event in events} == expected
    assert "locked" not in log


def test_every_count_of_a_large_import_is_what_the_library_holds(counted):
    found, log = counted
    library = found["library"]
    assert found["analysed"] == FILES == library["files"]["analysed"]
    assert found["failed"] == 0
    assert library["files"] == {"analysed": FILES}
    assert found["passages"] == library["passages"] == library["rows"]["passage"]
    assert found["links"] == library["links"] == {"text-only": FILES}
    assert found["audio"] == library["audio"]
    assert found["progress"] == [FILES, FILES, found["passages"]]
    tables = ("file", "file_curves", "file_tags", "run_file")
    assert [library["rows"][table] for table in tables] == [FILES] * len(tables)
    commits = [event for event in map(json.loads, log.splitlines()) if event["event"] == "committed"]
    assert sum(event["rejected"] for event in commits) == 0
    # Of every file: its attempt, and its analysis with its links. At the end: how the scan found the folders.
    assert sum(event["messages"] for event in commits) == 2 * FILES + 1


def test_memory_does_not_grow_with_the_number_of_files(make_folder, command_line):
    # Alone in its process: the trace hook and the log of the other import take memory themselves.
    folder = make_folder(FILES_FOR_MEMORY)
    process = command_line.host("memory_host.py", WORKERS_FOR_MEMORY, folder, env=command_line.environment | ONE_HEAP)
    printed, said = process.communicate(timeout=900)
    assert (process.returncode, said) == (0, "")
    memory = json.loads(printed)
    assert len(memory) == FILES_FOR_MEMORY
    settled = memory[FILES_FOR_MEMORY * 2 // 3 :]
    growth = statistics.linear_regression(range(len(settled)), settled).slope
    assert growth <= GROWTH_PER_FILE
