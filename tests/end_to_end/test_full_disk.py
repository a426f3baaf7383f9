"""A disk that fills up: the import rests, says why, and ends by itself when there is room. Nothing lost or doubled."""

import gzip
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.dump import dump
from tests.support.small_disk import small_ext4, small_tmpfs

HOST = Path(__file__).parent / "hosts" / "telling_host.py"
SCHEMA_1 = Path(__file__).parents[1] / "persistence" / "released" / "schema-1.passages.gz"
FILES = 40
ROOM = 1_800_000
"""Bytes: a new library takes 0.8 MB, its first files 0.5 MB more, and all of them at least 1.8 MB more."""
STEP = 250_000
"""Bytes: more than any transaction of five files takes, and less than a seventh of what all files take."""
SMALL_BATCHES = ("--set", "batch.max_files=5", "--set", "session.credits=5", "--set", "analysis.workers=1")

pytestmark = pytest.mark.slow


@pytest.fixture(params=[small_tmpfs, small_ext4])
def disk(request, tmp_path):
    with request.param(tmp_path / "disk", 12_000) as mounted:
        yield mounted


@pytest.fixture
def memory_disk(tmp_path):
    with small_tmpfs(tmp_path / "disk", 12_000) as mounted:
        yield mounted


@pytest.fixture(scope="module")
def folder(make_folder):
    return make_folder(FILES)


@pytest.fixture(scope="module")
def expected(make_command_line, folder, tmp_path_factory):
    """What an import on a roomy disk leaves in the library."""
    command_line = make_command_line(tmp_path_factory.mktemp("roomy"))
    assert command_line.report(folder)["analysed"] == FILES
    return dump(command_line.library)


@pytest.fixture
def on(command_line):
    """Give a function that gives a command line with its library on a disk."""

    def on(disk):
        command_line.library = disk.place / "music.passages"
        command_line.before = disk.before
        return command_line

    return on


@pytest.fixture
def check(expected, tmp_path):
    """Give a function that compares the library on a disk with the one from a roomy disk."""

    def check(command_line, disk, imports=1):
        copy = replace(command_line, before=(), library=disk.copy_library("music.passages", tmp_path))
        copy.assert_sound()
        assert dump(copy.library) == expected
        assert copy.status()["rows"]["run"] == imports

    return check


def pause_of(process):
    """Read what a command says until it says that it rests."""
    line = process.stderr.readline()
    assert line.startswith("paused: the library "), line + process.stderr.read()
    return line


def start_host(command_line, disk, *arguments):
    words = [*disk.before, sys.executable, str(HOST), str(command_line.library), *map(str, arguments)]
    return subprocess.Popen(words, env=command_line.environment, stdout=subprocess.PIPE, text=True)


def told(process):
    """Read the next thing that a host tells."""
    news = json.loads(process.stdout.readline())
    assert news["event"] != "Error", news
    return news


def test_a_full_disk_is_one_line_and_the_import_ends_by_itself_when_there_is_room(on, disk, folder, check):
    command_line = on(disk)
    disk.fill(leave=ROOM)
    process = command_line.start("import", "--quiet", *SMALL_BATCHES, folder)
    line = pause_of(process)
    assert "the disk is full; make room" in line
    assert line.endswith("the import continues automatically when possible\n")
    status = command_line.status()
    assert 0 < status["files"]["analysed"] < FILES
    assert process.poll() is None
    disk.make_room()
    printed, said = process.communicate(timeout=180)
    assert process.returncode == 0, said
    assert said == "resumed: the library can be written again; nothing was lost\n"
    assert f"done: {FILES} files analysed" in printed
    assert command_line.status()["rows"]["file"] == FILES
    check(command_line, disk)
    assert command_line.report(folder)["unchanged"] == FILES


def test_a_host_hears_of_the_rest_and_of_each_file_once(on, memory_disk, folder, check):
    command_line = on(memory_disk)
    memory_disk.fill(leave=ROOM)
    finished, events = Counter(), Counter()
    with start_host(command_line, memory_disk, folder) as process:
        while (news := told(process))["event"] != "RunFinished":
            events[news["event"]] += 1
            if news["event"] == "LibraryPaused":
                assert "disk is full" in news["paused"]
                memory_disk.make_room()
            elif news["event"] == "FileFinished":
                assert news["failure"] is None
                finished[news["path"]] += 1
    assert (news["state"], news["analysed"]) == ("completed", FILES)
    assert (events["LibraryPaused"], events["LibraryResumed"]) == (1, 1)
    assert len(finished) == FILES
    assert set(finished.values()) == {1}
    check(command_line, memory_disk)


