"""What a host may be like, and what is left when it is killed or has closed the pool."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import passagework
from passagework.workers.executor import Cancelled, Crashed, Finished, TimedOut
from passagework.workers.processes.worker_command import worker_environment
from tests.support.effort import effort

STUBS = Path(__file__).parent / "stubs"
ROOT = Path(passagework.__path__[0]).parent

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs pidfds and /proc")

UNGUARDED_HOST = f"""
import sys
from queue import SimpleQueue
sys.path += [{str(ROOT)!r}, {str(STUBS)!r}]
from passagework.workers.processes.process_pool import ProcessExecutor
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob
from passagework.domain.analysis_rules import AnalysisRules

name, folder = sys.argv[1:]
done = SimpleQueue()
pool = ProcessExecutor(1, "normal", 256, "decoder_stubs:analyze", confined=False)
job = AnalysisJob(folder.encode() + b"/" + name.encode(), FileStamp(1, 1), AnalysisRules())
pool.submit(1, job, 1000.0, done.put)
print(done.get(timeout=60).result.failure.detail, flush=True)
sys.stdin.read()
"""


def start_host(script, behaviour, folder):
    command = [sys.executable, script, behaviour, folder]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def host_script(tmp_path):
    folder = tmp_path / "host"
    folder.mkdir()
    script = folder / "daemon.py"
    script.write_text(UNGUARDED_HOST, encoding="utf-8")
    # Names that a daemon may well use, and that numpy would import if it found them.
    (folder / "secrets.py").write_text("raise SystemExit('the host is not to be imported')\n", encoding="utf-8")
    return script


def test_a_script_without_a_guard_is_run_once_and_its_modules_shadow_nothing(host_script, tmp_path):
    with start_host(host_script, "look_around", tmp_path) as host:
        output, _ = host.communicate()

    assert host.returncode == 0
    assert output.count("\n") == 1
    assert '"secrets": "' in output
    assert str(tmp_path) not in output


@linux_only
def test_a_busy_worker_dies_with_a_host_that_is_killed_even_in_the_middle_of_c(
    host_script, make_rendezvous, tmp_path, wait_for_end
):
    there = make_rendezvous("announce_and_hang_in_c")
    with start_host(host_script, "announce_and_hang_in_c", tmp_path) as host:
        worker = os.pidfd_open(there.meet())
        host.kill()

    wait_for_end(worker)


@pytest.mark.slow
@linux_only
def test_an_idle_worker_dies_with_a_host_that_is_killed(host_script, tmp_path, wait_for_end):
    with start_host(host_script, "finish", tmp_path) as host:
        worker = os.pidfd_open(int(host.stdout.readline()))
        host.kill()

    wait_for_end(worker)


@pytest.mark.slow
@linux_only
def test_a_host_that_ends_without_closing_is_not_held_up(host_script, tmp_path, wait_for_end):
    with start_host(host_script, "finish", tmp_path) as host:
        worker = os.pidfd_open(int(host.stdout.readline()))
        host.stdin.close()
        assert host.wait(30) == 0

    wait_for_end(worker)


def left_behind():
    """Count what this process holds: descriptors, threads and children, dead ones included."""
    statuses = [read_or_nothing(entry / "stat") for entry in Path("/proc").glob("[0-9]*")]
    parents = [status.rpartition(")")[2].split()[1] for status in statuses if status]
    return len(os.listdir("/proc/self/fd")), threading.active_count(), parents.count(str(os.getpid()))


def read_or_nothing(path):
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


@pytest.mark.slow
@linux_only
@pytest.mark.parametrize("cycles", [3, pytest.param(effort(20, 200), marks=[pytest.mark.slow, pytest.mark.long])])
def test_opening_and_closing_leaves_no_descriptor_thread_or_child(make_probe, cycles):
    before = left_behind()
    for cycle in range(cycles):
        probe = make_probe(workers=2)
        probe.submit("finish.1")
        probe.submit("kill_itself")
        if cycle % 3 == 0:
            probe.next()
        if cycle % 3 == 1:
            assert isinstance(probe.next()[1], Finished | Crashed)
            probe.submit("hang_in_c")
        probe.executor.close()

    assert left_behind() == before


@pytest.mark.slow
@pytest.mark.long
def test_in_a_long_mixture_of_good_and_bad_jobs_each_gets_the_outcome_it_deserves(make_probe):
    probe = make_probe(workers=2, jobs_per_worker=5)
    expected = {"finish": Finished, "kill_itself": Crashed, "eat_memory": Crashed, "raise_error": Finished}
    names = [f"{name}.{number}" for number in range(effort(10, 100)) for name in expected]
    for name in names:
        probe.submit(name)
    probe.submit("hang_in_c", deadline=0.3)
    outcomes = dict(probe.next() for _ in range(len(names) + 1))

    assert isinstance(outcomes.pop("hang_in_c"), TimedOut)
    assert {name: type(outcome) for name, outcome in outcomes.items()} == {
        name: expected[name.partition(".")[0]] for name in names
    }


@pytest.mark.slow
def test_cancelling_again_and_again_gives_each_job_exactly_one_outcome(make_probe):
    probe = make_probe(workers=2)
    for number in range(60):
        probe.submit(f"finish.{number}")
        if number % 4 == 3:
            probe.next()
            probe.executor.cancel()
    seen = [probe.next() for _ in range(60 - 15)]

    assert len({name for name, _ in seen}) == len(seen)
    assert all(isinstance(outcome, Finished | Cancelled) for _, outcome in seen)
    assert isinstance(probe.outcome_of("finish.last"), Finished)


def test_children_keep_memory_for_the_next_file_however_dask_has_it_given_back(monkeypatch):
    """A block of stereo has 2 MB; without these limits its memory is fetched and given back for each."""
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    environment = worker_environment()
    assert int(environment["MALLOC_TRIM_THRESHOLD_"]) >= 32 * 2**20
    assert int(environment["MALLOC_MMAP_THRESHOLD_"]) >= 8 * 2**20
