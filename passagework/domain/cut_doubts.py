"""Files whose cuts a person should look at: why, and where they might be cut. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from passagework.domain.codes import ExplainedCode, UnknownCode
from passagework.domain.cutting import SHORTEST
from passagework.domain.failures import WarningCode
from passagework.domain.given_cuts import CutSource
from passagework.domain.ids import Guid
from passagework.domain.units import Ticks
from passagework.domain.views import DoubtfulGap

LOW_SCORE: Final = 0.5
"""A track list that fits less than this is in doubt: fewer than half of its bounds are expected to be true."""


def _of(warning: WarningCode) -> tuple[str, str]:
    return warning.value, warning.explanation


class CutDoubt(ExplainedCode):
    """Why the cuts of a file are in doubt: the code of its warning, or ``list-score-low``."""

    GAPS_UNCERTAIN = _of(WarningCode.GAPS_UNCERTAIN)
    LIST_NOT_MATCHED = _of(WarningCode.LIST_NOT_MATCHED)
    LIST_SCORE_LOW = (
        "list-score-low",
        "the file was cut by the track list of a release, most of whose bounds may be off by more than a second",
    )
    SPEECH_CUT = _of(WarningCode.SPEECH_CUT)
    NOT_SPEECH = _of(WarningCode.NOT_SPEECH)


@dataclass(frozen=True, slots=True, kw_only=True)
class CutsInDoubt:
    """A file whose cuts need a decision by a person: ``reasons``, and ``candidates``, the places to cut it at.

    ``score`` is how well the track list of a release fits the file, from 0 to 1; None: it was compared with none.
    """

    guid: Guid
    path: bytes
    reasons: tuple[CutDoubt, ...]
    candidates: tuple[DoubtfulGap, ...]
    passages: int
    cut_by: CutSource | UnknownCode | None
    score: float | None


def doubts_of(warnings: Iterable[str], cut_by: str | None, score: float | None) -> tuple[CutDoubt, ...]:
    """Return why the cuts of a file are in doubt, given its warnings, what has cut it, and the score of its list."""
    is_low = cut_by == CutSource.TRACK_LIST and score is not None and score < LOW_SCORE
    found = {*warnings, *((CutDoubt.LIST_SCORE_LOW.value,) if is_low else ())}
    return tuple(doubt for doubt in CutDoubt if doubt.value in found)


def places_to_cut(gaps: Iterable[DoubtfulGap], passages: Iterable[tuple[Ticks, Ticks]]) -> Iterator[DoubtfulGap]:
    """Yield the gaps in whose middle a passage can be cut in two."""
    spans = tuple(passages)
    for gap in gaps:
        if any(min(gap.middle - start, end - gap.middle) >= SHORTEST for start, end in spans):
            yield gap