def _told_or_given_room(process, disk, *, resting):
    """Read the next thing that a host tells; one that rests in silence has too little room for a transaction.

    A host that does not rest is silent while it works, for as long as a busy machine takes.
    """
    room = STEP
    while resting and not select.select([process.stdout], [], [], 1)[0] and process.poll() is None:
        room += STEP
        disk.fill(leave=room)
    return told(process)


def test_a_disk_that_is_full_again_and_again_holds_the_import_up_and_costs_nothing(
    on, memory_disk, folder, check, open_importer, tmp_path
):
    command_line = on(memory_disk)
    # A disk on which a library cannot even be made is an error, so there is one.
    open_importer("empty.passages").close()
    shutil.copyfile(tmp_path / "empty.passages", memory_disk.seen / "music.passages")
    memory_disk.fill(leave=2 * STEP)
    pauses, resting = 0, False
    with start_host(command_line, memory_disk, folder) as process:
        while (news := _told_or_given_room(process, memory_disk, resting=resting))["event"] != "RunFinished":
            resting = news["event"] == "LibraryPaused" or (resting and news["event"] != "LibraryResumed")
            if news["event"] == "LibraryPaused":
                pauses += 1
                memory_disk.fill(leave=STEP if pauses < 4 else 6_000_000)
    assert pauses >= 3
    assert news["analysed"] == FILES
    check(command_line, memory_disk)


@pytest.mark.parametrize("leave", [0, 8_192, 40_960, 245_760])
def test_a_disk_without_room_for_a_new_library_leaves_nothing_in_the_way_of_the_next_import(
    on, memory_disk, small_folder, leave
):
    command_line = on(memory_disk)
    memory_disk.fill(leave)
    done = command_line.run("import", "--quiet", small_folder, expect=3)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("passagework: library-unavailable: ")
    assert "disk is full; make room" in line or "No space left on device" in line
    memory_disk.make_room()
    assert command_line.report(small_folder)["analysed"] == 8
    assert sorted(path.name for path in memory_disk.seen.iterdir()) == ["music.passages", "music.passages.lock"]


def test_a_migration_without_room_for_its_backup_changes_nothing_and_takes_no_room(on, memory_disk, small_folder):
    command_line = on(memory_disk)
    library = memory_disk.seen / "music.passages"
    library.write_bytes(gzip.decompress(SCHEMA_1.read_bytes()))
    before = library.read_bytes()
    memory_disk.fill(leave=len(before) // 2)
    done = command_line.run("import", "--quiet", small_folder, expect=3)
    (line,) = done.stderr.splitlines()
    assert line.startswith("passagework: library-needs-space: ")
    assert int(line.partition(" needs ")[2].partition(" ")[0]) > len(before)
    assert library.read_bytes() == before
    assert {path.name for path in memory_disk.seen.iterdir()} <= {"music.passages", "music.passages.lock", "filler"}
    memory_disk.make_room()
    assert command_line.report(small_folder)["analysed"] == 8
    assert (memory_disk.seen / "music.passages.v1.backup").is_file()


def test_an_interrupt_on_a_full_disk_does_not_wait_for_room_and_the_next_import_makes_the_rest(
    on, memory_disk, folder, check
):
    command_line, disk = on(memory_disk), memory_disk
    disk.fill(leave=ROOM)
    process = command_line.start("import", "--quiet", *SMALL_BATCHES, folder)
    pause_of(process)
    signal_command(process, signal.SIGINT, disk)
    # There is no room until the end of the test: what waits for it does not end.
    printed, said = process.communicate(timeout=180)
    assert process.returncode == 3, said
    assert printed.startswith("cancelled: ")
    assert said.splitlines()[-1].startswith("passagework: library-unavailable: ")
    assert "the next import repeats them" in said
    disk.make_room()
    stored = command_line.status()["files"]["analysed"]
    rest = command_line.report(folder)
    assert (rest["analysed"], rest["unchanged"], rest["failed"]) == (FILES - stored, stored, [])
    check(command_line, disk, imports=2)


def signal_command(process, number, disk):
    """Send a signal to the command, which may be a child of what entered the name space."""
    pid = process.pid
    if disk.before:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        pid = int(children[0]) if children else pid
    os.kill(pid, number)


def test_a_disk_that_is_full_when_the_log_is_moved_into_the_library_at_the_end_loses_nothing(
    on, memory_disk, folder, check
):
    command_line = on(memory_disk)
    with start_host(command_line, memory_disk, folder, memory_disk.place / "filler") as process:
        news = [json.loads(line) for line in process.stdout]
    finished, error = news[-2:]
    assert (finished["state"], finished["analysed"]) == ("completed", FILES)
    assert (error["event"], error["code"], error["kind"]) == ("Error", "library-unavailable", "disk-full"), error
    assert (memory_disk.seen / "music.passages-wal").stat().st_size > 0
    memory_disk.make_room()
    assert command_line.report(folder)["unchanged"] == FILES
    check(command_line, memory_disk, imports=2)
