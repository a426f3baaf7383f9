import contextlib
import os
import select
from pathlib import Path

import pytest

from passagework.workers.processes.process_pool import ProcessExecutor
from tests.support.executor_probe import PATIENCE, Probe, Rendezvous

STUBS = Path(__file__).parent / "stubs"


@pytest.fixture(autouse=True)
def _stubs_on_path(monkeypatch):
    monkeypatch.syspath_prepend(STUBS)


@pytest.fixture
def make_probe():
    """Make a pool with sensible defaults; closed at the end of the test."""
    with contextlib.ExitStack() as closing:

        def make(
            workers=1, priority="normal", memory_mb=256, analyze="decoder_stubs:analyze", *, confined=False, **more
        ):
            executor = ProcessExecutor(workers, priority, memory_mb, analyze, confined=confined, **more)
            closing.callback(executor.close)
            return Probe(executor)

        yield make


@pytest.fixture(scope="session")
def _shared_pool():
    """One pool of one worker for all tests that do not mind what happened before: starting takes the most time."""
    executor = ProcessExecutor(1, "normal", 288, "decoder_stubs:analyze", confined=False)
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
