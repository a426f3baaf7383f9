"""The decision of identification: what each passage of a group is, how sure that is, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from passagework.domain.identification.evidence.evidence import GroupEvidence, PassageEvidence
from passagework.domain.identification.evidence.normalise import title_key
from passagework.domain.identification.scoring.confidence import (
    CAPS,
    FAR_SECONDS,
    LEAD,
    WEIGHTS,
    Band,
    Cap,
    Term,
    TermKind,
    Weights,
    band_of,
    confidences,
)
from passagework.domain.identification.scoring.explanation import (
    AlbumVote,
    Candidate,
    GroupDecision,
    PassageDecision,
    TrackPlace,
)
from passagework.domain.identification.scoring.folder_votes import shared_with_others, vote
from passagework.domain.identification.scoring.known_releases import KnownReleases, Slot, know
from passagework.domain.identification.scoring.placement import Placed, place
from passagework.domain.identification.scoring.possible import Possibilities, Possible, possibilities
from passagework.domain.identification.scoring.terms import Context, FingerprintMatch, collect_terms, seconds_off
from passagework.domain.ids import Mbid
from passagework.domain.links import Doubt

_SUPPORTING_TITLE: Final = 0.6
"""The least value of its term (80 % alike) at which a title supports a fingerprint."""

_PLAUSIBLE: Final = 0.5
"""Two candidates are ambiguous only if one of them is more likely than not."""

_DIGITS: Final = 9
"""Digits that count when candidates are sorted; beyond them, sums depend on the order of addition. Of equal ones, a
title that names no version ("live", "remix") comes first, since it is more common."""

_STEPS: Final = (3.0, 10.0, 30.0)
"""Steps of the difference of length, in seconds, by which one recording of a song is chosen."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Values of the whole group while its passages are decided."""

    evidence: GroupEvidence
    known: KnownReleases
    votes: dict[Mbid, AlbumVote]
    placed: Placed
    weights: Weights


def decide(group: GroupEvidence, weights: Weights = WEIGHTS) -> GroupDecision:
    """Decide what the passages of a group are.

    Works with any evidence. Without releases it finds from fingerprints and votes which albums to look up; with
    releases it places the passages on tracks. The same evidence always gives exactly the same decision.
    """
    known = know(group.releases, group.recordings)
    of_passages = [possibilities(passage, known) for passage in group.passages]
    albums = vote(group.passages)
    placed, releases = place(group, of_passages, known, weights)
    shared = _Group(group, known, {album.group: album for album in albums}, placed, weights)
    decided = tuple(_decide(index, of_passages[index], shared) for index in range(len(of_passages)))
    return GroupDecision(decided, albums, releases)


def _decide(index: int, possible: Possibilities, group: _Group) -> PassageDecision:
    passage = group.evidence.passages[index]
    slot, _ = group.placed.get(index, (None, 0.0))
    if slot is not None:
        possible = possible.with_recordings([slot.named])
    songs = possible.songs()
    scored = [_score(index, song, possible, group) for song in songs]
    chances = confidences(sum(term.contribution for term in terms) for _, terms in scored)
    candidates = sorted(
        (
            _candidate(index, song, chosen, terms, chance, possible, group)
            for song, (chosen, terms), chance in zip(songs, scored, chances, strict=True)
        ),
        key=lambda one: (
            -round(one.confidence, _DIGITS),
            -round(one.log_odds, _DIGITS),
            len(title_key(one.title).versions),
            one.recording,
        ),
    )
    doubts = _doubts(candidates)
    band = band_of(candidates[0].confidence) if candidates else Band.UNIDENTIFIED
    if Doubt.AMBIGUOUS in doubts and band is Band.UNIDENTIFIED:
        band = Band.PROPOSAL
    reason = _reason(passage, candidates, doubts, possible)
    return PassageDecision(
        passage.key, tuple(candidates), band, doubts, reason, possible.unnamed, group.weights.version
    )


def _score(
    index: int, song: Sequence[Possible], possible: Possibilities, group: _Group
) -> tuple[Possible, tuple[Term, ...]]:
    """Choose the recording that represents a song, and collect its terms."""
    match = FingerprintMatch(max(one.fit for one in song), possible.share(song))
    passage = group.evidence.passages[index]
    contexts = {one.named.mbid: _context(index, one, group) for one in song}
    own = {group.known.current(mbid) for mbid in passage.stated.recordings}

    def preference(one: Possible) -> tuple[object, ...]:
        slot = _slot(index, one, group)
        context = contexts[one.named.mbid]
        off = seconds_off(passage, one, slot)
        return (
            one.named.mbid not in own,
            slot is None,
            -round(context.share, 2) if context else 0,
            sum(off is None or off > step for step in _STEPS),
            not one.on_plain_album,
            one.earliest,
            -one.votes,
            off is None,
            off or 0.0,
        )

    chosen = min(song, key=preference)
    slot = _slot(index, chosen, group)
    context = contexts[chosen.named.mbid]
    return chosen, collect_terms(passage, chosen, slot, match, context, group.known, group.weights)


