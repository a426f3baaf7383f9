"""A command that is interrupted while it starts, or lacks something, ends without a traceback."""

import errno
import resource
import signal
import subprocess
import sys

import pytest

from passagework.cli import group
from passagework.cli import main as entry
from passagework.cli.start_up import shortage

INTERRUPTED_AT = """
import os, signal, sys

class Interrupts:
    def find_spec(name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

from passagework.cli.main import main
sys.meta_path.insert(0, Interrupts)
sys.argv = ["passagework", *{words!r}]
main()
"""


@pytest.fixture
def run_main(monkeypatch, capsys):
    """Give a function that runs the entry point while the command raises, and returns its exit code and its words."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    before = signal.getsignal(signal.SIGINT)

    def run(error):
        def fail():
            raise error

        monkeypatch.setattr(group, "run_command", fail)
        with pytest.raises(SystemExit) as ended:
            entry.main()
        return ended.value.code, capsys.readouterr().err

    yield run
    signal.signal(signal.SIGINT, before)


def after(cause, error):
    error.__cause__ = cause
    return error


def during(first, error):
    error.__context__ = first
    return error


LACKING = (
    MemoryError(),
    RuntimeError("can't start new thread"),
    ImportError("libavcodec.so.62: failed to map segment from shared object"),
    ImportError("libx.so: cannot allocate memory in static TLS block"),
    after(
        ImportError("libblas.so: failed to map segment from shared object"), ImportError("numpy could not be loaded")
    ),
    during(MemoryError(), AttributeError("a module that is half loaded")),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
    OSError(errno.EMFILE, "Too many open files"),
)


@pytest.mark.parametrize("error", LACKING, ids=repr)
def test_a_lack_of_memory_threads_or_descriptors_is_one_line_with_a_code(run_main, error):
    code, said = run_main(error)
    assert code == 1
    assert said.startswith("passagework: out-of-resources: ")
    assert said.count("\n") == 1
    assert "limit" in said


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), after(KeyboardInterrupt(), ImportError("numpy could not be loaded"))], ids=repr
)
def test_an_interrupt_is_one_also_where_an_import_has_turned_it_into_another_error(run_main, error):
    assert run_main(error) == (130, "")


def test_other_errors_are_no_shortage_and_stay_defects(run_main):
    for error in (RuntimeError("no"), ImportError("no module named x"), OSError(errno.ENOENT, "no"), ValueError("no")):
        assert shortage(error) is None
        with pytest.raises(type(error)):
            run_main(error)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("passagework.cli.group", ["--version"]),
        ("click", ["--version"]),
        ("passagework.cli.commands.status", ["status"]),
        ("pydantic", ["status"]),
        ("numpy", ["demo"]),
        ("av", ["doctor"]),
    ],
)
def test_an_interrupt_while_a_command_is_loaded_ends_it_without_a_word(module, words, tmp_path):
    code = INTERRUPTED_AT.format(module=module, words=words)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (130, "")


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [90, 110, 150])
def test_with_little_memory_a_command_says_so_in_one_line(megabytes, tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))

    command = [sys.executable, "-c", "from passagework.cli.main import main; main()", "demo", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, preexec_fn=limit, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("passagework: out-of-resources: ")
    assert done.stderr.count("\n") == 1
