"""``runs``: the imports, and what each found by name."""

import json
import os

import pytest

from passagework.cli.output.run_text import finding_lines, headline
from passagework.domain.changes import Found
from passagework.domain.failures import Failure, FailureCode, WarningCode
from passagework.domain.views import Finding, RunState, RunView
from tests.cli.conftest import import_into


@pytest.fixture
def library(make_music, tmp_path):
    """Give a library after three imports: two new files and one that is none; no change; one missing, one changed."""
    for name, seed in (("One", 1), ("Two", 2)):
        make_music(f"music/{name}.flac", seconds=1.0, seed=seed, sample_rate=22_050)
    (tmp_path / "music" / "list.mp3").write_text("a shopping list")
    path = tmp_path / "music.passages"
    for _ in range(2):
        import_into(path, tmp_path / "music")
    (tmp_path / "music" / "Two.flac").unlink()
    make_music("other.flac", seconds=1.5, seed=3, sample_rate=22_050).replace(tmp_path / "music" / "One.flac")
    import_into(path, tmp_path / "music")
    return path


def test_runs_are_listed_and_one_is_shown_with_every_file_by_name(run, library, tmp_path):
    music = tmp_path / "music"
    third, second, first = run("runs", "--library", library).output.splitlines()
    assert third.endswith("s  completed: 1 changed, 1 missing")
    assert second.endswith("s  completed: no change")
    assert first.endswith("s  completed: 3 added, 1 failed")
    assert run("runs", "--limit", "1", "--library", library).output.splitlines() == [third]
    assert run("runs", "--all", "--library", library).output.splitlines() == [third, second, first]
    shown = run("runs", "show", "1", "--library", library).output
    assert f"\nadded:\n  {music}/One.flac\n  {music}/Two.flac\n  {music}/list.mp3\n\nfailed:\n" in shown
    assert f"\n  {music}/list.mp3: not-audio: " in shown
    shown = run("runs", "show", "3", "--library", library).output
    assert shown.endswith(f"\nchanged:\n  {music}/One.flac\n\nmissing:\n  {music}/Two.flac\n")


@pytest.mark.slow
def test_what_was_forgotten_since_is_counted(run, library, tmp_path):
    run("forget", tmp_path / "music" / "One.flac", tmp_path / "music" / "Two.flac", "--yes", "--library", library)
    forgotten = "that the library was told to forget"
    shown = run("runs", "show", "1", "--library", library).output
    assert f"\nadded:\n  {tmp_path}/music/list.mp3\n  2 {forgotten}\n\nfailed:\n" in shown
    shown = run("runs", "show", "3", "--library", library).output
    assert shown.endswith(f"\nchanged:\n  1 {forgotten}\n\nmissing:\n  1 {forgotten}\n")


def test_programs_get_the_same(run, library, tmp_path):
    listed = [json.loads(line) for line in run("runs", "--json", "--library", library).output.splitlines()]
    assert [(one["run"], one["found"]) for one in listed] == [
        (3, {"changed": 1, "missing": 1}),
        (2, {}),
        (1, {"added": 3, "failed": 1}),
    ]
    shown = json.loads(run("runs", "show", "1", "--json", "--library", library).output)
    assert {name: shown[name] for name in listed[2]} == listed[2]
    assert [(os.path.basename(one["path"]), one["found"], one["code"]) for one in shown["findings"]] == [
        ("One.flac", ["added"], None),
        ("Two.flac", ["added"], None),
        ("list.mp3", ["added", "failed"], "not-audio"),
    ]


def test_what_is_asked_for_must_be_clear_and_there(run, library):
    run("runs", "show", "--library", library, expect=2)
    run("runs", "7", "--library", library, expect=2)
    for number in ("9", "0", str(10**30)):
        run("runs", "show", number, "--library", library, expect=1)
        run("undo", number, "--library", library, expect=1)


def test_a_line_stands_for_all_that_are_folded():
    run = RunView(12, "guid", RunState.COMPLETED, 10**9, 2 * 10**9, "", (), 0, 0, changed=False)
    assert headline(run).startswith("   12  1970")
    folded = RunView(
        12, "guid", RunState.COMPLETED, 10**9, 2 * 10**9, "", (), 0, 0, changed=False, folded=4, folded_since_ns=0
    )
    assert headline(folded).startswith("8-12  1970")
    assert "  5 runs until 1970" in headline(folded)


def test_each_kind_of_finding_says_what_belongs_to_it():
    one = Finding(
        "guid",
        b"/to",
        tuple(Found),
        b"/from",
        Failure(FailureCode.DAMAGED, "why"),
        (WarningCode.SILENT, WarningCode.TRUNCATED),
        placed=(b"/new", b"/newer"),
        unplaced=(b"/gone",),
    )
    assert [*finding_lines(one, Found.MOVED)] == ["  /from -> /to"]
    assert next(finding_lines(one, Found.FAILED)).startswith("  /to: damaged: ")
    assert [*finding_lines(one, Found.WARNED)] == ["  /to: silent, truncated"]
    assert [*finding_lines(one, Found.PLACED)] == ["  /new: a place of /to", "  /newer: a place of /to"]
    assert [*finding_lines(one, Found.UNPLACED)] == ["  /gone: no more a place of /to"]
    assert {line for kind in (None, Found.ADDED, Found.MISSING) for line in finding_lines(one, kind)} == {"  /to"}
