"""A library into which a newer version has written codes that this one does not know: they are shown as they are."""

import json
import sqlite3
from contextlib import closing

import pytest

CODES = """
PRAGMA ignore_check_constraints = ON;
UPDATE passage SET link_state = 'merged', link_doubt = 'dated';
UPDATE passage_evidence SET statements = '[["oracle", "recording", "x", 0.5]]';
UPDATE file SET state = 'archived', warnings = '["clipped"]' WHERE state = 'analysed';
UPDATE file SET state = 'parked', failure_code = 'melted' WHERE state = 'failed';
UPDATE run SET state = 'suspended';
UPDATE library SET counts = NULL;
"""


@pytest.fixture
def newer(small_library, tmp_path):
    path = tmp_path / "newer.passages"
    path.write_bytes(small_library.path.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(CODES)
    return path


@pytest.fixture
def ask_newer(run, newer):
    """Give a function that asks the library of the newer version."""
    return lambda command, *arguments: run(command, "--library", newer, *arguments).output


def test_people_read_them(ask_newer, small_library):
    shown = ask_newer("show", small_library.music / "One.flac")
    for words in ("state   archived", "warns   clipped", 'state   "merged"', "in doubt: dated", "because oracle"):
        assert words in shown
    assert "melted: " in ask_newer("list", "--failed")
    assert "Kettle" in ask_newer("list")
    for words in ("2 archived", "1 parked", '2 "merged"', "suspended"):
        assert words in ask_newer("status")


def test_programs_read_them(ask_newer, small_library):
    file = json.loads(ask_newer("show", "--json", small_library.music / "One.flac"))
    (passage,) = file["passages"]
    assert (file["state"], file["warnings"]) == ("archived", ["clipped"])
    assert (passage["state"], passage["doubts"]) == ("merged", ["dated"])
    assert {evidence["source"] for evidence in passage["evidence_items"]} == {"oracle"}
    assert [json.loads(line)["state"] for line in ask_newer("list", "--json").splitlines()] == ["merged", "merged"]
    assert [json.loads(line)["state"] for line in ask_newer("review", "--json").splitlines()] == ["merged", "merged"]
    assert json.loads(ask_newer("list", "--failed", "--json"))["code"] == "melted"
    status = json.loads(ask_newer("status", "--json"))
    assert (status["files"], status["links"], status["last_run"]) == (
        {"archived": 2, "parked": 1},
        {"merged": 2},
        "suspended",
    )
