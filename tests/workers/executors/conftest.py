"""Executors beyond the process pool, and a dask cluster for them."""

import contextlib
import os
import runpy
import select
from pathlib import Path
from queue import SimpleQueue

import pytest

from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob, AnalysisRules
from passagework.workers.executor import JobId

PATIENCE = 60
Cluster = runpy.run_path(str(Path(__file__).parents[2] / "dask_processes.py"))["Cluster"]


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


@pytest.fixture(scope="module")
def lasting_cluster(tmp_path_factory):
    """One cluster with two workers, for all tests of a module that leave it as it was: starting takes the most time."""
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
