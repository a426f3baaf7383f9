"""Which album a group of passages is: each passage votes for the release groups that AcoustID returns for it."""

from collections.abc import Iterable, Sequence
from typing import Final

from passagework.domain.acoustid import AcoustidAnswer, AcoustidReleaseGroup
from passagework.domain.identification.evidence.evidence import PassageEvidence
from passagework.domain.identification.evidence.likeness import album_likeness
from passagework.domain.identification.scoring.confidence import gate
from passagework.domain.identification.scoring.explanation import AlbumVote
from passagework.domain.ids import Mbid

_NO_DATE: Final = "9999"
_KINDS: Final = ("Album", "EP", "Single")


def vote(passages: Sequence[PassageEvidence]) -> tuple[AlbumVote, ...]:
    """Count the votes and put the release groups in order, best first.

    A passage has one vote for each release group of a recording that its fingerprint fits at least half. A tie is
    decided by, in this order: named by the tags, by MBID or title; no compilation; nearest number of tracks; album
    before EP before single; earliest; smallest MBID, so that all runs agree.
    """
    groups: dict[Mbid, AcoustidReleaseGroup] = {}
    voters: dict[Mbid, int] = {}
    matched = 0
    for passage in passages:
        ballot = _groups_of(passage.answer)
        matched += bool(ballot)
        for mbid, group in ballot.items():
            groups.setdefault(mbid, group)
            voters[mbid] = voters.get(mbid, 0) + 1
    tags = tuple(dict.fromkeys(p.stated.album for p in passages if p.stated.album is not None))
    tagged = frozenset(p.stated.release_group for p in passages if p.stated.release_group is not None)
    ranked = sorted(
        groups.values(),
        key=lambda group: (
            -voters[group.mbid],
            group.mbid not in tagged,
            -round(max((album_likeness(tag, group.title or "") for tag in tags), default=0.0), 1),
            "Compilation" in group.secondary_kinds,
            min((abs(r.track_count - len(passages)) for r in group.releases if r.track_count is not None), default=0),
            _KINDS.index(group.kind) if group.kind in _KINDS else len(_KINDS),
            bool(group.secondary_kinds),
            min((release.date or _NO_DATE for release in group.releases), default=_NO_DATE),
            group.mbid,
        ),
    )
    return tuple(
        AlbumVote(
            group.mbid,
            group.title,
            group.kind,
            group.secondary_kinds,
            voters[group.mbid],
            matched,
            _by_fit(group, len(passages)),
        )
        for group in ranked
    )


def shared_with_others(groups: Iterable[Mbid], votes: dict[Mbid, AlbumVote]) -> tuple[float, AlbumVote | None]:
    """Return the largest share of the *other* matched passages that vote for one of these groups, and that group."""
    best: tuple[float, AlbumVote | None] = (0.0, None)
    for mbid in groups:
        found = votes.get(mbid)
        if found is not None and found.matched > 1:
            share = (found.voters - 1) / (found.matched - 1)
            if share > best[0]:
                best = (share, found)
    return best


def _groups_of(answer: AcoustidAnswer | None) -> dict[Mbid, AcoustidReleaseGroup]:
    if answer is None:
        return {}
    return {
        group.mbid: group
        for result in answer.results
        if gate(result.score) > 0.0
        for recording in result.recordings
        if recording.title is not None
        for group in recording.groups
    }


def _by_fit(group: AcoustidReleaseGroup, passages: int) -> tuple[Mbid, ...]:
    """Sort the releases of an answer: as many tracks as passages first, then the earliest."""
    ranked = sorted(
        group.releases,
        key=lambda release: (
            abs(release.track_count - passages) if release.track_count is not None else passages,
            release.date or _NO_DATE,
            release.mbid,
        ),
    )
    return tuple(dict.fromkeys(release.mbid for release in ranked))
