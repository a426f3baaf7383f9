"""What a confined worker cannot do, and that it still does everything else."""

import ctypes
import os
import resource
import select
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from passagework.audio.analyze import analyze_file
from passagework.demo.encoding import AudioForm, write_audio
from passagework.domain.failures import FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob, AnalysisRules
from passagework.workers.executor import Crashed, Finished, JobId, TimedOut
from passagework.workers.processes import worker_process
from passagework.workers.processes.process_pool import ProcessExecutor
from tests.support.executor_probe import Probe
from tests.support.ogg_pages import with_headers_twice

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")

ESCAPES = [
    "open_its_file_by_name",
    "open_another_file",
    "make_a_file",
    "rename_a_file",
    "list_a_folder",
    "change_the_mode_of_its_file",
    "bind_a_udp_port",
    "make_a_tcp_socket",
    "make_a_unix_socket",
    "fork",
    "start_a_thread",
    "run_a_program",
    "signal_its_parent",
    "signal_its_group",
    "trace_its_parent",
    "open_its_parent",
    "lift_its_memory_limit",
    "make_memory_executable",
    "make_its_memory_executable_later",
    "use_io_uring",
    "make_an_anonymous_file",
    "remove_a_file",
]
ALONE = {
    "Landlock": "restrict_files_and_network(libc)",
    "seccomp": "restrict_system_calls(libc, os.getpid())",
}
ATTEMPTS = {
    "read a file": "os.open(sys.executable, os.O_RDONLY)",
    "write a file": "os.open('/dev/null', os.O_WRONLY)",
    "make a folder": "os.mkdir(sys.argv[1])",
    "list a folder": "os.listdir('/')",
    "signal its parent": "os.kill(os.getppid(), 0)",
    "signal a thread of its parent": "thread_of_parent()",
}
CONFINED_BY_ONE = """
import ctypes, os, sys
from passagework.workers.processes.confinement.landlock import restrict_files_and_network
from passagework.workers.processes.confinement.seccomp import restrict_system_calls
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)

def thread_of_parent():
    if libc.tgkill(os.getppid(), os.getppid(), 0) < 0:
        raise OSError(ctypes.get_errno())

print({alone})
for name, attempt in {attempts}.items():
    try:
        exec(attempt)
    except OSError:
        continue
    print(name)
"""
FATAL_WHERE_ALLOWED = ["become_a_program", "write_into_its_file"]


@pytest.fixture(scope="module")
def held_by():
    """Name what confines a process here."""
    program = "from passagework.workers.processes.confinement import confine; print(*confine())"
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def _pools():
    pools = {
        confined: ProcessExecutor(1, "normal", 512, "escape_stubs:analyze", confined=confined) for confined in (0, 1)
    }
    yield pools
    for pool in pools.values():
        pool.close()


@pytest.fixture
def confined(_pools, tmp_path):
    return FileProbe(_pools[1], tmp_path)


@pytest.fixture
def unconfined(_pools, tmp_path):
    return FileProbe(_pools[0], tmp_path)


@pytest.fixture
def crashing(make_probe, tmp_path):
    return FileProbe(make_probe(confined=True).executor, tmp_path)


class FileProbe(Probe):
    """A probe whose jobs have files: a confined worker gets them open."""

    def __init__(self, executor, folder):
        super().__init__(executor)
        self._folder = folder

    def submit(self, name, *, deadline=60, **more):
        (self._folder / name).write_text("its content")
        super().submit(name, deadline=deadline, folder=self._folder, **more)


@pytest.mark.slow
def test_a_confined_worker_hears_with_the_nets_as_another_does(confined, unconfined):
    heard = confined.detail_of("hear_a_patch")
    assert heard == unconfined.detail_of("hear_a_patch")
    if not heard.startswith("["):
        pytest.skip(heard)


@pytest.mark.parametrize("escape", ESCAPES)
def test_a_confined_worker_cannot_escape(held_by, confined, escape):
    if "seccomp" not in held_by:
        pytest.skip("this kernel has no seccomp")
    assert confined.detail_of(escape).startswith("refused: ")


