"""What AcoustID states about a passage."""

from collections.abc import Iterator, Sequence

from passagework.domain.acoustid import AcoustidAnswer, AcoustidResult
from passagework.domain.evidence import EvidenceSource, Statement


def acoustid_statements(answer: AcoustidAnswer) -> Iterator[Statement]:
    """List the AcoustIDs, then the recordings, each with the score of the fingerprint as its strength."""
    for result in answer.results:
        yield Statement(EvidenceSource.ACOUSTID, "acoustid", result.acoustid, result.score)
    for result in answer.results:
        for recording in result.recordings:
            yield Statement(EvidenceSource.ACOUSTID, "recording", recording.mbid, result.score)


def join_answers(answers: Sequence[AcoustidAnswer]) -> AcoustidAnswer:
    """Merge the answers to one passage with different bounds: of each AcoustID the result that fits best."""
    best: dict[str, AcoustidResult] = {}
    for answer in answers:
        for result in answer.results:
            if result.acoustid not in best or best[result.acoustid].score < result.score:
                best[result.acoustid] = result
    return AcoustidAnswer(tuple(sorted(best.values(), key=lambda result: (-result.score, result.acoustid))))
