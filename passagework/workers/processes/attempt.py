"""One call of the analysis, whatever it does: a defect in it becomes the failure of one file."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from passagework.domain.analysis import AnalysisResult, FailedAnalysis, FileAnalysis
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.jobs import AnalysisJob

Analyze = Callable[[AnalysisJob], AnalysisResult]

ANALYZE_FILE: Final = "passagework.audio.analyze:analyze_file"
"""The analysis that executors run unless they are told otherwise, as ``module:function``."""

_LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of it; ``traceback`` is set where the analysis raised."""

    result: AnalysisResult
    traceback: str | None


def load_analysis(target: str) -> Analyze:
    """Import an analysis by its ``module:function``; whatever the import raises is raised here."""
    if target == ANALYZE_FILE:
        # Not at the top: only a process that analyses pays for the decoders.
        from passagework.audio.analyze import analyze_file  # noqa: PLC0415

        return analyze_file
    module, _, function = target.partition(":")
    loaded: Analyze = getattr(import_module(module), function)
    return loaded


def attempt(analyze: Analyze, work: AnalysisJob) -> Attempt:
    """Analyse one file. Only MemoryError comes through: after it nothing in this process can be relied upon."""
    try:
        result: object = analyze(work)
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit out of a decoder must not end the worker either
        return Attempt(defect(work, describe(error)), traceback.format_exc())
    if not isinstance(result, FileAnalysis | FailedAnalysis):
        return Attempt(defect(work, f"the analysis returned {type(result).__name__}"), None)
    return Attempt(result, None)


def defect(work: AnalysisJob, detail: str) -> FailedAnalysis:
    """Make the result for a file on which our own code failed."""
    return FailedAnalysis(work.path, work.stamp, Failure(FailureCode.INTERNAL_ERROR, one_line(detail)))


def describe(error: BaseException) -> str:
    """Name an error for a person."""
    return one_line(f"{type(error).__name__}: {error}")


def one_line(text: str) -> str:
    """Bring text of unknown origin into one bounded line that every encoding can write."""
    line = " ".join(text.split()).encode("utf-8", "backslashreplace").decode()
    return line if len(line) <= _LONGEST_DETAIL else line[: _LONGEST_DETAIL - 3] + "..."
