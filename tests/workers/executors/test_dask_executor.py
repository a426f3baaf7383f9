"""Jobs on a real dask cluster: outcomes, deaths, deadlines, and who may work at all."""

import asyncio
import os
import pickle
import select
import shutil
import signal
import socket
from pathlib import Path
from threading import Event

import pytest

import passagework
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.domain.analysis import FileAnalysis
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.errors import ExecutorError, ExecutorExtraMissingError, ImporterClosedError
from passagework.domain.executor_choice import OnDask
from passagework.domain.failures import FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob
from passagework.workers.dask import cluster as dask_cluster
from passagework.workers.dask import connection as dask_connection
from passagework.workers.dask.executor import DaskExecutor, check_dask
from passagework.workers.dask.survey import survey
from passagework.workers.executor import Cancelled, Crashed, Finished, JobId, NotStarted, TimedOut
from passagework.workers.root_map import RootMap
from tests.support.executor_probe import PATIENCE

pytestmark = pytest.mark.slow

NO_ROOTS = RootMap()


def dask_job(path):
    return AnalysisJob(os.fsencode(path), FileStamp.of(path.stat()), AnalysisRules())


@pytest.fixture
def executor_on():
    def make(cluster, roots=NO_ROOTS, **more):
        return DaskExecutor(cluster.where, "normal", 256, roots, "decoder_stubs:analyze", confined=False, **more)

    return make


def _parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _wait_for_end(descriptor):
    try:
        assert select.select([descriptor], [], [], 30)[0], "the process lives on"
    finally:
        os.close(descriptor)


def test_every_kind_of_end_comes_back_and_costs_no_worker(lasting_cluster, executor_on, probe_of):
    probe = probe_of(executor_on(lasting_cluster))
    for name in ("finish", "kill_itself", "raise_error", "eat_memory"):
        probe.submit(name)
    probe.submit("hang_in_c", deadline=0.3)
    outcomes = dict(probe.next() for _ in range(5))

    assert isinstance(outcomes["finish"], Finished)
    assert outcomes["raise_error"].result.failure.code == FailureCode.INTERNAL_ERROR
    assert isinstance(outcomes["kill_itself"], Crashed)
    assert "SIGKILL" in outcomes["kill_itself"].detail
    assert outcomes["eat_memory"].out_of_memory
    assert isinstance(outcomes["hang_in_c"], TimedOut)
    assert probe.executor.slots == 2
    probe.executor.close()
    with pytest.raises(ImporterClosedError):
        probe.submit("finish.2")


def test_cancelling_kills_what_runs_there_and_the_executor_stays_usable(
    lasting_cluster, executor_on, probe_of, make_rendezvous, tmp_path
):
    there = make_rendezvous("announce_and_hang_in_c")
    probe = probe_of(executor_on(lasting_cluster))
    probe.submit("announce_and_hang_in_c", folder=tmp_path)
    running = os.pidfd_open(there.meet())
    for number in range(9):
        probe.submit(f"finish.{number}")
    probe.executor.cancel()
    outcomes = dict(probe.next() for _ in range(10))

    assert isinstance(outcomes["announce_and_hang_in_c"], Cancelled)
    _wait_for_end(running)
    assert isinstance(probe.run("finish.again")["finish.again"], Finished)


def test_closing_leaves_no_child_on_any_worker(lasting_cluster, executor_on, probe_of):
    probe = probe_of(executor_on(lasting_cluster))
    children = {int(outcome.result.failure.detail) for outcome in probe.run("finish.1", "finish.2").values()}
    living = [os.pidfd_open(child) for child in children]
    probe.executor.close()
    for descriptor in living:
        _wait_for_end(descriptor)


def test_paths_are_theirs_there_and_ours_in_the_result(lasting_cluster, executor_on, probe_of, tmp_path):
    executor = executor_on(lasting_cluster, RootMap.of({"/nowhere": str(tmp_path)}))
    outcome = probe_of(executor).run("finish")["finish"]

    assert outcome.result.path == b"/nowhere/finish"


