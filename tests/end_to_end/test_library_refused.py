"""Libraries that cannot be opened for writing: one line says why, the exit code is 3, and nothing is changed."""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

UNPRIVILEGED = (sys.executable, str(Path(__file__).parent / "hosts" / "without_privileges.py"))


@pytest.mark.slow
def test_a_library_that_is_being_made_by_another_program_is_not_available(command_line, small_folder):
    with closing(sqlite3.connect(command_line.library, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = command_line.run("import", "--quiet", small_folder, expect=3)
        assert "library-unavailable" in done.stderr
        assert "another process holds it" in done.stderr
        assert "tried again" not in done.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("with_small_folder")
def test_a_library_that_may_not_be_written_is_refused_before_anything_is_done(command_line, small_folder):
    command_line.library.chmod(0o444)
    command_line.before = UNPRIVILEGED
    before = command_line.library.read_bytes()
    done = command_line.run("import", "--quiet", small_folder, expect=3)
    assert "library-unavailable" in done.stderr
    assert "check permissions" in done.stderr
    assert command_line.library.read_bytes() == before
    assert not command_line.library.with_name(command_line.library.name + "-wal").exists()
    command_line.library.chmod(0o644)
    assert command_line.report(small_folder)["unchanged"] == 8


@pytest.mark.slow
@pytest.mark.usefixtures("with_small_folder")
def test_a_log_that_may_not_be_written_makes_a_library_unavailable(command_line, small_folder):
    log = command_line.library.with_name(command_line.library.name + "-wal")
    log.touch(0o444)
    command_line.before = UNPRIVILEGED
    done = command_line.run("import", "--quiet", small_folder, expect=3)
    assert "library-unavailable" in done.stderr
    assert "-wal" in done.stderr
    log.chmod(0o644)
    assert command_line.report(small_folder)["unchanged"] == 8


@pytest.mark.slow
def test_a_folder_that_may_not_be_written_makes_a_library_unavailable(command_line, small_folder):
    place = command_line.library.parent / "locked"
    place.mkdir()
    command_line.library = place / "library.passages"
    command_line.before = UNPRIVILEGED
    place.chmod(0o555)
    try:
        done = command_line.run("import", "--quiet", small_folder, expect=3)
    finally:
        place.chmod(0o755)
    assert "library-unavailable" in done.stderr
    assert "Permission denied" in done.stderr
    assert list(place.iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("with_small_folder")
def test_something_else_in_the_place_of_the_log_is_refused(command_line, small_folder):
    in_the_way = command_line.library.with_name(command_line.library.name + "-wal")
    in_the_way.mkdir()
    done = command_line.run("import", "--quiet", small_folder, expect=3)
    assert "side-file-foreign" in done.stderr
    assert "not a regular file" in done.stderr
    in_the_way.rmdir()
    assert command_line.report(small_folder)["unchanged"] == 8


@pytest.mark.slow
def test_a_file_that_is_no_library_is_refused_and_left_as_it_is(command_line, small_folder):
    command_line.library.write_text("a shopping list" * 1000)
    done = command_line.run("import", "--quiet", small_folder, expect=3)
    assert "library-damaged" in done.stderr
    assert "not even an SQLite file" in done.stderr
    assert command_line.library.read_text() == "a shopping list" * 1000


@pytest.mark.slow
@pytest.mark.usefixtures("with_small_folder")
def test_a_library_that_was_cut_short_is_damaged_and_left_as_it_is(command_line, small_folder):
    os.truncate(command_line.library, command_line.library.stat().st_size // 3)
    before = command_line.library.read_bytes()
    done = command_line.run("import", "--quiet", "--reanalyze", small_folder, expect=3)
    assert "library-damaged" in done.stderr
    assert "restore a backup" in done.stderr
    assert command_line.library.read_bytes() == before
