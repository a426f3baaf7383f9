"""Workers that are to have the nets load them before they are confined; those that have none get no work."""

import sys

import pytest

from passagework.audio.flavor import model_files
from passagework.audio.flavor.model_files import NoNets
from passagework.domain.executor_choice import Inline
from passagework.workers.inline_executor import InlineExecutor
from passagework.workers.maker import ExecutorMaker, ExecutorRules
from passagework.workers.processes.attempt import ANALYZE_FILE, ANALYZE_WITH_NETS, load_analysis
from passagework.workers.root_map import RootMap


def rules(*, nets):
    return ExecutorRules(
        choice=Inline(),
        worker_count=1,
        fixed_worker_count=True,
        priority="normal",
        memory_mb=0,
        roots=RootMap(),
        nets=nets,
    )


def test_a_worker_without_nets_cannot_load_the_analysis_and_says_why(monkeypatch):
    monkeypatch.setattr(model_files, "installed_nets", lambda: NoNets("no nets here", installed=False))
    monkeypatch.delitem(sys.modules, "passagework.audio.with_nets", raising=False)
    with pytest.raises(ImportError, match="no nets here"):
        load_analysis(ANALYZE_WITH_NETS)


@pytest.mark.parametrize(("nets", "analyze"), [(False, ANALYZE_FILE), (True, ANALYZE_WITH_NETS)])
def test_the_nets_are_loaded_where_they_are_wanted_only(nets, analyze):
    assert rules(nets=nets).analyze == analyze
    made = ExecutorMaker(rules(nets=nets)).make()
    assert isinstance(made, InlineExecutor)
    assert made._analyze == analyze
