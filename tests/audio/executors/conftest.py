"""A dask scheduler and its workers as processes of their own, as somebody would start them from a shell."""

import contextlib
import os
import select
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from passagework.audio.workers.executor import JobId
from passagework.domain.executor_choice import OnDask
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob, AnalysisRules

STUBS = Path(__file__).parents[1] / "process_pool" / "stubs"
PATIENCE = 60


class Daemon:
    """A process of dask; what it says is read, so that it is known when it is ready."""

    def __init__(self, *words, folder, env=None):
        command = (sys.executable, "-m", "dask", *map(str, words))
        path = os.pathsep.join(filter(None, ((env or {}).get("PYTHONPATH"), str(STUBS))))
        environment = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        self.lines = []
        self._said = SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            self._said.put(line)

    def wait_for(self, text):
        """Read until it says this, and give the rest of that line."""
        while not any(text in line for line in self.lines):
            try:
                self.lines.append(self._said.get(timeout=PATIENCE))
            except Empty:
                pytest.fail(f"never said {text!r}:\n{''.join(self.lines)}")
        return next(line.rpartition(text)[2].strip() for line in self.lines if text in line)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stderr.close()


class Cluster:
    """A scheduler on a port of its own, and workers that come and go."""

    def __init__(self, folder):
        self._folder = folder
        self._daemons = []
        scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        host, _, port = scheduler.wait_for("Scheduler at:").rpartition("//")[2].rpartition(":")
        self.where = OnDask(host, int(port))
        self.scheduler = scheduler

    def _start(self, *words, env=None):
        daemon = Daemon(*words, folder=self._folder, env=env)
        self._daemons.append(daemon)
        return daemon

    def start_worker(self, threads=1, env=None):
        """Start a worker and give it; it is not necessarily known to the scheduler yet."""
        return self._start(
            *("worker", self.where.address, "--host", "127.0.0.1", "--no-nanny", "--no-dashboard"),
            *("--nthreads", threads, "--local-directory", self._folder),
            env=env,
        )

    def worker(self, threads=1, env=None):
        """Start a worker and wait until the scheduler has it."""
        worker = self.start_worker(threads, env)
        worker.wait_for("Registered to:")
        return worker

    def stop(self):
        for daemon in reversed(self._daemons):
            daemon.stop()


@pytest.fixture
def make_cluster(tmp_path):
    """Make clusters that end with the test."""
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    with contextlib.ExitStack() as stopping:

        def make():
            cluster = Cluster(tmp_path)
            stopping.callback(cluster.stop)
            return cluster

        yield make


@pytest.fixture(scope="session")
def lasting_cluster(tmp_path_factory):
    """One cluster with two workers, for all tests that leave it as it was: starting takes the most time."""
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        for worker in (cluster.start_worker(), cluster.start_worker()):
            worker.wait_for("Registered to:")
        yield cluster
    finally:
        cluster.stop()


def job(path: Path) -> AnalysisJob:
    return AnalysisJob(os.fsencode(path), FileStamp(1, 1), AnalysisRules())


class Probe:
    """An executor, and the outcomes it delivers, by the name of the job."""

    def __init__(self, executor):
        self.executor = executor
        self.delivered = SimpleQueue()
        self._names = {}

    def submit(self, name, *, deadline=PATIENCE, folder=Path("/nowhere")):
        job_id = JobId(len(self._names))
        self._names[job_id] = name
        self.executor.submit(job_id, job(folder / name), deadline, self.delivered.put)

    def next(self):
        outcome = self.delivered.get(timeout=PATIENCE)
        return self._names[outcome.job], outcome

    def run(self, *names, deadline=PATIENCE):
        for name in names:
            self.submit(name, deadline=deadline)
        return dict(self.next() for _ in names)


@pytest.fixture
def probe_of():
    """Give a function that wraps an executor, which is closed at the end."""
    with contextlib.ExitStack() as closing:

        def make(executor):
            closing.callback(executor.close)
            return Probe(executor)

        yield make


@pytest.fixture
def make_rendezvous(tmp_path):
    """Make the FIFO through which a job of this name says that it runs, and waits for leave to go on."""

    class Rendezvous:
        def __init__(self, path):
            os.mkfifo(path)
            self._path = path

        def meet(self):
            """Wait for the job and give the id of its process."""
            reader = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
            try:
                assert select.select([reader], [], [], PATIENCE)[0], "the job never came"
                return int(os.read(reader, 100))
            finally:
                os.close(reader)

        def let_go_on(self):
            self._path.write_bytes(b"")

    return lambda name: Rendezvous(tmp_path / name)