def test_a_worker_without_the_folder_gets_no_work_and_is_named(lasting_cluster, executor_on, probe_of, tmp_path):
    executor = executor_on(lasting_cluster, RootMap.of({"/nowhere": f"{tmp_path}/not there"}))
    outcome = probe_of(executor).run("finish")["finish"]

    assert isinstance(outcome, NotStarted)
    assert f"it has no folder {tmp_path}/not there" in outcome.detail


def test_nobody_is_blamed_for_a_file_that_only_the_workers_do_not_see(lasting_cluster, probe_of, tmp_path):
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours" / "piece.flac").write_bytes(b"music")
    roots = RootMap.of({f"{tmp_path}/ours": f"{tmp_path}/theirs"})
    executor = DaskExecutor(lasting_cluster.where, "normal", 1024, roots)
    probe = probe_of(executor)
    work = dask_job(tmp_path / "ours" / "piece.flac")
    executor.submit(JobId(1), work, 60, probe.delivered.put)
    outcome = probe.delivered.get(timeout=60)

    assert isinstance(outcome, NotStarted)
    assert f"does not see {tmp_path}/theirs/piece.flac" in outcome.detail


def test_a_single_file_that_no_worker_sees_yet_fails_alone(lasting_cluster, probe_of, tmp_path):
    for name in ("ours/late.txt", "ours/text.txt", "theirs/text.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("no music")
    probe = probe_of(
        DaskExecutor(lasting_cluster.where, "normal", 1024, RootMap.of({f"{tmp_path}/ours": f"{tmp_path}/theirs"}))
    )

    def codes(name, times):
        for number in range(times):
            probe.executor.submit(JobId(number), dask_job(tmp_path / "ours" / name), 60, probe.delivered.put)
        return {probe.delivered.get(timeout=60).result.failure.code for _ in range(times)}

    while probe.executor.slots < 2:
        codes("text.txt", 1)
    # As many as both workers hold, so that each of them has seen one.
    assert codes("text.txt", 4) == {FailureCode.NOT_AUDIO}
    assert codes("late.txt", 1) == {FailureCode.VANISHED}
    assert codes("text.txt", 4) == {FailureCode.NOT_AUDIO}
    assert probe.executor.slots == 2


def test_a_dead_worker_costs_nothing_but_time(make_cluster, executor_on, probe_of, make_rendezvous, tmp_path):
    cluster = make_cluster()
    for worker in (cluster.start_worker(), cluster.start_worker()):
        worker.wait_for("Registered to:")
    there = make_rendezvous("wait_at_the_gate")
    probe = probe_of(executor_on(cluster))
    probe.submit("wait_at_the_gate", folder=tmp_path)
    child = there.meet()
    for number in range(6):
        probe.submit(f"finish.{number}")
    orphan = os.pidfd_open(child)
    os.kill(_parent_of(child), signal.SIGKILL)
    _wait_for_end(orphan)
    second = there.meet()
    there.let_go_on()
    outcomes = dict(probe.next() for _ in range(7))

    assert all(isinstance(outcome, Finished) for outcome in outcomes.values())
    assert outcomes["wait_at_the_gate"].result.failure.detail == str(second) != str(child)


def test_a_worker_that_dies_while_results_are_fetched_costs_no_other_job(
    make_cluster, executor_on, probe_of, monkeypatch
):
    client = pytest.importorskip("distributed", reason="the extra dask is not installed").Client
    fetch, give_up = client._gather_remote, client.cancel
    fetching, given_up = Event(), Event()

    async def fetch_together(self, *how):
        # Each of the two workers has at most two jobs, so of three results at least one is on the other.
        while not given_up.is_set():
            if len(self._gather_keys) > 2:
                fetching.set()
            await asyncio.sleep(0.01)
        return await fetch(self, *how)

    def note(self, *what, **how):
        given_up.set()
        return give_up(self, *what, **how)

    monkeypatch.setattr(client, "_gather_remote", fetch_together)
    monkeypatch.setattr(client, "cancel", note)
    cluster = make_cluster()
    dying, staying = cluster.start_worker(), cluster.start_worker()
    for worker in (dying, staying):
        worker.wait_for("Registered to:")
    probe = probe_of(executor_on(cluster))
    for number in range(8):
        probe.submit(f"finish.{number}")
    assert fetching.wait(PATIENCE)
    dying.stop()

    assert all(isinstance(probe.next()[1], Finished) for _ in range(8))


def test_a_file_under_which_workers_die_again_and_again_is_crashed_alone(
    make_cluster, executor_on, probe_of, monkeypatch
):
    monkeypatch.setattr(dask_cluster, "DEATHS_PER_JOB", 2)
    cluster = make_cluster()
    for worker in [cluster.start_worker() for _ in range(4)]:
        worker.wait_for("Registered to:")
    probe = probe_of(executor_on(cluster))
    outcomes = probe.run("kill_the_parent", *(f"finish.{number}" for number in range(8)))

    crashed = outcomes.pop("kill_the_parent")
    assert isinstance(crashed, Crashed)
    assert crashed.final
    assert "3 dask workers died" in crashed.detail
    assert all(isinstance(outcome, Finished) for outcome in outcomes.values())


def test_a_worker_with_other_code_gets_no_work_and_one_that_joins_later_is_looked_at_too(
    make_cluster, executor_on, probe_of, tmp_path
):
    other = tmp_path / "other"
    shutil.copytree(Path(passagework.__file__).parent, other / "passagework")
    with (other / "passagework" / "domain" / "ids.py").open("a") as file:
        file.write("# changed\n")
    cluster = make_cluster()
    cluster.worker(env={"PYTHONPATH": str(other)})
    probe = probe_of(executor_on(cluster))
    refused = probe.run("finish.1")["finish.1"]

    assert isinstance(refused, NotStarted)
    assert "no dask worker" in refused.detail
    assert "its versions differ: analysis code" in refused.detail
    assert "tcp://127.0.0.1:" in refused.detail
    cluster.worker()
    assert isinstance(probe.run("finish.2")["finish.2"], Finished)
    cluster.worker(env={"PYTHONPATH": str(other)})
    assert len(survey(cluster.where, ())[1]) == 2
    assert all(isinstance(outcome, Finished) for outcome in probe.run(*(f"finish.a{n}" for n in range(9))).values())
    assert probe.executor.slots == 1


def test_the_loss_of_the_scheduler_gives_jobs_back_with_the_reason(
    make_cluster, executor_on, probe_of, make_rendezvous, tmp_path, monkeypatch
):
    monkeypatch.setattr(dask_connection, "_CONNECT_SECONDS", 1.0)
    cluster = make_cluster()
    cluster.worker()
    there = make_rendezvous("wait_at_the_gate")
    probe = probe_of(executor_on(cluster))
    probe.submit("wait_at_the_gate", folder=tmp_path)
    there.meet()
    cluster.scheduler.stop()

    assert "no dask scheduler answers" in probe.next()[1].detail


def test_a_scheduler_without_workers_gives_jobs_back_after_some_patience(make_cluster, executor_on, probe_of):
    cluster = make_cluster()
    outcome = probe_of(executor_on(cluster, patience_seconds=0.5)).run("finish")["finish"]

    assert f"start one: dask worker {cluster.where.host}:{cluster.where.port}" in outcome.detail


def test_a_scheduler_that_is_not_there_is_named():
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ExecutorError, match=f"no dask scheduler answers at 127.0.0.1:{port}") as caught:
        check_dask(OnDask("127.0.0.1", port))
    assert caught.value.code == "executor-unavailable"


def test_without_the_extra_its_name_is_said(monkeypatch):
    monkeypatch.setattr("passagework.workers.dask.executor.find_spec", lambda _name: None)
    with pytest.raises(ExecutorExtraMissingError, match="-m pip install dask distributed") as caught:
        check_dask(OnDask("127.0.0.1", 8786))
    assert caught.value.code == "executor-extra-missing"


def test_what_travels_is_kilobytes(lasting_cluster, probe_of, tmp_path):
    path = tmp_path / "piece.flac"
    write_audio(path, compose(22_050, 30 * 22_050, 1), 22_050, AudioForm.FLAC)
    probe = probe_of(DaskExecutor(lasting_cluster.where, "normal", 1024, NO_ROOTS))
    probe.executor.submit(JobId(1), dask_job(path), 60, probe.delivered.put)
    outcome = probe.delivered.get(timeout=60)

    assert isinstance(outcome.result, FileAnalysis)
    assert len(pickle.dumps(outcome)) < 16_000