def _slot(index: int, one: Possible, group: _Group) -> Slot | None:
    """Return the track on which the passage was placed, if it has this recording."""
    slot, _ = group.placed.get(index, (None, 0.0))
    return slot if slot is not None and slot.named.mbid == one.named.mbid else None


def _context(index: int, one: Possible, group: _Group) -> Context | None:
    """Return the share of the other passages on the same album: by votes, or placed on the same release."""
    if len(group.evidence.passages) < 2:  # noqa: PLR2004 - alone, a passage has no context
        return None
    share, album = shared_with_others(one.groups, group.votes)
    best = Context(share, album.title or "" if album else "")
    slot = _slot(index, one, group)
    if slot is not None:
        release = slot.release
        others = sum(
            other != index and affinity > 0.0 and found.release is release
            for other, (found, affinity) in group.placed.items()
        )
        placed = others / (len(group.evidence.passages) - 1)
        if placed > best.share:
            best = Context(placed, release.title)
    return best


def _candidate(
    index: int,
    song: Sequence[Possible],
    chosen: Possible,
    terms: tuple[Term, ...],
    chance: float,
    possible: Possibilities,
    group: _Group,
) -> Candidate:
    passage = group.evidence.passages[index]
    slot = _slot(index, chosen, group)
    caps = _caps(passage, song, terms, seconds_off(passage, chosen, slot), possible, group)
    confidence = min((chance, *(CAPS[cap] for cap in caps)))
    where = None
    if slot is not None:
        where = TrackPlace(slot.release, slot.medium, slot.track, group.placed[index][1])
    return Candidate(
        chosen.named.mbid,
        chosen.named.title,
        chosen.named.artist_names,
        chosen.named.seconds,
        tuple(one.named.mbid for one in song),
        terms,
        sum(term.contribution for term in terms),
        confidence,
        caps,
        where,
    )


def _caps(
    passage: PassageEvidence,
    song: Sequence[Possible],
    terms: tuple[Term, ...],
    off: float | None,
    possible: Possibilities,
    group: _Group,
) -> tuple[Cap, ...]:
    """Return the caps of a candidate."""
    value = {term.kind: term.value for term in terms}
    by_id = TermKind.MBID_CONFIRMED in value or TermKind.OWN_RECORDING_MBID in value
    matched = value.get(TermKind.FINGERPRINT, 0.0) > 0.0
    supported = (
        value.get(TermKind.TITLE, 0.0) >= _SUPPORTING_TITLE
        or value.get(TermKind.ALBUM_CONTEXT, 0.0) > 0.0
        or value.get(TermKind.DURATION_NEAR, 0.0) > 0.0
    )
    named = {group.known.current(mbid) for mbid in passage.stated.recordings}
    stated = any(one.named.mbid in named for one in song)
    caps = []
    if not by_id and not matched:
        caps.append(Cap.TEXT_ONLY)
    if not by_id and matched and not supported:
        caps.append(Cap.FINGERPRINT_ALONE)
    if off is not None and off > FAR_SECONDS:
        caps.append(Cap.DURATION_FAR)
    if stated and not matched and possible.clear_match and not possible.unnamed:
        caps.append(Cap.CONFLICT)
    return tuple(caps)


def _doubts(candidates: Sequence[Candidate]) -> frozenset[Doubt]:
    doubts = set()
    if any(Cap.CONFLICT in candidate.caps for candidate in candidates):
        doubts.add(Doubt.CONFLICT)
    if len(candidates) > 1:
        first, second = candidates[0].confidence, candidates[1].confidence
        if first - second < LEAD and first + second >= _PLAUSIBLE:
            doubts.add(Doubt.AMBIGUOUS)
    return frozenset(doubts)


def _reason(
    passage: PassageEvidence, candidates: Sequence[Candidate], doubts: frozenset[Doubt], possible: Possibilities
) -> str:
    """Return the reason for the decision, in one line."""
    if not candidates:
        if possible.unnamed:
            return f"AcoustID knows {len(possible.unnamed)} recordings, all without a title: merged or deleted"
        return "AcoustID has no match" if passage.answer is not None else "no evidence says what it is"
    first = candidates[0]
    parts = [term.note for term in first.terms if term.kind is not TermKind.BASE]
    parts.extend(f"confidence limited: {cap.value}" for cap in first.caps)
    if Doubt.CONFLICT in doubts:
        parts.append(f"{passage.stated.named_by} a recording that AcoustID does not find")
    if Doubt.AMBIGUOUS in doubts:
        parts.append(f'"{candidates[1].title}" is as likely')
    return "; ".join(dict.fromkeys(parts))
