"""The analysis of one file in this process, as a worker does it."""

import os
from pathlib import Path

from passagework.audio.sniff import sniff
from passagework.domain.analysis import AnalysisResult, FailedAnalysis, FileAnalysis
from passagework.domain.failures import FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.flavor.values import FlavorLevel
from passagework.domain.jobs import AnalysisJob, AnalysisRules
from passagework.domain.units import TICKS_PER_SECOND
from passagework.workers.processes.attempt import ANALYZE_FILE, attempt, load_analysis

__all__ = ["TICKS_PER_SECOND", "AnalysisResult", "FailedAnalysis", "FailureCode", "FileAnalysis", "analyse", "sniff"]


def analyse(path: Path, flavor: str = "off") -> tuple[AnalysisResult, str | None]:
    """Analyse a file by the default rules, but for ``flavor.level``; give the result, and a traceback."""
    rules = AnalysisRules(flavor=FlavorLevel(flavor))
    job = AnalysisJob(os.fsencode(path), FileStamp.of(path.stat()), rules)
    tried = attempt(load_analysis(ANALYZE_FILE), job)
    return tried.result, tried.traceback
