"""``passagework forget``: it says what would be forgotten, asks, and says what came of it."""

import json
import shutil
import sqlite3
import time
from contextlib import closing

import pytest
from click.testing import CliRunner

from passagework.cli.commands.forget import forget_json, forget_lines
from passagework.cli.group import cli
from passagework.domain.forgetting import Forgettable


@pytest.fixture
def library(small_library, tmp_path):
    path = tmp_path / "music.passages"
    shutil.copyfile(small_library.path, path)
    return path


def listed(run, library):
    return len(run("list", "--all", "--library", library).output.splitlines())


def test_it_names_files_and_what_people_set_and_does_nothing_without_a_yes(run, library, small_library):
    file = small_library.music / "One.flac"
    run("set", "--library", library, file, "title=Mine")
    before = listed(run, library)
    asked = CliRunner().invoke(cli, ["forget", "--library", str(library), str(file)], input="n\n")
    lines = asked.output.splitlines()
    assert (asked.exit_code, lines[-1]) == (0, "nothing was forgotten")
    assert lines[:2] == ["to forget: 1 file with 1 passage", f"  {file}"]
    assert any("title=Mine" in line and "- Mine: " in line for line in lines)
    assert listed(run, library) == before
    said = json.loads(run("forget", "--json", "--library", library, file).output)
    assert (said["forgotten"], said["file_count"], said["present_count"], said["entity_count"]) == (False, 1, 1, None)
    assert listed(run, library) == before


def test_with_a_yes_all_below_a_folder_is_gone_and_the_library_is_sound(run, library, small_library):
    said = run("forget", "--yes", "--library", library, small_library.music).output.splitlines()
    assert said[-1].startswith("forgotten: ")
    assert run("check", "--library", library).output.startswith("ok: ")
    assert json.loads(run("status", "--json", "--library", library).output)["passages"] == 0
    assert small_library.music.joinpath("One.flac").exists()


def test_nothing_to_forget_is_said_and_asks_nothing(run, library):
    assert run("forget", "--excluded", "--missing-since", "90d", "--library", library).output == (
        "there is nothing to forget\n"
    )


@pytest.mark.parametrize("words", [(), ("--missing-since", "soon"), ("--missing-since", "90"), ("",)])
def test_what_says_nothing_is_refused(run, library, words):
    run("forget", "--library", library, *words, expect=2)


def test_what_is_missing_for_longer_than_a_length_of_time_is_forgotten(run, library):
    with closing(sqlite3.connect(library)) as connection, connection:
        connection.execute("UPDATE file SET missing_run = 1 WHERE path_text LIKE '%One.flac'")
        connection.execute("UPDATE run SET ended_ns = ?", (time.time_ns() - 5 * 3_600 * 10**9,))
    for length, count in (("6h", 0), ("1d", 0), ("4h", 1), ("30m", 1)):
        said = json.loads(run("forget", "--missing-since", length, "--json", "--library", library).output)
        assert said["file_count"] == count


def test_what_stays_at_another_place_is_said():
    found = Forgettable((), 0, 0, (), ((b"/a/x.flac", b"/b/\xff.flac"),))
    assert list(forget_lines(found)) == [r"stays: /a/x.flac, which is also /b/\xff.flac"]
    (said,) = forget_json(found, None)["elsewhere_items"]
    assert said == {"path": "/a/x.flac", "path_hex": None, "place": r"/b/\xff.flac", "place_hex": "2f622fff2e666c6163"}
