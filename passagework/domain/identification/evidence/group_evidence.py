"""From waiting files to evidence: statements about their passages, and answers of services."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.evidence import Statement
from passagework.domain.identification.evidence.evidence import GroupEvidence, PassageEvidence
from passagework.domain.identification.evidence.from_pieces import attributed, piece_statements, without_artists
from passagework.domain.identification.evidence.from_tags import tag_statements
from passagework.domain.identification.evidence.stated import stated_about
from passagework.domain.ids import Guid, Mbid
from passagework.domain.musicbrainz import MbRecording, MbRelease
from passagework.domain.units import seconds
from passagework.domain.waiting import WaitingFile, WaitingPassage

_NOBODY: Mapping[Guid, AcoustidAnswer] = MappingProxyType({})
_NOTHING: Mapping[Guid, tuple[Mbid, ...]] = MappingProxyType({})


def stated_passages(files: Sequence[WaitingFile]) -> tuple[PassageEvidence, ...]:
    """Return the passages of a group with the statements about each, before any service is asked.

    Statements given for a file (:attr:`WaitingFile.statements`) come before its tags, since they are meant for it. What
    is said about a piece comes between them.
    """
    passages = []
    for number, file in enumerate(files):
        only = file.passage_count == 1
        own = tag_statements(file.tags)
        # Tags say the same of every passage.
        stated = stated_about(None, own, only=only)
        of_all = own if file.given is None else attributed(own, file.tags, file.given)
        for one in file.passages:
            if file.statements or file.given is not None:
                of_piece = piece_statements(None if file.by_list else file.given, one)
                own = (*_about(one.guid, file.statements), *of_piece, *of_all)
                stated = stated_about(one.guid, without_artists(own, of_piece), only=only)
            passages.append(PassageEvidence(one.guid, number, length_of(one), stated, statements=own))
    return tuple(passages)


def with_answers(
    passages: Sequence[PassageEvidence],
    answers: Mapping[Guid, AcoustidAnswer],
    named: Mapping[Guid, tuple[Mbid, ...]] = _NOTHING,
) -> tuple[PassageEvidence, ...]:
    """Add what AcoustID answered, and the recordings that searches by text found. Passages keep their order."""
    if not answers and not named:
        return tuple(passages)
    return tuple(
        PassageEvidence(
            one.key,
            one.file,
            one.seconds,
            one.stated,
            answers.get(one.key),
            named.get(one.key, ()),
            one.statements,
        )
        for one in passages
    )


def build_evidence(
    files: Sequence[WaitingFile],
    answers: Mapping[Guid, AcoustidAnswer] = _NOBODY,
    releases: Sequence[MbRelease] = (),
    recordings: Sequence[MbRecording] = (),
    named: Mapping[Guid, tuple[Mbid, ...]] = _NOTHING,
) -> GroupEvidence:
    """Combine the statements about a group of files with the answers."""
    return GroupEvidence(with_answers(stated_passages(files), answers, named), tuple(releases), tuple(recordings))


def length_of(passage: WaitingPassage) -> float:
    """Return the length of a passage in seconds."""
    return seconds(passage.end) - seconds(passage.start)


def _about(passage: Guid, statements: Sequence[Statement]) -> tuple[Statement, ...]:
    return tuple(one for one in statements if one.passage is None or one.passage == passage)
