"""The executor that the settings ask for: how it is made, how much it takes, and whether it can be had at all."""

from collections.abc import Callable
from functools import partial

from passagework.audio.workers.dask_executor import DaskExecutor, check_dask
from passagework.audio.workers.executor import AnalysisExecutor
from passagework.audio.workers.futures_executor import FuturesExecutor, executor_of, load_factory
from passagework.audio.workers.inline_executor import InlineExecutor
from passagework.audio.workers.process_pool import ProcessExecutor
from passagework.audio.workers.root_map import RootMap
from passagework.config.sections import AnalysisSettings
from passagework.domain.executor_choice import FromFactory, Inline, InProcesses, OnDask


class ExecutorMaker:
    """Makes executors for one importer; a replaced analyzer has a new one made.

    ``in_place`` is a host's own way to make them, in place of what the settings say.
    """

    def __init__(self, settings: AnalysisSettings, in_place: Callable[[], AnalysisExecutor] | None = None) -> None:
        self._settings = settings
        self._in_place = in_place
        self._cluster: DaskExecutor | None = None

    def check(self) -> None:
        """Raise ExecutorError if no job could be done: an extra, a factory or a scheduler is missing."""
        if self._in_place is not None:
            return
        match self._settings.choice:
            case OnDask() as where:
                check_dask(where)
            case FromFactory(target):
                load_factory(target)
            case InProcesses() | Inline():
                pass

    def window(self) -> int:
        """Give the number of files that the analyzer may have in hand: two for each that is done at a time, and two."""
        match self._settings.choice:
            case Inline():
                seats = 1 if self._in_place is None else self._settings.worker_count
            case OnDask() if not self._settings.workers:
                seats = 1 if self._cluster is None else self._cluster.seats
            case _:
                seats = self._settings.worker_count
        return 2 * seats + 2

    def make(self) -> AnalysisExecutor:
        """Make an executor. Nothing is started, connected or imported before its first job."""
        settings = self._settings
        if self._in_place is not None:
            return self._in_place()
        match settings.choice:
            case InProcesses():
                return ProcessExecutor(settings.worker_count, settings.priority, settings.memory_mb)
            case Inline():
                return InlineExecutor()
            case FromFactory(target):
                return FuturesExecutor(partial(executor_of, target), settings.worker_count)
            case OnDask() as where:
                self._cluster = DaskExecutor(where, settings.priority, settings.memory_mb, RootMap.of(settings.roots))
                return self._cluster
