"""Which passages of a group are which tracks of the releases that were looked up."""

from collections.abc import Sequence
from typing import Final

from passagework.domain.identification.assignment import assign
from passagework.domain.identification.clusters import same_song
from passagework.domain.identification.confidence import TermKind, Weights
from passagework.domain.identification.evidence import GroupEvidence, PassageEvidence
from passagework.domain.identification.known_releases import KnownReleases, Slot
from passagework.domain.identification.likeness import album_likeness
from passagework.domain.identification.pool import Pool, Pooled
from passagework.domain.identification.terms import Heard, collect_terms
from passagework.domain.ids import Mbid

UNPLACED_COST: Final = 1.0
"""A passage is left without a track when the evidence against the best one outweighs this much log-odds.

A length that is all that speaks, and is about 20 s off, stays just below it; a wrong title is far above.
"""

_TIED: Final = 0.25
"""Releases whose evidence per passage differs by less are held to be tied: editions of one album."""

_NO_DATE: Final = "9999"

Placed = dict[int, tuple[Slot, float]]
"""By index of the passage: its track, and the log-odds that speak for it."""


def place(
    group: GroupEvidence, pools: Sequence[Pool], known: KnownReleases, weights: Weights
) -> tuple[Placed, tuple[Mbid, ...]]:
    """Lay the passages on releases: the best release first, what is left over on the next best.

    Ties go to what is no compilation, whose title is most like the album tag, that has as many tracks as there are
    passages, that is official, that is earliest. Give the placements, and the releases in that order.
    """
    placed: Placed = {}
    chosen: list[Mbid] = []
    releases = [slots for slots in known.slots if slots]
    while releases and len(placed) < len(group.passages):
        waiting = [index for index in range(len(group.passages)) if index not in placed]
        laid = [(slots, _lay(group, pools, known, weights, waiting, slots)) for slots in releases]
        slots, best = max(laid, key=lambda one: _rank(one[0], one[1], group, len(waiting)))
        if not best:
            break
        placed.update(best)
        chosen.append(slots[0].release.mbid)
        releases = [one for one in releases if one is not slots]
    return placed, tuple(chosen)


def _lay(
    group: GroupEvidence,
    pools: Sequence[Pool],
    known: KnownReleases,
    weights: Weights,
    waiting: Sequence[int],
    slots: Sequence[Slot],
) -> Placed:
    """Assign waiting passages to the tracks of one release."""
    affinities = [
        [_affinity(group.passages[index], pools[index], slot, known, weights) for slot in slots] for index in waiting
    ]
    costs = [[-value for value in line] for line in affinities]
    tracks = assign(costs, [group.passages[index].file for index in waiting], UNPLACED_COST)
    return {
        index: (slots[track], line[track])
        for index, line, track in zip(waiting, affinities, tracks, strict=True)
        if track is not None
    }


def _affinity(passage: PassageEvidence, pool: Pool, slot: Slot, known: KnownReleases, weights: Weights) -> float:
    """Give the log-odds that a passage is this track, without what holds for all tracks and passages."""
    song = tuple(
        one
        for one in pool.recordings.values()
        if one.fit and (one.named.mbid == slot.named.mbid or same_song(one.named, slot.named))
    )
    heard = Heard(max((one.fit for one in song), default=0.0), pool.share(song))
    terms = collect_terms(passage, Pooled(slot.named), slot, heard, None, known, weights)
    return sum(term.contribution for term in terms if term.kind is not TermKind.BASE)


def _rank(slots: Sequence[Slot], placed: Placed, group: GroupEvidence, waiting: int) -> tuple[object, ...]:
    release = slots[0].release
    total = sum(affinity + UNPLACED_COST for _, affinity in placed.values())
    tags = {passage.tags.album for passage in group.passages if passage.tags.album is not None}
    return (
        round(total / waiting / _TIED),
        "Compilation" not in release.group.secondary_kinds,
        round(max((album_likeness(tag, release.title) for tag in tags), default=0.0), 2),
        -abs(len(slots) - waiting),
        release.status == "Official",
        _Earlier(release.date or _NO_DATE),
        _Earlier(release.mbid),
    )


class _Earlier(str):
    """A text that ranks higher the earlier it comes in the alphabet."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)

    def __gt__(self, other: str) -> bool:
        return str.__lt__(self, other)
