"""The executor without processes keeps the promises that it can keep."""

import threading

import pytest

from passagework.domain.errors import ImporterClosedError
from passagework.domain.failures import FailureCode
from passagework.workers.executor import Cancelled, Crashed, Finished, NotStarted
from passagework.workers.inline_executor import InlineExecutor


@pytest.fixture
def inline(probe_of):
    executor = InlineExecutor("decoder_stubs:analyze")
    yield probe_of(executor)
    executor.close()


def test_jobs_run_in_this_process_in_the_order_they_came(inline):
    outcomes = inline.run("finish.1", "finish.2", "finish.3")

    assert list(outcomes) == ["finish.1", "finish.2", "finish.3"]
    assert all(isinstance(outcome, Finished) for outcome in outcomes.values())


def test_a_defect_of_the_analysis_is_the_failure_of_its_file(inline, caplog):
    outcomes = inline.run("raise_error", "finish")

    assert outcomes["raise_error"].result.failure.code == FailureCode.INTERNAL_ERROR
    assert "in raise_error" in caplog.text


def test_cancelling_drops_what_waits_and_lets_the_running_job_end(inline, make_rendezvous, tmp_path):
    there = make_rendezvous("wait_at_the_gate")
    inline.submit("wait_at_the_gate", folder=tmp_path)
    inline.submit("finish.1")
    there.meet()
    inline.executor.cancel()
    there.let_go_on()

    assert inline.next() == ("wait_at_the_gate", Cancelled(0))
    assert inline.next() == ("finish.1", Cancelled(1))
    assert isinstance(inline.outcome_of("finish.2"), Finished)


def test_running_out_of_memory_costs_one_job(inline):
    outcomes = inline.run("raise_memory_error", "finish")

    assert isinstance(outcomes["raise_memory_error"], Crashed)
    assert outcomes["raise_memory_error"].out_of_memory


def test_an_analysis_that_cannot_be_imported_is_named(probe_of):
    executor = InlineExecutor("no_such_module:analyze")
    outcome = probe_of(executor).outcome_of("finish")
    executor.close()

    assert isinstance(outcome, NotStarted)
    assert "No module named 'no_such_module'" in outcome.detail


def test_closing_leaves_no_thread_and_refuses_more(inline):
    inline.outcome_of("finish")
    inline.executor.close()
    inline.executor.close()

    assert "passagework-analysis" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ImporterClosedError):
        inline.submit("finish.2")
