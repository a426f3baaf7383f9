"""A real import on a dask cluster of several machines, as well as one machine can be several."""

import contextlib
import ipaddress
import os
import shlex
import shutil
import signal
import subprocess
import sys

import pytest

from tests.support.dask_processes import Cluster
from tests.support.dump import dump

NETWORKS = ipaddress.ip_network("198.18.0.0/15")
"""For tests within one machine (RFC 2544)."""


def addresses(number):
    """Give two addresses that no other test process of this machine has at the same time, by the number of this one."""
    ours = NETWORKS[4 * number % NETWORKS.num_addresses + 1]
    return str(ours), str(ours + 1)


@pytest.fixture(autouse=True)
def _extra():
    pytest.importorskip("distributed", reason="the extra dask is not installed")


@pytest.fixture
def other_machine():
    """Give the words before a command that has it run in a network of its own, and its address there and ours."""
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"):
        pytest.skip("network and mount namespaces need root, ip and unshare")
    space, near, far = (f"pw{os.getpid()}{letter}" for letter in "sab")
    ours, theirs = addresses(os.getpid())
    with contextlib.ExitStack() as undoing:

        def ip(*words):
            done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"no network namespace can be had here: {done.stderr.strip()}")

        ip("netns", "add", space)
        undoing.callback(subprocess.run, ["ip", "netns", "del", space], check=True)
        ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", space)
        ip("addr", "add", f"{ours}/30", "dev", near)
        ip("link", "set", near, "up")
        for words in (
            ("addr", "add", f"{theirs}/30", "dev", far),
            ("link", "set", far, "up"),
            ("link", "set", "lo", "up"),
        ):
            ip("-n", space, *words)
        yield ("ip", "netns", "exec", space), theirs, ours


def seeing(ours, theirs):
    """Give the words before a command that has it see a folder under another name only."""
    mounts = f"mount --bind {shlex.quote(str(ours))} {shlex.quote(str(theirs))}"
    hiding = f"mount -t tmpfs none {shlex.quote(str(ours))}"
    return ("unshare", "--mount", "sh", "-c", f'{mounts} && {hiding} && exec "$@"', "sh")


@pytest.mark.slow
def test_a_library_made_by_other_machines_one_of_which_dies_is_the_one_made_here(
    command_line, make_command_line, make_folder, other_machine, tmp_path
):
    music = make_folder(160)
    theirs = tmp_path / "mnt"
    theirs.mkdir()
    (tmp_path / "here").mkdir()
    here = make_command_line(tmp_path / "here")
    here.report(music)

    elsewhere, address, our_address = other_machine
    cluster = Cluster(tmp_path, our_address)
    try:
        dying = cluster.start_worker(host=our_address, before=seeing(music, theirs))
        staying = cluster.start_worker(host=address, before=(*elsewhere, *seeing(music, theirs)))
        for worker in (dying, staying):
            worker.wait_for("Registered to:")
        executor = f"analysis.executor=dask:{cluster.where.host}:{cluster.where.port}"
        roots = f'analysis.roots={{"{music}" = "{theirs}"}}'
        words = ("--set", executor, "--set", roots)
        assert "2 workers run 2 jobs" in command_line.run("doctor", *words).stdout
        telling = {**command_line.environment, "PYTHONFAULTHANDLER": "1"}
        run = command_line.start("import", "--verbose", *words, "--set", "batch.max_files=10", music, env=telling)
        command_line.wait_until(lambda: command_line.analysed() >= 10, run)
        dying.process.send_signal(signal.SIGKILL)
        said = command_line.say_where(run, 120)
        assert run.returncode == 0, said
    except BaseException:
        sys.stderr.write(cluster.all_said())
        raise
    finally:
        cluster.stop()

    assert f"{our_address}:" in next(line for line in said.splitlines() if "is gone; others redo its" in line)
    command_line.assert_sound()
    assert dump(command_line.library) == dump(here.library)


@pytest.fixture(scope="module")
def made_by_processes(make_command_line, small_folder, tmp_path_factory):
    here = make_command_line(tmp_path_factory.mktemp("here"))
    here.report(small_folder)
    return dump(here.library)


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["inline", "executor_of_the_host:make"])
def test_the_other_executors_make_the_same_library(command_line, made_by_processes, small_folder, executor):
    command_line.report("--set", f"analysis.executor={executor}", small_folder)
    assert dump(command_line.library) == made_by_processes
    assert "analysed a tone" in command_line.run("doctor", "--set", f"analysis.executor={executor}").stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("executor", "said"),
    [
        ("dask:127.0.0.1:1", "no dask scheduler answers at 127.0.0.1:1"),
        ("no_such_module:make", "no_such_module:make cannot be imported"),
    ],
)
def test_an_executor_that_cannot_be_had_ends_the_import_before_it_begins(command_line, small_folder, executor, said):
    done = command_line.run("import", "--set", f"analysis.executor={executor}", small_folder, expect=2)
    assert said in done.stderr
