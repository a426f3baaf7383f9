"""How workers live: what they are allowed, when they start, when they are replaced, how they end."""

import json
import os
import signal
import sys

import pytest

from passagework.workers.executor import Cancelled, Crashed, Finished, NotStarted, TimedOut
from passagework.workers.pause_switch import PauseSwitch
from passagework.workers.processes import process_pool, worker_process
from passagework.workers.processes.wire_protocol import WorkerRules
from passagework.workers.processes.worker_command import worker_command
from passagework.workers.processes.worker_process import WorkerProcess

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="process limits and /proc are Linux's")


@pytest.fixture
def _only_one_start(monkeypatch):
    monkeypatch.setattr(process_pool, "_PAUSES_BETWEEN_STARTS", (0.0,))


@linux_only
def test_a_worker_is_confined(make_probe):
    surroundings = json.loads(make_probe(priority="idle").detail_of("look_around"))

    assert surroundings["session"], "Ctrl-C at the terminal of the host would reach the worker"
    assert surroundings["ignores"] == [True, True]
    assert surroundings["scheduler"] == os.SCHED_IDLE
    assert surroundings["nice"] == min(19, os.nice(0) + 19)
    assert surroundings["oom_score_adj"] >= 500
    assert (surroundings["core"], surroundings["data"]) == (0, 256 * 2**20)
    assert surroundings["threads"] == "1"
    assert surroundings["folder"] == "/"
    *others, memory, pipe, to_parent = surroundings["descriptors"]
    assert others == ["/dev/null", "/dev/null"]
    assert memory.endswith("/statm")
    assert (pipe, to_parent) == ("pipe", "socket")


@pytest.mark.slow
@linux_only
def test_a_worker_of_low_priority_yields_to_others(make_probe):
    surroundings = json.loads(make_probe(priority="low", memory_mb=0).detail_of("look_around"))

    assert surroundings["nice"] == min(19, os.nice(0) + 10)
    assert surroundings["data"] == -1


def test_a_signal_meant_for_the_host_does_not_end_a_job(probe, make_rendezvous, tmp_path):
    there = make_rendezvous("wait_at_the_gate")
    probe.submit("wait_at_the_gate", folder=tmp_path)
    os.kill(there.meet(), signal.SIGTERM)
    there.let_go_on()

    assert isinstance(probe.next()[1], Finished)


def test_a_host_that_ignores_and_blocks_signals_has_no_influence_on_workers(make_probe):
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGTERM})
    try:
        probe = make_probe()
        assert json.loads(probe.detail_of("look_around"))["blocked"] == []
        assert probe.outcome_of("kill_itself").detail.startswith("ended without a result")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGCHLD, before)


@pytest.mark.slow
def test_there_are_never_more_workers_than_jobs_or_than_allowed(make_probe, make_rendezvous, tmp_path):
    probe = make_probe(workers=2)
    first = probe.detail_of("finish.1")
    gates = [make_rendezvous(f"wait_at_the_gate.{number}") for number in range(2)]
    for gate in gates:
        probe.submit(gate.path.name, folder=tmp_path)
    at_work = {str(gate.meet()) for gate in gates}
    probe.submit("finish.2")
    for gate in gates:
        gate.let_go_on()
    outcomes = dict(probe.next() for _ in range(3))

    assert first in at_work
    assert len(at_work) == 2
    assert outcomes["finish.2"].result.failure.detail in at_work


@pytest.mark.slow
def test_a_worker_is_replaced_after_its_number_of_jobs(make_probe):
    outcomes = make_probe(jobs_per_worker=2).run("finish.1", "finish.2", "finish.3")

    first, second, third = (outcome.result.failure.detail for outcome in outcomes.values())
    assert first == second != third


@pytest.mark.slow
@linux_only
def test_a_worker_that_keeps_more_than_half_of_its_memory_is_replaced(probe):
    outcomes = probe.run("finish.1", "hoard.1", "hoard.2", "finish.2")

    pids = [outcome.result.failure.detail for outcome in outcomes.values()]
    assert pids[0] == pids[1] == pids[2] != pids[3]


