"""Between answers and their rows in the library: how long each is good for, and how it is read again."""

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
"""Counts up when a request asks for more, or keeps another form: then what was kept before is asked again."""

NS_PER_DAY: Final = 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class AnswerAges:
    """For how many days an answer is good, and for how many it is that a service knows nothing."""

    answer_days: float = 90.0
    no_match_days: float = 30.0


def stored(service: str, found: Found, now_ns: int, ages: AnswerAges) -> StoredAnswer:
    """Make the row of an answer that was given at ``now_ns``."""
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
    """Read the answer to a question from its row; None where it is of another schema or cannot be read."""
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
