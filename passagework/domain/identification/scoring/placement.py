"""Which passages of a group are which tracks of the releases that were looked up."""

from collections.abc import Sequence
from typing import Final

from passagework.domain.identification.evidence.evidence import GroupEvidence, PassageEvidence
from passagework.domain.identification.evidence.likeness import album_likeness
from passagework.domain.identification.scoring.assignment import assign
from passagework.domain.identification.scoring.clusters import same_song
from passagework.domain.identification.scoring.confidence import TermKind, Weights
from passagework.domain.identification.scoring.known_releases import KnownReleases, Slot
from passagework.domain.identification.scoring.possible import Possibilities, Possible
from passagework.domain.identification.scoring.terms import FingerprintMatch, collect_terms
from passagework.domain.ids import Mbid

UNPLACED_COST: Final = 1.0
"""A passage gets no track if the evidence against the best one exceeds this, in log-odds.

A length that is about 17 s off, without other evidence, is just below it; a wrong title is far above.
"""

OTHER_MATCH_COST: Final = 1.0
"""Log-odds against a track if AcoustID clearly finds another recording for the passage.

Less than equal length and the order in one file count for it: a mix or a live recording follows its track list.
"""

_TIED: Final = 0.25
"""Releases whose evidence per passage differs by less are tied: editions of one album."""

_NO_DATE: Final = "9999"

Placed = dict[int, tuple[Slot, float]]
"""By index of the passage: its track, and the log-odds for it."""


def place(
    group: GroupEvidence, of_passages: Sequence[Possibilities], known: KnownReleases, weights: Weights
) -> tuple[Placed, tuple[Mbid, ...]]:
    """Place the passages on releases: on the best release first, the remaining ones on the next best.

    A tie is decided by, in this order: no compilation, title most like the album tag, as many tracks as passages,
    official, earliest. Return the placements, and the releases in order.
    """
    placed: Placed = {}
    chosen: list[Mbid] = []
    compared = [(slots, _compare(group, of_passages, known, weights, slots)) for slots in known.slots if slots]
    while compared and len(placed) < len(group.passages):
        waiting = [index for index in range(len(group.passages)) if index not in placed]
        laid = [_lay(group, affinities, waiting, slots) for slots, affinities in compared]
        ranks = [_rank(slots, found, group, len(waiting)) for (slots, _), found in zip(compared, laid, strict=True)]
        best = min(range(len(compared)), key=ranks.__getitem__)
        if not laid[best]:
            break
        placed.update(laid[best])
        chosen.append(compared.pop(best)[0][0].release.mbid)
    _continue_hidden(group.passages, placed)
    return placed, tuple(chosen)


def _compare(
    group: GroupEvidence,
    of_passages: Sequence[Possibilities],
    known: KnownReleases,
    weights: Weights,
    slots: Sequence[Slot],
) -> list[list[float]]:
    """Compare each passage (row) with each track of a release (column)."""
    return [
        [_affinity(passage, possible, slot, known, weights) for slot in slots]
        for passage, possible in zip(group.passages, of_passages, strict=True)
    ]


def _lay(
    group: GroupEvidence, affinities: Sequence[Sequence[float]], waiting: Sequence[int], slots: Sequence[Slot]
) -> Placed:
    """Assign the waiting passages to the tracks of one release."""
    costs = [[-value for value in affinities[index]] for index in waiting]
    tracks = assign(costs, [group.passages[index].file for index in waiting], UNPLACED_COST)
    return {
        index: (slots[track], affinities[index][track])
        for index, track in zip(waiting, tracks, strict=True)
        if track is not None
    }


def _affinity(
    passage: PassageEvidence, possible: Possibilities, slot: Slot, known: KnownReleases, weights: Weights
) -> float:
    """Return the log-odds that a passage is this track, without constants that all tracks share.

    If nothing can be compared, it is too low for any assignment.
    """
    song = tuple(
        one
        for one in possible.recordings.values()
        if one.fit and (one.named.mbid == slot.named.mbid or same_song(one.named, slot.named))
    )
    match = FingerprintMatch(max((one.fit for one in song), default=0.0), possible.share(song))
    terms = collect_terms(passage, Possible(slot.named), slot, match, None, known, weights)
    compared = [term.contribution for term in terms if term.kind is not TermKind.BASE]
    if not any(compared):
        return -2 * UNPLACED_COST
    return sum(compared) - (OTHER_MATCH_COST if possible.clear_match and not song else 0.0)


def _continue_hidden(passages: Sequence[PassageEvidence], placed: Placed) -> None:
    """Place unplaced passages after the first part of "A / [silence] / B" in one file on the same track."""
    for index in range(1, len(passages)):
        before = placed.get(index - 1)
        if before is None or index in placed or passages[index].file != passages[index - 1].file:
            continue
        slot = before[0]
        earlier = sum(found is slot for found, _ in placed.values())
        if earlier < len(slot.parts):
            placed[index] = (slot, 0.0)


def _rank(slots: Sequence[Slot], placed: Placed, group: GroupEvidence, waiting: int) -> tuple[object, ...]:
    """Return a key that sorts the best release first."""
    release = slots[0].release
    total = sum(affinity + UNPLACED_COST for _, affinity in placed.values())
    tags = {passage.stated.album for passage in group.passages if passage.stated.album is not None}
    return (
        -round(total / waiting / _TIED),
        "Compilation" in release.group.secondary_kinds,
        -round(max((album_likeness(tag, release.title) for tag in tags), default=0.0), 2),
        abs(len(slots) - waiting),
        release.status != "Official",
        release.date or _NO_DATE,
        release.mbid,
    )
