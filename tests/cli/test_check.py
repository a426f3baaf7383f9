"""``passagework check``: what is damaged, what to do, and the mark that keeps others from writing."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from passagework.domain.errors import LibraryDamagedError, LibraryError, LibraryMarkedError
from passagework.domain.plain_text import plain
from passagework.persistence.file.damage_mark import leave_mark
from tests.support.damage import OF_THE_FILE, Victim, fingerprints


@pytest.fixture
def victim(small_library, tmp_path):
    path = tmp_path / "music.passages"
    shutil.copyfile(small_library.path, path)
    return Victim(path)


def failed(result, kind):
    assert isinstance(result.exception, kind), result
    return str(result.exception)


def test_a_whole_library_is_said_to_be_whole(run, victim):
    assert run("check", "--library", victim.path).output == f"ok: {victim.path} is whole\n"


@pytest.mark.slow
def test_a_damaged_library_is_named_with_what_to_do_and_no_command_writes_to_it(run, victim, small_library):
    OF_THE_FILE["page of index file_folder zeroed"](victim)
    before = fingerprints(victim.path.parent)
    output = run("check", "--library", victim.path, expect=3).output
    assert output.startswith(f"library-damaged: {victim.path}\n  ")
    assert "restore a backup" in output
    assert f'sqlite3 {victim.path} ".recover" | sqlite3 {victim.path}.recovered\n' in output
    for command in (
        ("undo", 1),
        ("set", small_library.music / "One.flac", "title=mine"),
        ("import", "--quiet", small_library.music),
    ):
        said = failed(run(*command, "--library", victim.path, expect=1), LibraryMarkedError)
        assert (said.count("passagework check"), said.count("restore a backup"), said.count("is damaged")) == (1, 1, 0)
        assert f"the library {victim.path} is marked as damaged (" in said
    assert "marked as damaged" in run("doctor", "--library", victim.path, expect=3).output
    after = fingerprints(victim.path.parent)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"music.passages.damaged"}


def test_a_library_that_was_repaired_is_freed_by_the_check(run, victim):
    whole = victim.path.read_bytes()
    OF_THE_FILE["page of index file_folder zeroed"](victim)
    run("check", "--library", victim.path, expect=3)
    victim.path.write_bytes(whole)
    assert "its mark was removed" in run("check", "--library", victim.path).output
    assert "undone" in run("undo", 1, "--library", victim.path).output


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("cut in the middle", LibraryDamagedError),
        ("magic of the header", LibraryDamagedError),
        ("application", LibraryDamagedError),
    ],
)
def test_what_cannot_be_opened_is_an_error_with_its_reason(run, victim, kind, error):
    OF_THE_FILE[kind](victim)
    assert str(victim.path) in failed(run("check", "--library", victim.path, expect=1), error)


def test_a_library_that_is_not_there_is_not_made(run, tmp_path):
    assert "no library" in failed(run("check", "--library", tmp_path / "gone", expect=1), LibraryError)
    assert list(tmp_path.iterdir()) == []


def test_a_rule_that_is_broken_is_said_with_what_to_do_and_a_mark_stays(run, victim):
    with closing(sqlite3.connect(victim.path, isolation_level=None)) as connection:
        connection.execute("UPDATE file_curves SET envelope = x'00ff' WHERE file_id = 1")
        (path,) = connection.execute("SELECT path_text FROM file WHERE id = 1").fetchone()
    said = run("check", "--library", victim.path, expect=3).output.splitlines()
    assert said == [
        f"{victim.path} is whole, but breaks its own rules:",
        f"  files whose level curve or waveform cannot be read: 1, the first is {plain(path)}",
        "    what to do: an import of their folders with --reanalyze reads the files again",
    ]
    leave_mark(victim.path, "a test")
    said = run("check", "--library", victim.path, expect=3).output.splitlines()
    assert said[-1] == f"its mark stays; to let an import mend it, delete {victim.path}.damaged"
