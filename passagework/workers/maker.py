"""Create the executor that the settings select, say how many files it takes, and check whether it is available."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from passagework.domain.executor_choice import ExecutorChoice, FromFactory, Inline, InProcesses, OnDask
from passagework.domain.extensions import ExtensionId
from passagework.workers.dask.executor import DaskExecutor, check_dask
from passagework.workers.executor import AnalysisExecutor, Priority
from passagework.workers.futures_executor import FuturesExecutor, executor_of, load_factory
from passagework.workers.inline_executor import InlineExecutor
from passagework.workers.processes.attempt import ANALYZE_FILE, ANALYZE_WITH_NETS
from passagework.workers.processes.process_pool import ProcessExecutor
from passagework.workers.root_map import RootMap


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorRules:
    """Which executor to create, and for how many jobs at a time.

    ``fixed_worker_count``: a person set ``worker_count``; otherwise a cluster uses all of its workers.
    ``memory_mb`` is the memory limit of one worker in MiB, 0: unlimited. ``roots`` are folders that have other names
    on the workers. ``nets``: workers have to have the nets (``flavor.level`` full).
    ``extensions`` are those that measure.
    """

    choice: ExecutorChoice
    worker_count: int
    fixed_worker_count: bool
    priority: Priority
    memory_mb: int
    roots: RootMap
    nets: bool = False
    extensions: tuple[ExtensionId, ...] = ()

    @property
    def analyze(self) -> str:
        """The function that workers run, ``module:function``."""
        return ANALYZE_WITH_NETS if self.nets else ANALYZE_FILE


class ExecutorMaker:
    """Creates executors for one importer; a replaced analyzer gets a new one.

    ``in_place`` is a host's own function to create them, which overrides the rules.
    """

    def __init__(self, rules: ExecutorRules, in_place: Callable[[], AnalysisExecutor] | None = None) -> None:
        self._rules = rules
        self._in_place = in_place
        self._cluster: DaskExecutor | None = None

    def check(self) -> None:
        """Raise ExecutorError if no job could run: an extra, a factory or a scheduler is missing."""
        if self._in_place is not None:
            return
        match self._rules.choice:
            case OnDask() as where:
                check_dask(where)
            case FromFactory(target):
                load_factory(target)
            case InProcesses() | Inline():
                pass

    def window(self) -> int:
        """Return the window of the analyzer: two files for each concurrent job, plus two."""
        match self._rules.choice:
            case Inline():
                slots = 1 if self._in_place is None else self._rules.worker_count
            case OnDask() if not self._rules.fixed_worker_count:
                slots = 1 if self._cluster is None else self._cluster.slots
            case _:
                slots = self._rules.worker_count
        return 2 * slots + 2

    def make(self) -> AnalysisExecutor:
        """Create an executor. Nothing is started, connected or imported before its first job."""
        rules = self._rules
        if self._in_place is not None:
            return self._in_place()
        match rules.choice:
            case InProcesses():
                return ProcessExecutor(
                    rules.worker_count,
                    rules.priority,
                    rules.memory_mb,
                    analyze=rules.analyze,
                    extensions=rules.extensions,
                )
            case Inline():
                return InlineExecutor(rules.analyze)
            case FromFactory(target):
                return FuturesExecutor(partial(executor_of, target), rules.worker_count)
            case OnDask() as where:
                self._cluster = DaskExecutor(
                    where,
                    rules.priority,
                    rules.memory_mb,
                    rules.roots,
                    analyze=rules.analyze,
                    extensions=rules.extensions,
                )
                return self._cluster