@pytest.mark.parametrize("alone", ALONE)
def test_each_of_the_two_means_confines_where_the_other_is_missing(held_by, tmp_path, alone):
    if alone not in held_by:
        pytest.skip(f"this kernel has no {alone}")
    # Signals have been confined by Landlock since its version 6.
    attempts = {name: code for name, code in ATTEMPTS.items() if alone == "seccomp" or "signal" not in name}
    program = CONFINED_BY_ONE.format(alone=ALONE[alone], attempts=attempts)
    command = [sys.executable, "-c", program, str(tmp_path / "new")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    held, *succeeded = done.stdout.splitlines()
    assert held.startswith(alone)
    assert succeeded == []


@pytest.mark.parametrize("escape", FATAL_WHERE_ALLOWED)
def test_a_confined_worker_cannot_become_another_program_or_change_its_file(confined, tmp_path, escape):
    assert confined.detail_of(escape).startswith("refused: ")
    assert (tmp_path / escape).read_text() == "its content"


@pytest.mark.parametrize(
    "escape", ["open_its_file_by_name", "make_a_file", "bind_a_udp_port", "fork", "signal_its_parent"]
)
def test_the_same_attempts_succeed_where_nothing_confines(unconfined, escape):
    assert unconfined.detail_of(escape) == "done"


def test_a_confined_worker_reads_the_file_of_its_job(confined):
    assert confined.detail_of("read_its_file") == "its content"


def test_a_confined_worker_has_one_stream_and_that_leads_to_its_opener_alone(confined):
    pid = int(confined.detail_of("own_pid"))
    own, of_opener = sockets_of(pid), sockets_of(parent_of(pid))
    assert len(own) == 1
    assert len(of_opener) == 2
    assert not own & of_opener


@pytest.mark.slow
def test_a_confined_worker_writes_to_the_temporary_file_that_was_opened_before(confined, tmp_path):
    names = ["spool_to_disk.1", "spool_to_disk.2"]
    for seed, name in enumerate(names):
        samples = np.random.default_rng(seed).uniform(-0.1, 0.1, (240_000 - 40_000 * seed, 2)).astype(np.float32)
        write_audio(tmp_path / f"{name}.flac", samples, 48_000, AudioForm.FLAC)
        (tmp_path / f"{name}.flac").rename(tmp_path / name)
        Probe.submit(confined, name, folder=tmp_path)
        here = analyze_file(AnalysisJob(os.fsencode(tmp_path / name), FileStamp(0, 0), AnalysisRules()))
        assert confined.next()[1].result == here


def test_a_confined_worker_that_raises_is_told_with_its_traceback(confined, caplog):
    assert "KeyError: 'with a traceback'" in confined.detail_of("raise_an_error")
    assert "in raise_an_error" in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("behaviour", "detail"),
    [
        pytest.param("kill_itself", "killed by SIGKILL", marks=pytest.mark.slow),
        ("segfault", "killed by SIGSEGV at "),
        pytest.param("exit_suddenly", "ended without a result, exit code 3", marks=pytest.mark.slow),
        pytest.param("eat_memory", "out of memory under the limit for workers", marks=pytest.mark.slow),
    ],
)
def test_how_a_confined_worker_died_is_told(crashing, behaviour, detail):
    outcome = crashing.outcome_of(behaviour)
    assert isinstance(outcome, Crashed)
    assert outcome.detail.startswith(detail)


@pytest.mark.slow
def test_a_confined_worker_that_hangs_is_killed_at_its_deadline(crashing):
    assert isinstance(crashing.outcome_of("hang_in_c", deadline=0.3), TimedOut)
    assert isinstance(crashing.outcome_of("finish"), Finished)


@pytest.mark.parametrize("kind", ["confined", "unconfined"])
def test_a_worker_outlives_the_deadlines_of_jobs_that_it_has_done(request, monkeypatch, kind):
    probe = request.getfixturevalue(kind)
    monkeypatch.setattr(worker_process, "_SELF_DESTRUCT_GRACE", -999.7)
    while not isinstance(done := probe.outcome_of("own_pid", deadline=1000.0), Finished):
        """A busy machine may not do it in time."""
    pid = int(done.result.failure.detail)
    processes = [os.pidfd_open(one) for one in ([pid, parent_of(pid)] if kind == "confined" else [pid])]
    try:
        ended, _, _ = select.select(processes, [], [], 0.4)
        assert ended == []
    finally:
        for process in processes:
            os.close(process)


@pytest.mark.slow
def test_a_confined_worker_that_writes_garbage_or_closes_its_stream_costs_its_own_job(confined):
    garbage = confined.outcome_of("write_garbage")
    assert garbage.detail == "sent an unreadable result: the stream contains something that is not a frame"
    assert isinstance(confined.outcome_of("outlive_its_stream"), Crashed)
    assert confined.detail_of("read_its_file") == "its content"


