"""Each kind of misbehaviour costs exactly its own job."""

import os
import sys

import pytest

from passagework.domain.failures import FailureCode
from passagework.workers.executor import Crashed, Finished, TimedOut

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the memory limit and pidfds are Linux's")


@pytest.mark.parametrize(
    ("behaviour", "detail"),
    [
        ("kill_itself", "killed by SIGKILL"),
        ("exit_suddenly", "ended without a result, exit code 3"),
        ("die_within_a_frame", "ended without a result, exit code 4"),
        ("write_garbage", "sent an unreadable result: the stream contains something that is not a frame"),
    ],
)
def test_a_worker_that_dies_costs_its_own_job_and_says_how_it_died(probe, behaviour, detail):
    outcomes = probe.run("finish.1", behaviour, "finish.2")

    crash = outcomes[behaviour]
    assert crash == Crashed(crash.job, detail, out_of_memory=False)
    assert isinstance(outcomes["finish.1"], Finished)
    assert isinstance(outcomes["finish.2"], Finished)


def test_a_segfault_says_in_which_function_it_happened(probe):
    outcome = probe.outcome_of("segfault")

    assert isinstance(outcome, Crashed)
    assert outcome.detail.startswith("killed by SIGSEGV at ")
    assert outcome.detail.endswith(" in string_at")


@pytest.mark.parametrize(
    "behaviour", ["hang_in_c", pytest.param("hang_in_a_regex", marks=pytest.mark.slow), "hang_within_a_frame"]
)
def test_a_worker_that_hangs_is_killed_at_the_deadline_of_its_job(probe, behaviour):
    probe.submit("finish.1")
    probe.submit(behaviour, deadline=0.2)
    probe.submit("finish.2")
    outcomes = dict(probe.next() for _ in range(3))

    assert isinstance(outcomes[behaviour], TimedOut)
    assert outcomes[behaviour].deadline_seconds == 0.2
    assert isinstance(outcomes["finish.1"], Finished)
    assert isinstance(outcomes["finish.2"], Finished)


@pytest.mark.slow
def test_jobs_beside_a_hanging_one_go_on(make_probe, make_rendezvous, tmp_path):
    probe = make_probe(workers=2)
    there = make_rendezvous("announce_and_hang_in_c")
    probe.submit("announce_and_hang_in_c", folder=tmp_path)
    there.meet()

    assert isinstance(probe.outcome_of("finish.1"), Finished)
    assert isinstance(probe.outcome_of("kill_itself"), Crashed)
    assert isinstance(probe.outcome_of("finish.2"), Finished)


@pytest.mark.slow
@linux_only
def test_a_worker_that_eats_memory_is_stopped_at_its_limit(probe):
    outcomes = probe.run("finish.1", "eat_memory", "finish.2")

    crash = outcomes["eat_memory"]
    assert crash == Crashed(crash.job, "out of memory under the limit for workers", out_of_memory=True)
    assert outcomes["finish.1"].result.failure.detail != outcomes["finish.2"].result.failure.detail


def test_an_abort_of_native_code_that_got_no_memory_counts_as_that_and_its_last_words_are_logged(probe, caplog):
    outcome = probe.outcome_of("abort_for_want_of_memory")

    assert outcome.out_of_memory
    assert outcome.detail.startswith("killed by SIGABRT")
    assert "std::bad_alloc" in caplog.text


def test_what_libraries_print_goes_nowhere_and_holds_up_nobody(probe, capfd):
    outcomes = probe.run("shout", "finish")

    assert outcomes["shout"].result.failure.detail == outcomes["finish"].result.failure.detail
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("behaviour", "detail"),
    [
        ("raise_error", r"KeyError: 'no such\nchunk \udcff'"),
        ("exit_politely", "SystemExit: a decoder thought that it was a program"),
        ("return_nothing", "the analysis returned NoneType"),
        ("return_something_foreign", "the result has decimal.Decimal, which is not a value of the domain"),
    ],
)
def test_a_defect_of_the_analysis_is_the_failure_of_its_file_and_the_worker_stays(probe, behaviour, detail):
    outcomes = probe.run("finish.1", behaviour, "finish.2")

    assert outcomes[behaviour].result.failure.code == FailureCode.INTERNAL_ERROR
    assert outcomes[behaviour].result.failure.detail == detail
    assert outcomes["finish.1"].result.failure.detail == outcomes["finish.2"].result.failure.detail


def test_a_result_with_a_function_is_the_failure_of_its_file(probe):
    failure = probe.outcome_of("return_something_unpicklable").result.failure

    assert failure.code == FailureCode.INTERNAL_ERROR
    assert failure.detail == "the result has builtins.function, which is not a value of the domain"


def test_a_result_that_is_too_large_is_the_failure_of_its_file(probe):
    failure = probe.outcome_of("return_too_much").result.failure

    assert failure.code == FailureCode.INTERNAL_ERROR
    assert "exceed the largest frame" in failure.detail


def test_the_traceback_of_a_defect_is_logged_with_the_file(probe, caplog):
    probe.outcome_of("raise_error")

    assert "/nowhere/raise_error" in caplog.text
    assert "in raise_error" in caplog.text


@linux_only
def test_what_a_decoder_started_dies_with_its_worker(make_probe, make_rendezvous, tmp_path, wait_for_end):
    probe = make_probe()
    there = make_rendezvous("leave_a_grandchild")
    probe.submit("leave_a_grandchild", folder=tmp_path)
    grandchild = os.pidfd_open(there.meet())

    probe.executor.close()

    wait_for_end(grandchild)
