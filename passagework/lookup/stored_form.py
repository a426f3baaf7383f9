"""Convert answers to rows of the library and back, and set how long each is valid."""

from dataclasses import dataclass
from typing import Final

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.identification.planning.answers import Answer, NothingFound
from passagework.domain.identification.planning.requests import AskAcoustid, Question
from passagework.domain.musicbrainz import MbFoundRecordings, MbReleasePage
from passagework.domain.stored_answers import StoredAnswer
from passagework.lookup.acoustid import service as acoustid_service
from passagework.lookup.faults import LookupFault
from passagework.lookup.found import Found
from passagework.lookup.musicbrainz import service as musicbrainz_service

STORED_SCHEMA: Final = 1
"""Incremented when requests or the stored form change: older stored answers are then requested again."""

NS_PER_DAY: Final = 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class AnswerAges:
    """The number of days that an answer is valid, and that a service knowing nothing is valid."""

    answer_days: float = 90.0
    no_match_days: float = 30.0


def stored(service: str, found: Found, now_ns: int, ages: AnswerAges) -> StoredAnswer:
    """Create the row of an answer from the time ``now_ns``."""
    days = ages.no_match_days if _empty(found.answer) else ages.answer_days
    return StoredAnswer(
        service,
        found.key,
        found.body,
        STORED_SCHEMA,
        now_ns,
        now_ns + round(days * NS_PER_DAY),
        found=not isinstance(found.answer, NothingFound),
        merged_into=found.merged_into,
    )


def recalled(question: Question, row: StoredAnswer) -> Answer | None:
    """Parse the answer to a question from its row; None if it has another schema or cannot be read."""
    if row.schema_version != STORED_SCHEMA or row.key != question.key:
        return None
    if not row.found:
        return NothingFound()
    try:
        if isinstance(question, AskAcoustid):
            return acoustid_service.read_stored(row.body)
        return musicbrainz_service.read_stored(question, row.body)
    except LookupFault:
        return None


def _empty(answer: Answer) -> bool:
    match answer:
        case NothingFound():
            return True
        case AcoustidAnswer(results):
            return not any(result.recordings for result in results)
        case MbReleasePage(releases):
            return not releases
        case MbFoundRecordings(found):
            return not found
        case _:
            return False
