import contextlib
import os
import select
from pathlib import Path
from queue import SimpleQueue

import pytest

from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob, AnalysisRules
from passagework.workers.executor import JobId
from passagework.workers.processes.process_pool import ProcessExecutor

STUBS = Path(__file__).parent / "stubs"
PATIENCE = 30
NOWHERE = Path("/nowhere")


def job(path: Path) -> AnalysisJob:
    return AnalysisJob(os.fsencode(path), FileStamp(1, 1), AnalysisRules())


class Probe:
    """An executor, and the outcomes it delivers, by the name of the job."""

    def __init__(self, executor):
        self.executor = executor
        self.delivered = SimpleQueue()
        self._names = {}

    def submit(self, name, *, deadline=PATIENCE, folder=NOWHERE, receiver=None):
        job_id = JobId(len(self._names))
        self._names[job_id] = name
        self.executor.submit(job_id, job(folder / name), deadline, receiver or self.delivered.put)

    def next(self):
        outcome = self.delivered.get(timeout=PATIENCE)
        return self._names[outcome.job], outcome

    def run(self, *names, deadline=PATIENCE):
        """Submit all, wait for all, and give the outcomes by name."""
        for name in names:
            self.submit(name, deadline=deadline)
        outcomes = dict(self.next() for _ in names)
        assert self.delivered.empty()
        return outcomes

    def outcome_of(self, name, *, deadline=PATIENCE):
        return self.run(name, deadline=deadline)[name]

    def detail_of(self, name):
        return self.outcome_of(name).result.failure.detail


class Rendezvous:
    """A FIFO through which a job says that it is running, and waits for leave to go on."""

    def __init__(self, path):
        os.mkfifo(path)
        self.path = path

    def meet(self) -> int:
        """Wait for the job and give the id of its process."""
        # A blocking open would hang for ever where the job never comes.
        reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            assert select.select([reader], [], [], PATIENCE)[0], "the job never came"
            return int(os.read(reader, 100))
        finally:
            os.close(reader)

    def let_go_on(self):
        self.path.write_bytes(b"")


@pytest.fixture(autouse=True)
def _stubs_on_path(monkeypatch):
    monkeypatch.syspath_prepend(STUBS)


@pytest.fixture
def make_probe():
    """Make a pool with sensible defaults; closed at the end of the test."""
    with contextlib.ExitStack() as closing:

        def make(workers=1, priority="normal", memory_mb=256, analyze="decoder_stubs:analyze", **more):
            executor = ProcessExecutor(workers, priority, memory_mb, analyze, **more)
            closing.callback(executor.close)
            return Probe(executor)

        yield make


@pytest.fixture(scope="session")
def _shared_pool():
    """One pool of one worker for all tests that do not mind what happened before: starting takes the most time."""
    executor = ProcessExecutor(1, "normal", 256, "decoder_stubs:analyze")
    yield executor
    executor.close()


@pytest.fixture
def probe(_shared_pool):
    return Probe(_shared_pool)


@pytest.fixture
def probe_of():
    return Probe


@pytest.fixture
def make_rendezvous(tmp_path):
    """Make the FIFO of a job with this name; the job's folder is the temporary folder of the test."""
    return lambda name: Rendezvous(tmp_path / name)


@pytest.fixture
def wait_for_end():
    """Wait until a process that need not be our child has ended."""

    def wait(descriptor):
        try:
            assert select.select([descriptor], [], [], PATIENCE)[0], "the process lives on"
        finally:
            os.close(descriptor)

    return wait
