import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name, *arguments):
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def test_examples_take_nothing_from_inside_the_package():
    """What they need is public. Extensions are written against a module of their own."""
    public = {"passagework", "passagework.extensions"}
    taken = [
        (path.name, node.module)
        for path in EXAMPLES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "passagework"
    ]
    assert [one for one in taken if one[1] not in public] == []
    assert len(taken) > 5


@pytest.mark.slow
def test_a_daemon_hears_of_each_file_reads_the_library_and_stops_by_a_signal(make_music, tmp_path):
    make_music("one/song.flac", seconds=12)
    os.utime(tmp_path / "one" / "song.flac", (1, 1))
    command = [
        sys.executable,
        str(EXAMPLES / "embed_in_a_daemon.py"),
        str(tmp_path / "l.passages"),
        str(tmp_path / "one"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        said = []
        while not said or "run 1 is" not in said[-1]:
            said.append(process.stdout.readline())
            assert said[-1]
        process.terminate()
        said += process.communicate(timeout=60)[0].splitlines()
    assert any("can be played: " in line for line in said)
    assert (said[-1].endswith("stopped"), process.returncode) == (True, 0)


@pytest.mark.slow
def test_a_program_follows_folders_until_it_is_told_to_stop(make_music, tmp_path):
    make_music("one/song.flac", seconds=12)
    os.utime(tmp_path / "one" / "song.flac", (1, 1))
    command = [
        sys.executable,
        str(EXAMPLES / "watch_folders.py"),
        str(tmp_path / "music.passages"),
        str(tmp_path / "one"),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert [process.stdout.readline() for _ in range(3)] == [
            f"{tmp_path}/one: notified (inotify)\n",
            f"{tmp_path}/one/song.flac: imported\n",
            "run 1: 1 new, 0 missing\n",
        ]
        process.stdin.write("\n")
        process.stdin.close()
        assert process.wait(120) == 0


@pytest.mark.slow
def test_a_host_without_child_processes_imports_too_and_a_player_reads_the_cue_sheet(make_music, tmp_path):
    make_music("one/song.flac", seconds=12)
    assert "files: 1, passages: 1" in run("without_child_processes.py", tmp_path / "music.passages", tmp_path / "one")
    assert "begin the next at" in run("cue_sheet.py", tmp_path / "music.passages")


@pytest.mark.slow
def test_a_player_chooses_what_is_next_until_all_rests(make_music, tmp_path):
    for number in range(2):
        make_music(f"one/{number}.flac", seconds=12, seed=number)
    run("without_child_processes.py", tmp_path / "music.passages", tmp_path / "one")
    *played, end = run("what_to_play.py", tmp_path / "music.passages").splitlines()
    assert sorted(line.split()[1] for line in played) == [str(tmp_path / "one" / f"{n}.flac") for n in range(2)]
    assert end.startswith("silence until ")
