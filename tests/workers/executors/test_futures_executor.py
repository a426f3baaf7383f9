"""Any executor of the standard library's kind: what it can promise is kept, and what breaks it is found."""

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from passagework.domain.errors import ExecutorFactoryError, ImporterClosedError
from passagework.domain.failures import FailureCode
from passagework.workers.executor import Cancelled, Crashed, Finished, NotStarted, TimedOut
from passagework.workers.futures_executor import FuturesExecutor, load_factory

STUBS = "decoder_stubs:analyze"


@pytest.fixture(autouse=True)
def _stubs_on_path(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "processes" / "stubs"))


def threads():
    return ThreadPoolExecutor(2)


def processes():
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


def test_threads_of_the_host_do_the_jobs_and_none_is_left(probe_of):
    probe = probe_of(FuturesExecutor(threads, 2, STUBS))
    outcomes = probe.run("finish.1", "raise_error", "raise_memory_error", "finish.2")

    assert isinstance(outcomes["finish.1"], Finished)
    assert outcomes["raise_error"].result.failure.code == FailureCode.INTERNAL_ERROR
    assert outcomes["raise_memory_error"].out_of_memory
    probe.executor.close()
    assert not [thread for thread in threading.enumerate() if "ThreadPoolExecutor" in thread.name]
    with pytest.raises(ImporterClosedError):
        probe.submit("finish.3")


def test_a_deadline_lets_the_import_go_on_although_the_job_does(probe_of, make_rendezvous, tmp_path):
    there = make_rendezvous("wait_at_the_gate")
    probe = probe_of(FuturesExecutor(threads, 2, STUBS))
    probe.submit("wait_at_the_gate", deadline=0.2, folder=tmp_path)
    there.meet()

    assert isinstance(probe.next()[1], TimedOut)
    assert isinstance(probe.run("finish")["finish"], Finished)
    there.let_go_on()


def test_cancelling_answers_at_once_and_drops_what_comes_later(probe_of, make_rendezvous, tmp_path):
    there = make_rendezvous("wait_at_the_gate")
    probe = probe_of(FuturesExecutor(threads, 1, STUBS))
    probe.submit("wait_at_the_gate", folder=tmp_path)
    probe.submit("finish.1")
    there.meet()
    probe.executor.cancel()

    assert {type(probe.next()[1]) for _ in range(2)} == {Cancelled}
    there.let_go_on()
    assert isinstance(probe.run("finish.2")["finish.2"], Finished)
    assert probe.delivered.empty()


@pytest.mark.slow
def test_the_job_that_breaks_a_pool_is_found_and_the_others_are_done(probe_of):
    probe = probe_of(FuturesExecutor(processes, 2, STUBS))
    outcomes = probe.run("finish.1", "kill_itself", "finish.2", "finish.3")

    crashed = outcomes.pop("kill_itself")
    assert isinstance(crashed, Crashed)
    assert crashed.final
    assert all(isinstance(outcome, Finished) for outcome in outcomes.values())


def test_a_factory_that_makes_something_else_is_named(probe_of):
    outcome = probe_of(FuturesExecutor(dict, 1, STUBS)).run("finish")["finish"]

    assert isinstance(outcome, NotStarted)
    assert "made dict, not a concurrent.futures.Executor" in outcome.detail


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("no_such_module:make", "No module named 'no_such_module'"),
        ("os:no_such_function", "no_such_function"),
        ("os:sep", "is str, not a function or class"),
    ],
)
def test_a_factory_that_cannot_be_had_is_named(target, said):
    with pytest.raises(ExecutorFactoryError, match=said) as caught:
        load_factory(target)
    assert caught.value.code == "executor-factory-invalid"
