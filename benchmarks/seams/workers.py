"""Executors by themselves, without an importer: for what handing over one job costs."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from passagework.domain.analysis import FailedAnalysis
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.executor_choice import OnDask
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob
from passagework.workers.dask.executor import DaskExecutor
from passagework.workers.executor import AnalysisExecutor, Finished, JobId, JobOutcome
from passagework.workers.futures_executor import FuturesExecutor
from passagework.workers.inline_executor import InlineExecutor
from passagework.workers.processes.attempt import ANALYZE_FILE
from passagework.workers.processes.process_pool import ProcessExecutor
from passagework.workers.root_map import RootMap

__all__ = ["ANALYZE_FILE", "NOTHING", "AnalysisExecutor", "Finished", "JobId", "JobOutcome", "executors", "job"]

NOTHING = f"{__name__}:nothing"


def nothing(work: AnalysisJob) -> FailedAnalysis:
    """Be the analysis that returns at once. Workers import it by name."""
    return FailedAnalysis(work.path, work.stamp, Failure(FailureCode.NOT_AUDIO))


def job(path: Path) -> AnalysisJob:
    """Give the job of analysing a file by the default rules."""
    return AnalysisJob(os.fsencode(path), FileStamp.of(path.stat()), AnalysisRules())


def executors(host: str, port: int) -> dict[str, Callable[[str], AnalysisExecutor]]:
    """Give every executor with one place to work, made for an analysis that is named; dask's scheduler is there."""
    return {
        "process": lambda analyze: ProcessExecutor(1, "normal", 1024, analyze),
        "inline": InlineExecutor,
        "factory (threads)": lambda analyze: FuturesExecutor(lambda: ThreadPoolExecutor(1), 1, analyze),
        "dask": lambda analyze: DaskExecutor(OnDask(host, port), "normal", 1024, RootMap(), analyze),
    }
