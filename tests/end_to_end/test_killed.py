"""kill -9 at any moment: what was acknowledged is there, and the next import goes on where the library says."""

import json
import random
import subprocess
import time
from contextlib import suppress

import pytest

from tests.support.effort import effort

MAX_ATTEMPTS = 3


def import_and_kill(command_line, folder, seconds):
    """Kill an import after so many seconds; tell whether it was still at work."""
    process = command_line.start("import", "--quiet", "--set", "analysis.workers=2", folder)
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.kill()
    process.communicate()
    command_line.wait_until_nobody_is_left()
    return process.returncode == -9


@pytest.mark.slow
def test_a_killed_import_leaves_no_worker_and_the_next_one_completes_it(command_line, make_folder):
    folder = make_folder(60)
    process = command_line.start("import", "--quiet", "--set", "batch.max_files=5", folder)
    command_line.wait_until(lambda: command_line.analysed() > 0, process)
    process.kill()
    process.communicate()
    command_line.wait_until_nobody_is_left()
    before = command_line.analysed()
    assert 0 < before < 60
    report = command_line.report(folder)
    assert (report["analysed"], report["unchanged"], report["failed"]) == (60 - before, before, [])
    assert command_line.analysed() == 60
    command_line.assert_sound()


@pytest.mark.slow
@pytest.mark.long
def test_an_import_killed_at_random_moments_ends_with_the_same_library_as_an_uninterrupted_one(
    command_line, large_folder, tmp_path
):
    library, whole = command_line.library, tmp_path / "whole.passages"
    command_line.library = whole
    began = time.monotonic()
    assert command_line.report("--set", "analysis.workers=2", large_folder)["analysed"] == 240
    seconds = time.monotonic() - began
    expected = command_line.content(large_folder)

    command_line.library = library
    moments, imports = random.Random(20_240_506), effort(3, 16)
    kills = sum(import_and_kill(command_line, large_folder, moments.uniform(0, seconds / 2)) for _ in range(imports))
    last = command_line.report(large_folder)
    assert kills >= imports / 2
    assert last["failed"] == []
    assert command_line.content(large_folder) == expected
    assert len(expected) == 240
    status = command_line.status()
    assert status["files"] == {"analysed": 240}
    assert status["links"] == {"text-only": 240}
    assert status["rows"]["passage"] == status["rows"]["file_curves"] == status["rows"]["file_tags"] == 240
    command_line.assert_sound()


@pytest.mark.slow
def test_a_file_that_takes_the_whole_process_down_is_quarantined_alone(command_line, make_folder, files_below):
    folder = make_folder(20)
    lethal = folder / "000" / "00007 lethal.flac"
    lethal.write_bytes((folder / "000" / "00000.flac").read_bytes())
    deaths = 0
    while (process := command_line.host("import_inline.py", folder)).wait(60) == 9:
        deaths += 1
        process.communicate()
        assert deaths <= MAX_ATTEMPTS + 1
    printed, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    # The first death proves nothing, since other files were in work as well; the others happened to it alone.
    assert deaths == 1 + MAX_ATTEMPTS
    assert json.loads(printed)["failed"] == {str(lethal): "quarantined"}
    status = command_line.status()
    assert status["files"] == {"analysed": 20, "quarantined": 1}
    command_line.assert_sound()

    again = command_line.host("import_inline.py", folder)
    assert json.loads(again.communicate()[0]) == {"analysed": 0, "failed": {}}
