"""What is stored as the evidence for a decision."""

from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.identification.evidence.evidence import PassageEvidence
from passagework.domain.identification.linking.entities import Entities
from passagework.domain.identification.linking.evidence_rows import candidate_rows, evidence_rows
from passagework.domain.identification.scoring.confidence import Band, Term, TermKind
from passagework.domain.identification.scoring.explanation import Candidate, PassageDecision, TrackPlace
from passagework.domain.ids import Guid, Mbid

TERMS = tuple(Term(kind, 1.0 + number, 0.5, f"note of {kind}") for number, kind in enumerate(TermKind))


def candidate(name, *, terms=(), place=None, others=()):
    recordings = (Mbid(name), *others)
    return Candidate(Mbid(name), name, (), None, recordings, terms, 0.0, 0.5, (), place)


def decided(*candidates, unnamed=()):
    return PassageDecision(Guid("a"), candidates, Band.LIKELY, frozenset(), "why", unnamed, "1")


def rows_of(decision, *, answer=None, statements=(), entities=None):
    passage = PassageEvidence(Guid("a"), 1, 200.0, answer=answer, statements=statements)
    return evidence_rows(passage, decision, entities or Entities())


def test_lengths_numbers_and_the_album_of_the_others_are_evidence_with_what_they_add():
    rows = rows_of(decided(candidate("rec", terms=TERMS)))
    added = {term.kind: term.contribution for term in TERMS}
    assert rows == (
        Statement(EvidenceSource.DURATION, "length", "note of duration-off", added[TermKind.DURATION_OFF]),
        Statement(EvidenceSource.NUMBER, "track", "note of track-number", added[TermKind.TRACK_NUMBER]),
        Statement(EvidenceSource.TRACK_LIST, "album-context", "note of album-context", added[TermKind.ALBUM_CONTEXT]),
    )


def test_the_place_on_a_release_is_evidence_with_how_well_it_fits(build):
    track = build.track(7, "North")
    release = build.release("Compass", [track])
    rows = rows_of(decided(candidate("rec", place=TrackPlace(release, 3, track, 0.25))))
    assert rows == (
        Statement(EvidenceSource.MUSICBRAINZ, "album", "release-Compass"),
        Statement(EvidenceSource.MUSICBRAINZ, "release-track", "track-North"),
        Statement(EvidenceSource.TRACK_LIST, "track", "3-7 North", 0.25),
    )


def test_a_recording_is_a_statement_of_musicbrainz_only_where_it_described_it(build):
    known = Entities({Mbid("rec"): build.recording("North", mbid="rec")})
    assert rows_of(decided(candidate("rec")), entities=known) == (
        Statement(EvidenceSource.MUSICBRAINZ, "recording", "rec"),
    )
    assert rows_of(decided(candidate("other")), entities=known) == ()


def test_of_acoustids_recordings_those_of_the_best_candidate_and_those_without_a_name_are_kept(build):
    heard = [build.heard("North", mbid=mbid) for mbid in ("won", "same-song", "lost", "nameless")]
    decision = decided(candidate("won", others=("same-song",)), candidate("lost"), unnamed=(Mbid("nameless"),))
    rows = rows_of(decision, answer=build.answer(*heard, score=0.9))
    a = EvidenceSource.ACOUSTID
    assert rows == (
        Statement(a, "acoustid", "acoustid", 0.9),
        *(Statement(a, "recording", mbid, 0.9) for mbid in ("won", "same-song", "nameless")),
    )


def test_a_fingerprint_that_fits_badly_is_evidence_and_its_recordings_are_not(build):
    rows = rows_of(decided(candidate("won")), answer=build.answer(build.heard("North", mbid="won"), score=0.49))
    assert [row.kind for row in rows] == ["acoustid"]


def test_without_a_candidate_only_statements_and_the_acoustids_are_evidence(build):
    stated = (Statement(EvidenceSource.TAG_TEXT, "title", "North"),)
    rows = rows_of(decided(), answer=build.answer(build.heard("North")), statements=stated)
    assert rows == (*stated, Statement(EvidenceSource.ACOUSTID, "acoustid", "acoustid", 0.98))


def test_of_equal_rows_the_first_is_kept():
    one = Statement(EvidenceSource.TAG_TEXT, "title", "North")
    other = Statement(EvidenceSource.TAG_TEXT, "title", "South")
    repeated = Statement(EvidenceSource.TAG_TEXT, "title", "North", 0.5)
    rows = rows_of(decided(), statements=(one, other, repeated))
    assert (len(rows), set(rows)) == (2, {one, other})


def test_the_ten_best_candidates_are_kept_in_order():
    candidates = [candidate(f"rec-{number}") for number in range(12)]
    assert [row.recording for row in candidate_rows(decided(*candidates))] == [f"rec-{n}" for n in range(10)]
