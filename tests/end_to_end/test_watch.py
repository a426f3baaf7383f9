"""``passagework watch`` in a process of its own."""

import json
import signal

import pytest

SOON = ("--set", "watch.debounce_seconds=0.05", "--set", "watch.rest_seconds=0.2", "--set", "analysis.workers=1")


def next_run(process, which=lambda _report: True):
    """Give the next report that the watch prints, of those that a test waits for."""
    while True:
        found = json.loads(process.stdout.readline())
        if "run" in found and which(found):
            return found


@pytest.mark.slow
def test_a_watch_imports_what_comes_holds_the_library_and_ends_cleanly(command_line, make_music, tmp_path):
    music = tmp_path / "music"
    make_music("music/a/One.flac", seconds=1.0)
    (music / "b").mkdir()
    process = command_line.start("watch", "--json", *SOON, "--set", "library.socket=false", music)
    following = json.loads(process.stdout.readline())
    assert (following["path"], following["way"]) == (str(music), "notified")
    next_run(process, lambda report: report["analysed"] == 1)
    assert "library-busy" in command_line.run("import", music, expect=3).stderr
    make_music("arriving/Two.flac", seconds=1.0).rename(music / "b" / "Two.flac")
    assert next_run(process)["analysed"] == 1
    process.send_signal(signal.SIGHUP)
    assert next_run(process)["unchanged"] == 2
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=180)
    assert (process.returncode, said) == (0, "stopping; stored results stay (again: stop at once)\n")
    command_line.wait_until_nobody_is_left()
    assert command_line.report(music)["unchanged"] == 2
    command_line.assert_sound()
