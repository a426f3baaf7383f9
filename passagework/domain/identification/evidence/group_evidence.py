"""From files that wait to evidence: what their tags state, and what was answered about them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from passagework.domain.acoustid import AcoustidAnswer, AcoustidResult
from passagework.domain.identification.evidence.evidence import GroupEvidence, PassageEvidence, TagStatements
from passagework.domain.ids import Guid, Mbid
from passagework.domain.musicbrainz import MbRecording, MbRelease
from passagework.domain.units import seconds
from passagework.domain.waiting import WaitingFile, WaitingPassage


def tag_statements(file: WaitingFile) -> TagStatements:
    """Give what the tags of a file state about each of its passages.

    In a file of several passages title, track number, and the ids of recordings and tracks belong to none by itself.
    Nothing that identification itself found is among them.
    """
    tags = file.tags
    artists = tuple(dict.fromkeys(name for name in (tags.artist_credit, *tags.artists) if name))
    if file.passage_count != 1:
        return TagStatements(
            artists=artists,
            album=tags.album,
            disc_number=tags.disc_number,
            release=tags.release_id,
            release_group=tags.release_group_id,
        )
    return TagStatements(
        tags.title,
        artists,
        tags.album,
        tags.track_number,
        tags.disc_number,
        tuple(dict.fromkeys(tags.recording_ids)),
        tags.release_track_id,
        tags.release_id,
        tags.release_group_id,
    )


def build_evidence(
    files: Sequence[WaitingFile],
    heard: Mapping[Guid, AcoustidAnswer],
    releases: Sequence[MbRelease] = (),
    recordings: Sequence[MbRecording] = (),
    named: Mapping[Guid, tuple[Mbid, ...]] = MappingProxyType({}),
) -> GroupEvidence:
    """Put together what the tags of a group of files state and what was answered. Passages keep their order."""
    passages = tuple(
        PassageEvidence(one.guid, number, length_of(one), stated, heard.get(one.guid), named.get(one.guid, ()))
        for number, (file, stated) in enumerate(zip(files, map(tag_statements, files), strict=True))
        for one in file.passages
    )
    return GroupEvidence(passages, tuple(releases), tuple(recordings))


def length_of(passage: WaitingPassage) -> float:
    """Give the length of a passage in seconds."""
    return seconds(passage.end) - seconds(passage.start)


def join_answers(answers: Sequence[AcoustidAnswer]) -> AcoustidAnswer:
    """Make one answer of those to the same passage with other bounds: of each AcoustID the result that fits best."""
    best: dict[str, AcoustidResult] = {}
    for answer in answers:
        for result in answer.results:
            if result.acoustid not in best or best[result.acoustid].score < result.score:
                best[result.acoustid] = result
    return AcoustidAnswer(tuple(sorted(best.values(), key=lambda result: (-result.score, result.acoustid))))
