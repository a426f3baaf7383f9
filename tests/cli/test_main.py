"""The command as a process of its own: what only its streams and its exit code can show."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import passagework

COMMAND = (sys.executable, "-c", "from passagework.cli.main import main; main()")


@pytest.fixture
def command(small_library):
    """Give a function that runs a command on the small library to its end."""

    def run(name, *arguments, **more):
        words = [*COMMAND, name, "--library", str(small_library.path), *arguments]
        source = str(Path(passagework.__file__).parents[1])
        environment = {**os.environ, "PYTHONPATH": source, **more.pop("environment", {})}
        return subprocess.run(words, env=environment, timeout=60, check=False, **more)

    return run


def nobody():
    """Give the end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_is_no_error(command):
    writing = nobody()
    done = command("list", stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.slow
def test_what_the_terminal_has_no_letters_for_is_written_as_an_escape(command):
    done = command(
        "show", "/caf\u00e9 \u65e5.flac", capture_output=True, environment={"PYTHONIOENCODING": "latin-1:strict"}
    )
    assert (done.returncode, done.stdout) == (4, b"")
    assert done.stderr.startswith(b"passagework: not-found: the library has no file /caf\xe9 \\u65e5.flac, ")


@pytest.mark.slow
def test_an_error_is_one_line_on_stderr_that_steers_no_terminal(command):
    done = command("show", "/no\nsuch\x1b[2J.flac", capture_output=True)
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (4, b"", 1)
    assert rb"\x1b[2J" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("name", ["list", "status"])
def test_output_that_cannot_be_written_is_one_line(command, name):
    with open("/dev/full", "wb") as full:
        done = command(name, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (
        1,
        b"passagework: output-failed: the output cannot be written: No space left on device\n",
    )