@pytest.mark.slow
def test_a_confined_worker_that_dies_between_two_jobs_costs_no_job(confined):
    pid = int(confined.detail_of("own_pid"))
    opener = parent_of(pid)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, opener, os.WEXITED | os.WNOWAIT)

    assert int(confined.detail_of("own_pid")) != pid


@pytest.mark.slow
def test_closing_leaves_no_process_even_where_orphans_are_given_to_this_program(make_probe, tmp_path):
    become_subreaper = 36
    assert ctypes.CDLL(None).prctl(become_subreaper, 1, 0, 0, 0) == 0
    try:
        probe = FileProbe(make_probe(confined=True, analyze="escape_stubs:analyze").executor, tmp_path)
        pid = probe.detail_of("own_pid")
        probe.submit("wait_until_it_grows")
        probe.executor.close()
    finally:
        ctypes.CDLL(None).prctl(become_subreaper, 0, 0, 0, 0)
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.slow
def test_what_a_confined_worker_used_is_counted_among_what_our_children_used(make_probe, tmp_path):
    before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    probe = FileProbe(make_probe(confined=True, analyze="escape_stubs:analyze").executor, tmp_path)
    probe.outcome_of("compute_for_a_while")
    probe.executor.close()
    assert sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before > 0.5


@pytest.mark.slow
def test_a_confined_worker_dies_with_its_opener(confined, wait_for_end):
    pid = int(confined.detail_of("own_pid"))
    process = os.pidfd_open(pid)
    os.kill(parent_of(pid), signal.SIGKILL)
    wait_for_end(process)


def sockets_of(pid):
    """Name the sockets that a process has, both ends of a pair differently."""
    targets = {os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    return {target for target in targets if target.startswith("socket:")}


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_pipe_or_a_file_that_is_gone_never_reaches_the_confined_worker(confined, tmp_path):
    os.mkfifo(tmp_path / "read_its_file.fifo")
    for name, code in (("read_its_file.fifo", FailureCode.NOT_REGULAR), ("gone.flac", FailureCode.VANISHED)):
        Probe.submit(confined, name, folder=tmp_path)
        assert confined.next()[1].result.failure.code is code


def test_a_file_that_changes_while_a_confined_worker_reads_it_is_not_believed(confined, tmp_path):
    path, pid = tmp_path / "wait_until_it_grows", int(confined.detail_of("own_pid"))
    confined.submit(path.name)
    while str(path) not in map(os.readlink, Path(f"/proc/{pid}/fd").iterdir()):
        pass
    path.write_text("it has grown meanwhile")

    assert confined.next()[1].result.failure.code is FailureCode.CHANGED


@pytest.mark.slow
@pytest.mark.parametrize(
    "forms",
    [(AudioForm.FLAC, AudioForm.MP3, AudioForm.AAC), pytest.param(tuple(AudioForm), marks=pytest.mark.slow)],
    ids=["usual forms", "all forms"],
)
def test_a_confined_worker_analyses_a_file_as_this_process_does(tmp_path, forms):
    samples = np.random.default_rng(5).uniform(-0.1, 0.1, (24_000, 2)).astype(np.float32)
    paths = [tmp_path / f"{form}{form.suffix}" for form in forms]
    for form, path in zip(forms, paths, strict=True):
        write_audio(path, samples, 48_000, form)
    # What FFmpeg refuses, twice: libsndfile needs memory for its callbacks that a confined process cannot get again.
    source = tmp_path / "source.ogg"
    write_audio(source, samples, 48_000, AudioForm.VORBIS)
    odd = [tmp_path / "odd.1.ogg", tmp_path / "odd.2.ogg"]
    for path in odd:
        path.write_bytes(with_headers_twice(source.read_bytes()))
    paths += odd
    jobs = [AnalysisJob(os.fsencode(path), FileStamp.of(path.stat()), AnalysisRules()) for path in paths]
    outcomes = []
    executor = ProcessExecutor(1, "normal", 512)
    try:
        probe = Probe(executor)
        for number, job in enumerate(jobs):
            executor.submit(JobId(number), job, 60, probe.delivered.put)
        outcomes = [probe.delivered.get(timeout=60) for _ in jobs]
    finally:
        executor.close()
    assert [outcome.result for outcome in outcomes] == [analyze_file(job) for job in jobs]
    assert [outcome.result.format.decoder for outcome in outcomes[-2:]] == ["libsndfile"] * 2
