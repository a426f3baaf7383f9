"""For tests of executors: jobs that name a stub, their outcomes, and jobs that wait for the test."""

import os
import select
from pathlib import Path
from queue import SimpleQueue

from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob
from passagework.workers.executor import JobId

PATIENCE = 180
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
    """A FIFO through which a job reports that it is running, and waits until the test lets it continue."""

    def __init__(self, path):
        os.mkfifo(path)
        self.path = path

    def meet(self) -> int:
        """Wait for the job and give the id of its process."""
        # A blocking open would hang for ever if the job never starts.
        reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            assert select.select([reader], [], [], PATIENCE)[0], "the job never came"
            return int(os.read(reader, 100))
        finally:
            os.close(reader)

    def let_go_on(self):
        self.path.write_bytes(b"")
