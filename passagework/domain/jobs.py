"""A job: one file to analyse and the rules, as a worker receives it."""

from dataclasses import dataclass, field

from passagework.domain.analysis_rules import CueRules, SegmentationRules
from passagework.domain.files import FileStamp


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisRules:
    """Everything besides the file that affects the result of an analysis."""

    segmentation: SegmentationRules = field(default_factory=SegmentationRules)
    cues: CueRules = field(default_factory=CueRules)
    true_peak: bool = True
    fingerprint: bool = True


@dataclass(frozen=True, slots=True)
class AnalysisJob:
    """One file to analyse."""

    path: bytes
    stamp: FileStamp
    rules: AnalysisRules
