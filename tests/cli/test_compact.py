"""``passagework compact``: it says what it needs, asks, and says what came of it."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from passagework.cli.group import cli


@pytest.fixture
def library(small_library, tmp_path):
    path = tmp_path / "music.passages"
    shutil.copyfile(small_library.path, path)
    with closing(sqlite3.connect(path)) as plain:
        plain.executescript("CREATE TABLE x (y); INSERT INTO x VALUES (zeroblob(2000000)); DROP TABLE x")
    return path


def test_it_states_the_space_and_does_nothing_without_a_yes(library):
    before = library.read_bytes()
    asked = CliRunner().invoke(cli, ["compact", "--library", str(library)], input="n\n")
    first, second, *_, last = asked.output.splitlines()
    assert (asked.exit_code, last) == (0, "left as it is")
    assert first.startswith(f"{library}: {len(before)} bytes (")
    assert "unused, pages of 8192 bytes" in first
    assert "compacting needs up to " in second
    assert library.read_bytes() == before


def test_with_a_yes_it_is_smaller_and_a_second_time_it_has_nothing_to_gain(run, library):
    before = library.stat().st_size
    done = run("compact", "--yes", "--library", library).output.splitlines()[-1]
    assert done.startswith(f"compacted: {before} bytes (")
    assert f", {library.stat().st_size} (" in done
    assert library.stat().st_size < before - 1_900_000
    assert run("compact", "-y", "--library", library).output.splitlines()[-1].startswith("nothing to gain")
    assert run("check", "--library", library).output.startswith("ok: ")


def test_without_a_library_there_is_nothing_to_compact(run, tmp_path):
    failed = run("compact", "--library", tmp_path / "none.passages", expect=1)
    assert "there is no library" in str(failed.exception)
