"""kill -9 at any moment: what was acknowledged is there, and the next import goes on where the library says."""

import json
import random
import subprocess
from contextlib import suppress

import pytest

from tests.support.effort import effort

MAX_ATTEMPTS = 3
SMALL_BATCHES = ("--set", "batch.max_files=6")
FILES = effort(60, 240)


def import_and_kill(command_line, folder, written):
    """Kill an import when it has written so many bytes; tell whether it was still at work."""
    process = command_line.start("import", "--quiet", *SMALL_BATCHES, "--set", "analysis.workers=2", folder)
    log = command_line.library.with_name(f"{command_line.library.name}-wal")
    while process.poll() is None and not (log.exists() and log.stat().st_size > written):
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
    process.kill()
    process.communicate()
    command_line.wait_until_nobody_is_left()
    return process.returncode == -9


@pytest.mark.slow
def test_a_killed_import_leaves_no_worker_and_the_next_one_completes_it(command_line, make_folder, gate):
    folder = make_folder(20)
    some = ("--set", "batch.max_files=5", "--set", "session.credits=8")
    process = command_line.start_gated(gate, "import", "--quiet", *some, folder)
    gate.meet()
    process.kill()
    process.communicate()
    command_line.wait_until_nobody_is_left()
    before = command_line.analysed()
    assert 0 < before <= 5
    report = command_line.report(folder)
    assert (report["analysed"], report["unchanged"], report["failed"]) == (20 - before, before, [])
    assert command_line.analysed() == 20
    command_line.assert_sound()


@pytest.mark.slow
@pytest.mark.long
def test_an_import_killed_at_random_moments_ends_with_the_same_library_as_an_uninterrupted_one(
    command_line, make_folder, tmp_path
):
    folder = make_folder(FILES)
    library, whole = command_line.library, tmp_path / "whole.passages"
    command_line.library = whole
    assert command_line.report("--set", "analysis.workers=2", folder)["analysed"] == FILES
    size = whole.stat().st_size
    expected = command_line.content(folder)

    command_line.library = library
    # Bytes and no seconds: how fast it goes is a matter of what else the machine does.
    moments, imports = random.Random(20_240_506), effort(2, 16)
    kills = sum(import_and_kill(command_line, folder, moments.uniform(0, size / 2)) for _ in range(imports))
    last = command_line.report(folder)
    assert kills >= imports / 2
    assert last["failed"] == []
    assert command_line.content(folder) == expected
    assert len(expected) == FILES
    status = command_line.status()
    assert status["files"] == {"analysed": FILES}
    assert status["links"] == {"text-only": FILES}
    assert status["rows"]["passage"] == status["rows"]["file_curves"] == status["rows"]["file_tags"] == FILES
    command_line.assert_sound()


@pytest.mark.slow
def test_a_file_that_takes_the_whole_process_down_is_quarantined_alone(command_line, make_folder, files_below):
    folder = make_folder(10)
    lethal = folder / "000" / "00007 lethal.flac"
    lethal.write_bytes((folder / "000" / "00000.flac").read_bytes())
    deaths = 0
    while (process := command_line.host("import_inline.py", folder)).wait(180) == 9:
        deaths += 1
        process.communicate()
        assert deaths <= MAX_ATTEMPTS + 1
    printed, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    # The first death proves nothing, since other files were in work as well; the others happened to it alone.
    assert deaths == 1 + MAX_ATTEMPTS
    assert json.loads(printed)["failed"] == {str(lethal): "quarantined"}
    status = command_line.status()
    assert status["files"] == {"analysed": 10, "quarantined": 1}
    command_line.assert_sound()

    again = command_line.host("import_inline.py", folder)
    assert json.loads(again.communicate()[0]) == {"analysed": 0, "failed": {}}
