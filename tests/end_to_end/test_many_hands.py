"""One library, many hands: terminals command the process that has the library, whatever ends whom."""

import json
import os
import signal
import subprocess

import pytest

from passagework import Library
from passagework.persistence.file.side_files import SOCKET, beside

pytestmark = pytest.mark.slow

SOON = ("--set", "watch.debounce_seconds=0.1", "--set", "watch.rest_seconds=0.1")


@pytest.fixture
def watch(command_line, small_folder):
    """Start a watch, and give its process as soon as its first run has ended."""

    def start(*more):
        process = command_line.start("watch", "--json", *SOON, *more, small_folder)
        while True:
            said = json.loads(process.stdout.readline())
            if "run" in said:
                return process

    return start


def guids(command_line):
    return [json.loads(line)["guid"] for line in command_line.run("list", "--json").stdout.splitlines()]


def test_two_terminals_change_a_library_at_once_while_a_watch_has_it(command_line, watch, small_folder):
    process = watch()
    passages = guids(command_line)
    terminals = [
        command_line.start("set", passage, f"title=Mine {number}", "--json")
        for number, passage in enumerate(passages[:4])
    ]
    importing = [command_line.start("import", "--json", "--quiet", small_folder) for _ in range(2)]
    for number, terminal in enumerate(terminals):
        printed, said = terminal.communicate(timeout=60)
        assert terminal.returncode == 0, said
        assert json.loads(printed)["edited"][0]["after"] == f"Mine {number}"
        assert said == f"done by process {process.pid}, which has the library\n"
    for one in importing:
        printed, said = one.communicate(timeout=60)
        assert one.returncode == 0, said
        assert (json.loads(printed)["unchanged"], json.loads(printed)["state"]) == (8, "completed")
        assert f"process {process.pid} has the library, and does this import with its own settings\n" in said
    assert f"process {process.pid} on" in command_line.run("status").stdout
    assert "it does what other commands ask" in command_line.run("status").stdout
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert not beside(command_line.library, SOCKET).exists()
    command_line.assert_sound()


def test_an_import_in_the_queue_is_dropped_when_its_terminal_is_killed(command_line, small_folder, gate, make_folder):
    process = command_line.start_gated(gate, "import", "--quiet", small_folder)
    assert gate.meet() == process.pid
    other = make_folder(3)
    terminal = command_line.start("import", other)
    assert f"process {process.pid} has the library" in terminal.stderr.readline()
    assert f"process {process.pid} is importing; this import follows" in terminal.stderr.readline()
    terminal.send_signal(signal.SIGKILL)
    terminal.communicate()
    gate.let_go_on()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    with Library.open(command_line.library) as library:
        assert [run.id for run in library.runs()] == [1]
    command_line.assert_sound()


def test_ctrl_c_cancels_an_import_in_the_queue(command_line, small_folder, gate):
    process = command_line.start_gated(gate, "import", "--quiet", small_folder)
    assert gate.meet() == process.pid
    terminal = command_line.start("import", "--quiet", small_folder)
    terminal.stderr.readline()
    terminal.stderr.readline()
    terminal.send_signal(signal.SIGINT)
    _, said = terminal.communicate(timeout=60)
    assert terminal.returncode == 130, said
    assert "cancelled" in said
    gate.let_go_on()
    process.communicate(timeout=60)
    assert process.returncode == 0
    with Library.open(command_line.library) as library:
        assert [run.id for run in library.runs()] == [1]


def test_a_terminal_is_told_when_the_process_that_imports_for_it_is_killed_and_the_next_one_takes_over(
    command_line, watch, small_folder, gate
):
    process = command_line.start_gated(gate, "import", "--quiet", small_folder)
    assert gate.meet() == process.pid
    terminal = command_line.start("import", "--quiet", small_folder)
    terminal.stderr.readline()
    terminal.stderr.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    _, said = terminal.communicate(timeout=60)
    assert terminal.returncode == 3
    assert said.startswith(f"passagework: library-door: the connection to process {process.pid}, which has the library")
    command_line.wait_until_nobody_is_left()
    assert beside(command_line.library, SOCKET).exists()
    # Nobody has the library: a command opens it itself, and the next process replaces the socket.
    assert "done by" not in command_line.run("import", "--quiet", small_folder).stderr
    assert not beside(command_line.library, SOCKET).exists()
    other = watch()
    (passage, *_) = guids(command_line)
    assert f"done by process {other.pid}" in command_line.run("set", passage, "title=Mine").stderr
    command_line.assert_sound()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_process_of_another_user_is_not_heard(command_line, watch):
    watch()
    path = beside(command_line.library, SOCKET)
    code = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])"
    folder = path.parent
    while folder != folder.parent:
        folder.chmod(folder.stat().st_mode | 0o011)
        folder = folder.parent
    words = ["/usr/bin/python3", "-c", code, str(path)]
    done = subprocess.run(words, user=65_534, capture_output=True, text=True, check=False)
    assert "PermissionError" in done.stderr
    path.chmod(0o666)
    words[2] = code + "; s.settimeout(30); sys.exit(0 if s.recv(100) == b'' else 1)"
    assert subprocess.run(words, user=65_534, capture_output=True, check=False).returncode == 0
