"""The evidence for a decision about a passage, as rows that are stored with it."""

from collections.abc import Iterator
from typing import Final

from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.identification.evidence.evidence import PassageEvidence
from passagework.domain.identification.evidence.from_acoustid import acoustid_statements
from passagework.domain.identification.linking.entities import Entities
from passagework.domain.identification.scoring.confidence import TermKind, gate
from passagework.domain.identification.scoring.explanation import Candidate, PassageDecision
from passagework.domain.links import CandidateRow, CandidateTerm

_KEPT: Final = 10
"""The number of stored candidates; the others have almost no probability."""

_FROM_TERMS: Final = (
    (TermKind.DURATION_OFF, EvidenceSource.DURATION, "length"),
    (TermKind.TRACK_NUMBER, EvidenceSource.NUMBER, "track"),
    (TermKind.ALBUM_CONTEXT, EvidenceSource.TRACK_LIST, "album-context"),
)


def evidence_rows(passage: PassageEvidence, decided: PassageDecision, entities: Entities) -> tuple[Statement, ...]:
    """List statements of tags, of AcoustID, and of MusicBrainz about the best candidate, each once.

    These rows are for people. No later decision uses them, so an answer never becomes a statement of tags.
    """
    rows = [*passage.statements, *_found(passage, decided), *_looked_up(decided.winner, entities)]
    return tuple({(row.source, row.kind, row.value): row for row in reversed(rows)}.values())[::-1]


def candidate_rows(decided: PassageDecision) -> tuple[CandidateRow, ...]:
    """Describe the candidates, best first."""
    return tuple(map(_candidate, decided.candidates[:_KEPT]))


def _found(passage: PassageEvidence, decided: PassageDecision) -> Iterator[Statement]:
    """List what AcoustID states; of the recordings only those of the best candidate, and those without a name."""
    told = {*(decided.winner.recordings if decided.winner else ()), *decided.unnamed}
    for one in acoustid_statements(passage.answer) if passage.answer else ():
        if one.kind == "acoustid" or (one.value in told and one.strength is not None and gate(one.strength)):
            yield one


def _looked_up(winner: Candidate | None, entities: Entities) -> Iterator[Statement]:
    if winner is None:
        return
    if winner.recording in entities.recordings:
        yield Statement(EvidenceSource.MUSICBRAINZ, "recording", winner.recording)
    if (place := winner.place) is not None:
        yield Statement(EvidenceSource.MUSICBRAINZ, "album", place.release.mbid)
        yield Statement(EvidenceSource.MUSICBRAINZ, "release-track", place.track.mbid)
        where = f"{place.medium}-{place.track.number} {place.track.title}"
        yield Statement(EvidenceSource.TRACK_LIST, "track", where, place.affinity)
    for kind, source, name in _FROM_TERMS:
        for term in winner.terms:
            if term.kind is kind:
                yield Statement(source, name, term.note, term.contribution)


def _candidate(one: Candidate) -> CandidateRow:
    place = one.place
    return CandidateRow(
        one.recording,
        one.title,
        one.artists,
        one.confidence,
        one.log_odds,
        tuple(CandidateTerm(term.kind.value, term.value, term.weight, term.note) for term in one.terms),
        tuple(cap.value for cap in one.caps),
        one.seconds,
        place.release.mbid if place else None,
        place.release.title if place else None,
        place.medium if place else None,
        place.track.position if place else None,
    )
