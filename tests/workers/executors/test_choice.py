"""What a line of configuration makes of the executor."""

import pytest

from passagework.api.rules import executor_rules
from passagework.config.settings import load_settings
from passagework.domain.executor_choice import FromFactory, Inline, InProcesses, OnDask, read_executor
from passagework.workers.dask.executor import DaskExecutor
from passagework.workers.inline_executor import InlineExecutor
from passagework.workers.maker import ExecutorMaker
from passagework.workers.processes.process_pool import ProcessExecutor


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("process", InProcesses()),
        ("inline", Inline()),
        ("dask:scheduler.lan:8786", OnDask("scheduler.lan", 8786)),
        ("dask:[fe80::1]:8786", OnDask("fe80::1", 8786)),
        ("station.pools:make", FromFactory("station.pools:make")),
    ],
)
def test_each_kind_is_read(text, choice):
    assert read_executor(text) == choice


@pytest.mark.parametrize(
    "text",
    ["", "threads", "dask", "dask:", "dask::1", "dask:host:0", "dask:host:x", "dask:tcp://a:1", "a:b:c", "a b:c"],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="must"):
        read_executor(text)


@pytest.mark.parametrize(
    ("executor", "kind", "window"),
    [("process", ProcessExecutor, 10), ("inline", InlineExecutor, 4), ("dask:localhost:1", DaskExecutor, 10)],
)
def test_the_executor_that_is_set_is_made_and_nothing_started(executor, kind, window):
    settings = load_settings(overrides={"analysis.executor": executor, "analysis.workers": "4"}, environ={})
    maker = ExecutorMaker(executor_rules(settings))
    made = maker.make()
    assert (type(made), maker.window()) == (kind, window)
    made.close()


@pytest.mark.slow
def test_the_window_of_a_cluster_is_that_of_its_workers(lasting_cluster, probe_of):
    where = f"dask:{lasting_cluster.where.host}:{lasting_cluster.where.port}"
    maker = ExecutorMaker(executor_rules(load_settings(overrides={"analysis.executor": where}, environ={})))
    probe = probe_of(maker.make())
    assert maker.window() == 4
    probe.run("a", "b", "c", "d")
    assert maker.window() == 6
