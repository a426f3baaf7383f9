"""A job: one file to analyse and the rules, as a worker receives it."""

from dataclasses import dataclass

from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.files import FileStamp


@dataclass(frozen=True, slots=True)
class AnalysisJob:
    """One file to analyse."""

    path: bytes
    stamp: FileStamp
    rules: AnalysisRules
