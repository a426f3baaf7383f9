"""One call of the analysis: a defect in it becomes the failure of one file."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from passagework.domain.analysis import AnalysisResult, FailedAnalysis
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.jobs import AnalysisJob

Analyze = Callable[[AnalysisJob], AnalysisResult]

ANALYZE_FILE: Final = "passagework.audio.analyze:analyze_file"
ANALYZE_WITH_NETS: Final = "passagework.audio.with_nets:analyze_file"
"""The default analysis of executors, as ``module:function``."""

_LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of one call; ``traceback`` is set if the analysis raised."""

    result: AnalysisResult
    traceback: str | None


def load_analysis(target: str) -> Analyze:
    """Import an analysis by its ``module:function``; passes on any exception of the import."""
    if target == ANALYZE_FILE:
        # Not at the top: only a process that analyses should load the decoders.
        from passagework.audio.analyze import analyze_file  # noqa: PLC0415

        return analyze_file
    module, _, function = target.partition(":")
    loaded: Analyze = getattr(import_module(module), function)
    return loaded


def attempt(analyze: Analyze, work: AnalysisJob) -> Attempt:
    """Analyse one file. Only MemoryError is raised: after it this process is unreliable."""
    try:
        result: object = analyze(work)
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit from a decoder must not end the worker either
        return Attempt(defect(work, describe(error)), traceback.format_exc())
    if not isinstance(result, AnalysisResult):
        return Attempt(defect(work, f"the analysis returned {type(result).__name__}"), None)
    return Attempt(result, None)


def defect(work: AnalysisJob, detail: str) -> FailedAnalysis:
    """Create the result for a file on which our own code failed."""
    return FailedAnalysis(work.path, work.stamp, Failure(FailureCode.INTERNAL_ERROR, one_line(detail)))


def describe(error: BaseException) -> str:
    """Describe an error for a person."""
    return one_line(f"{type(error).__name__}: {error}")


def one_line(text: str) -> str:
    """Convert text of unknown origin to one line of limited length that every encoding can write."""
    line = " ".join(text.split()).encode("utf-8", "backslashreplace").decode()
    return line if len(line) <= _LONGEST_DETAIL else line[: _LONGEST_DETAIL - 3] + "..."
