"""Many short files and many workers: few transactions, steady memory, and counts that agree."""

import json
import statistics

import pytest

FILES = 2_000
WORKERS = 16
WRITES_PER_FILE = 0.1
GROWTH_PER_FILE = 100
"""Bytes: 1 MB for 10,000 files."""


@pytest.fixture(scope="module")
def counted(make_folder, tmp_path_factory, make_command_line):
    """Import the files once, counting statements at the connection; give what was counted, and the log."""
    folder = make_folder(FILES)
    command_line = make_command_line(tmp_path_factory.mktemp("counted"))
    process = command_line.host("counting_host.py", WORKERS, folder)
    printed, log = process.communicate(timeout=280)
    assert process.returncode == 0, log
    command_line.wait_until_nobody_is_left()
    command_line.assert_sound()
    return json.loads(printed), log


@pytest.mark.slow
def test_sixteen_workers_need_few_transactions_and_one_connection(counted):
    found, _ = counted
    assert found["connections"] == 1
    assert found["transactions"]["BEGIN IMMEDIATE"] <= WRITES_PER_FILE * FILES
    on_the_library = sum(
        found["transactions"].get(kind, 0) for kind in ("BEGIN IMMEDIATE", "BEGIN IMMEDIATE;", "BEGIN")
    )
    assert on_the_library <= WRITES_PER_FILE * FILES


@pytest.mark.slow
def test_nobody_ever_finds_the_library_locked(counted):
    _, log = counted
    events = [json.loads(line) for line in log.splitlines()]
    assert {event["event"] for event in events} == {"run-started", "committed", "run-finished"}
    assert "locked" not in log


@pytest.mark.slow
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
    # Of every file: its attempt, its analysis and its links.
    assert sum(event["messages"] for event in commits) == 3 * FILES


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_files(counted):
    found, _ = counted
    last_half = found["memory"][FILES // 2 :]
    growth = statistics.linear_regression(range(len(last_half)), last_half).slope
    assert growth <= GROWTH_PER_FILE
