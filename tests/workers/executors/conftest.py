"""Executors beyond the process pool, and a dask cluster for them."""

import contextlib

import pytest

from tests.support.dask_processes import Cluster
from tests.support.executor_probe import Probe, Rendezvous


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
    """Make the FIFO of a job with this name; the job's folder is the temporary folder of the test."""
    return lambda name: Rendezvous(tmp_path / name)
