"""What the command line logs: one event for every commit and every failed file, and nothing that is secret."""

import json
import os
import shutil

import pytest

SECRET = "s3cr3t-t0ken"


@pytest.fixture
def music(tmp_path, make_folder):
    folder = tmp_path / "music"
    shutil.copytree(make_folder(8), folder)
    (folder / "notes.mp3").write_text("no music")
    (folder / "nothing.flac").touch()
    return folder


def events_of(file):
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@pytest.mark.slow
def test_the_log_file_has_one_event_for_each_commit_and_each_failed_file(command_line, music, tmp_path):
    log = tmp_path / "logs" / "import.log"
    logging = ["--set", f"log.file={log}", "--set", "log.format=json"]
    done = command_line.run("import", "--quiet", *logging, music, expect=1, env_more={"SOME_PASSWORD": SECRET})
    assert done.stderr == ""
    events = events_of(log)
    assert {"timestamp", "level", "event", "actor"} <= set.intersection(*map(set, events))
    opened, first, last = events[0], events[1], events[-1]
    assert (opened["event"], opened["actor"], opened["unseen"]) == ("library-checked", "persistence", [])
    assert (first["event"], first["actor"], first["run"]) == ("run-started", "session", 1)
    assert (last["event"], last["run"], last["analysed"], last["failed"]) == ("run-finished", 1, 8, 2)

    failed = [event for event in events if event["event"] == "file-failed"]
    assert {(event["actor"], event["run"], event["attempt"], event["level"]) for event in failed} == {
        ("session", 1, 1, "warning")
    }
    assert {event["file"]: event["code"] for event in failed} == {
        str(music / "notes.mp3"): "not-audio",
        str(music / "nothing.flac"): "empty-file",
    }
    commits = [event for event in events if event["event"] == "committed"]
    # An attempt and a result of every file, and how the scan found the folders; the links come with the result.
    assert sum(event["messages"] for event in commits) == 10 + 10 + 1
    assert {event["actor"] for event in commits} == {"persistence"}
    assert {event["event"] for event in events} == {
        "library-checked",
        "run-started",
        "run-finished",
        "file-failed",
        "committed",
        "accounts",
    }
    assert SECRET not in log.read_text("utf-8")


@pytest.mark.slow
def test_at_debug_every_change_of_a_file_says_run_file_and_attempt(command_line, music, tmp_path, files_below):
    log = tmp_path / "import.log"
    options = ["--set", f"log.file={log}", "--set", "log.format=json", "--set", "log.level=debug"]
    command_line.run("import", "--quiet", *options, music, expect=1)
    files = [os.fspath(path) for path in files_below(music)]
    by_event = {}
    for event in events_of(log):
        if event["level"] == "debug" and event["actor"] == "session":
            assert (event["run"], event["attempt"]) == (1, 1)
            by_event.setdefault(event["event"], []).append(event["file"])
    assert by_event
    for name, told in by_event.items():
        assert set(told) <= set(files), name
        assert len(told) == len(set(told)), name
    assert any(sorted(told) == files for told in by_event.values())


@pytest.mark.slow
def test_without_a_log_file_nothing_is_logged_to_the_terminal(command_line, music):
    done = command_line.run("import", "--quiet", "--set", "log.level=debug", music, expect=1)
    assert done.stderr == ""
    assert "run-started" not in done.stdout
