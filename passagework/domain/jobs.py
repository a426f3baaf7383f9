"""A job: one file to analyse and the rules, as a worker receives it."""

from dataclasses import dataclass
from enum import StrEnum

from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import Given
from passagework.domain.known_content import KnownContent


class Finish(StrEnum):
    """What a worker process does with an analysis before it sends it: encode it; first decide what its passages are."""

    ENCODE = "encode"
    LINK_AND_ENCODE = "link-and-encode"


@dataclass(frozen=True, slots=True)
class AnalysisJob:
    """One file to analyse. ``finish`` None: the result is the analysis itself.

    With ``known``, what has not changed is not done again: the result may be SameContent or SameAudio. ``given`` is
    what is given about the file from outside of it; None: nothing.
    """

    path: bytes
    stamp: FileStamp
    rules: AnalysisRules
    finish: Finish | None = None
    known: KnownContent | None = None
    given: Given | None = None
