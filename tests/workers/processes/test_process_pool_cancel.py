"""Cancelling, closing, and receivers that do what they should not."""

import sys
from pathlib import Path
from queue import SimpleQueue
from threading import Event, current_thread

import pytest

from passagework.domain.errors import ImporterClosedError
from passagework.workers.executor import Cancelled, Finished


@pytest.mark.slow
def test_cancelling_ends_what_runs_and_what_waits_and_the_pool_stays_usable(make_probe, make_rendezvous, tmp_path):
    probe = make_probe()
    there = make_rendezvous("announce_and_hang_in_c")
    probe.submit("announce_and_hang_in_c", folder=tmp_path)
    probe.submit("finish.1")
    there.meet()

    probe.executor.cancel()

    assert probe.next() == ("announce_and_hang_in_c", Cancelled(0))
    assert probe.next() == ("finish.1", Cancelled(1))
    assert isinstance(probe.outcome_of("finish.2"), Finished)


def test_a_job_that_waits_for_its_worker_to_start_can_be_cancelled(make_probe, make_rendezvous, monkeypatch):
    there = make_rendezvous("fifo")
    monkeypatch.setenv("HANGS_AT_IMPORT_FIFO", str(there.path))
    probe = make_probe(analyze="hangs_at_import:analyze")
    probe.submit("finish")
    there.meet()

    probe.executor.cancel()

    assert probe.next() == ("finish", Cancelled(0))


def test_cancelling_nothing_costs_nothing(probe):
    before = probe.detail_of("finish.1")
    probe.executor.cancel()

    assert probe.detail_of("finish.2") == before


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_closing_while_jobs_run_cancels_them_and_leaves_no_process(make_probe, make_rendezvous, tmp_path):
    probe = make_probe()
    there = make_rendezvous("announce_and_hang_in_c")
    probe.submit("announce_and_hang_in_c", folder=tmp_path)
    probe.submit("finish")
    pid = there.meet()

    probe.executor.close()

    assert [type(probe.delivered.get_nowait()) for _ in range(2)] == [Cancelled, Cancelled]
    assert not Path(f"/proc/{pid}").exists()


def test_after_close_jobs_are_refused_and_closing_again_does_nothing(make_probe):
    probe = make_probe()
    probe.executor.close()
    probe.executor.close()

    with pytest.raises(ImporterClosedError):
        probe.submit("finish")


@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_a_receiver_that_raises_costs_nobody_anything(probe, caplog, error):
    def receiver(_outcome):
        raise error("not today")

    probe.submit("finish.1", receiver=receiver)

    assert isinstance(probe.outcome_of("finish.2"), Finished)
    assert "not today" in caplog.text


def test_a_receiver_may_submit_and_close(make_probe):
    probe = make_probe()
    closed = Event()
    threads = SimpleQueue()

    def submit_another(_outcome):
        threads.put(current_thread())
        probe.submit("finish.2")

    def close(_outcome):
        probe.executor.close()
        closed.set()

    probe.submit("finish.1", receiver=submit_another)
    assert probe.next()[0] == "finish.2"
    probe.submit("finish.3", receiver=close)

    assert closed.wait(30)
    threads.get().join(30)