def test_a_worker_that_died_between_two_jobs_costs_no_job(probe):
    pid = int(probe.detail_of("finish.1"))
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    assert int(probe.detail_of("finish.2")) != pid


def test_cpu_time_is_that_of_the_job(probe):
    assert 0 <= probe.outcome_of("finish").cpu_seconds < 1


def test_a_worker_that_cannot_import_its_analysis_says_so_at_once(make_probe):
    outcome = make_probe(analyze="no_such_module:analyze").outcome_of("finish")

    assert isinstance(outcome, NotStarted)
    assert outcome.detail == "no_such_module:analyze: ModuleNotFoundError: No module named 'no_such_module'"


@pytest.mark.usefixtures("_only_one_start")
def test_a_worker_that_dies_at_its_start_passes_on_its_last_words(make_probe):
    outcome = make_probe(analyze="dies_at_import:analyze").outcome_of("finish")

    assert isinstance(outcome, NotStarted)
    assert outcome.detail == "ended without a result, exit code 132. Illegal instruction in libblas"


@pytest.mark.usefixtures("_only_one_start")
def test_a_worker_that_hangs_at_its_start_is_given_up(make_probe):
    outcome = make_probe(analyze="hangs_at_import:analyze", start_seconds=0.2).outcome_of("finish")

    assert isinstance(outcome, NotStarted)
    assert outcome.detail == "no response within 0 s"


def test_a_start_that_fails_is_tried_again(make_probe, monkeypatch):
    monkeypatch.setattr(process_pool, "_PAUSES_BETWEEN_STARTS", (0.0, 0.0))
    commands = iter([["/no/such/python"]])
    monkeypatch.setattr(
        worker_process, "worker_command", lambda descriptor: next(commands, None) or worker_command(descriptor)
    )

    assert isinstance(make_probe().outcome_of("finish"), Finished)


@pytest.mark.usefixtures("_only_one_start")
def test_a_missing_interpreter_is_named(make_probe, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    outcome = make_probe().outcome_of("finish")

    assert isinstance(outcome, NotStarted)
    assert outcome.detail.startswith("cannot start /no/such/python: FileNotFoundError")


def test_a_program_without_an_interpreter_is_not_started_as_its_own_worker(make_probe, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)

    assert "not run by a Python interpreter" in make_probe().outcome_of("finish").detail


def test_after_a_failed_start_the_next_one_is_not_hurried_and_can_be_cancelled(make_probe, monkeypatch):
    monkeypatch.setattr(process_pool, "_SHORTEST_PAUSE", 1000.0)
    monkeypatch.setattr(process_pool, "_LONGEST_PAUSE", 1000.0)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    probe = make_probe()
    assert isinstance(probe.outcome_of("finish.1"), NotStarted)

    probe.submit("finish.2")
    assert probe.delivered.empty()
    probe.executor.cancel()

    assert isinstance(probe.next()[1], Cancelled)


def test_a_worker_that_nobody_kills_ends_itself(probe, monkeypatch):
    monkeypatch.setattr(worker_process, "_SELF_DESTRUCT_GRACE", -999.8)

    assert isinstance(probe.outcome_of("hang_in_c", deadline=1000.0), TimedOut)


def test_an_idle_worker_ends_when_its_stream_ends():
    worker = WorkerProcess(WorkerRules("normal", 0, 10, "decoder_stubs:analyze", confined=False), PauseSwitch())
    worker.wait_until_ready(30)
    worker._socket.close()

    assert worker._child.wait(30) == 0
    worker._child.stderr.close()


def test_a_worker_that_the_kernel_does_not_let_die_blocks_its_place_but_neither_the_outcome_nor_close(
    make_probe, monkeypatch
):
    # Stands in for a process that waits for a dead disk, which a test cannot have.
    really_end = WorkerProcess.end
    monkeypatch.setattr(WorkerProcess, "end", lambda worker: really_end(worker) and False)
    probe = make_probe()
    assert isinstance(probe.outcome_of("kill_itself"), Crashed)
    probe.submit("finish")

    probe.executor.close()

    assert isinstance(probe.next()[1], Cancelled)
