"""What plays next, and a writer beside it."""

from passagework import Library, PassageFilter
from passagework.domain.plays import PlayReport
from passagework.persistence.file.counts import NOTE_CHANGE
from passagework.persistence.file.transaction import transaction
from passagework.persistence.user.plays import report_plays
from passagework.persistence.write.opening import open_writer

__all__ = [
    "NOTE_CHANGE",
    "Library",
    "PassageFilter",
    "PlayReport",
    "open_writer",
    "report_plays",
    "transaction",
]
