"""The decision of what passages are, from tags and from recorded answers: for links, and for how often it is right."""

from collections.abc import Sequence
from typing import Any

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.identification.evidence.evidence import GroupEvidence, PassageEvidence
from passagework.domain.identification.evidence.group_evidence import build_evidence
from passagework.domain.identification.linking.at_once import NO_SERVICE
from passagework.domain.identification.linking.links import identify
from passagework.domain.identification.linking.provisional import provisional
from passagework.domain.identification.scoring.confidence import STARTING_WEIGHTS, WEIGHTS, Band, TermKind, Weights
from passagework.domain.identification.scoring.decision import decide
from passagework.domain.identification.scoring.explanation import AlbumVote, PassageDecision
from passagework.domain.ids import Guid
from passagework.domain.links import FileLinks, PassageLinks
from passagework.domain.waiting import WaitingFile, WaitingPassage
from passagework.lookup.acoustid.answer import read_results
from passagework.persistence.rows.encoded import encode_analysis

# What accuracy*.py decides, fits and scores with.
__all__ = [
    "STARTING_WEIGHTS",
    "WEIGHTS",
    "AcoustidAnswer",
    "AlbumVote",
    "Band",
    "GroupEvidence",
    "PassageDecision",
    "PassageEvidence",
    "TermKind",
    "Weights",
    "decide",
    "link_file",
    "link_passages",
    "read_results",
    "shipped",
    "untagged_passage",
]


def untagged_passage(number: int, seconds: float, answer: AcoustidAnswer) -> PassageEvidence:
    """Say all that is known of a recorded lookup: its length, and what AcoustID answered."""
    return PassageEvidence(Guid(str(number)), number, seconds, answer=answer)


def link_passages(waiting: WaitingFile, tags: Sequence[Any]) -> FileLinks:
    """Decide from tags as the linker does, for each passage as if it were the only one of a file with these tags."""
    passages = zip(waiting.passages, tags, strict=True)
    decided = [_linked(WaitingFile(waiting.path, of_one, 1, (one,))) for one, of_one in passages]
    return FileLinks(waiting.path, tuple(decided), waiting.revision)


def shipped(analysis: Any, tags: Sequence[Any] | None) -> Any:
    """Make of an analysis what a worker process sends.

    ``tags``: its passages are linked as the product links them without a service, each as if it were the only one of a
    file with these tags. None: they are left to the linker.
    """
    if tags is None:
        return encode_analysis(analysis)
    passages = tuple(
        WaitingPassage(Guid(str(number)), one.start, one.end) for number, one in enumerate(analysis.passages)
    )
    links = link_passages(WaitingFile(analysis.path, analysis.tags, len(passages), passages), tags)
    return encode_analysis(analysis, provisional(links, NO_SERVICE, 0).passages)


def _linked(file: WaitingFile) -> PassageLinks:
    (links,) = identify((file,), build_evidence((file,)), None)
    return links.passages[0]


def link_file(waiting: WaitingFile) -> FileLinks:
    """Decide from tags as the linker does without a service."""
    (links,) = identify((waiting,), build_evidence((waiting,)), None)
    return links
