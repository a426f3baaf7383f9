"""The terms of the sum for one recording and one passage; kinds without evidence have no term."""

from collections.abc import Iterator
from dataclasses import dataclass

from passagework.domain.identification.evidence.evidence import PassageEvidence
from passagework.domain.identification.evidence.likeness import album_likeness, name_likeness, title_likeness
from passagework.domain.identification.scoring.confidence import (
    FAR_SECONDS,
    NEAR_SECONDS,
    Term,
    TermKind,
    Weights,
)
from passagework.domain.identification.scoring.known_releases import KnownReleases, Slot
from passagework.domain.identification.scoring.possible import Possible


@dataclass(frozen=True, slots=True)
class FingerprintMatch:
    """How the fingerprint fits a song: the best gate of its recordings, and its share of the votes; 0: no match."""

    fit: float = 0.0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Context:
    """The share of the other passages of the group on the same album, and its name."""

    share: float = 0.0
    album: str = ""


def collect_terms(
    passage: PassageEvidence,
    possible: Possible,
    slot: Slot | None,
    match: FingerprintMatch,
    context: Context | None,
    known: KnownReleases,
    weights: Weights,
) -> tuple[Term, ...]:
    """List the terms. ``slot`` is the track on which the passage was placed, if it has this recording.

    ``context`` None: the passage has no group. Titles, names and album compare the tags with every name known.
    """
    found = [
        (TermKind.BASE, 1.0, "before any evidence"),
        *_ids(passage, possible, slot, known),
        *_fingerprint(passage, match),
        *_texts(passage, possible, slot),
        *_album(context),
        *_number(passage, slot),
        *_duration(seconds_off(passage, possible, slot)),
    ]
    return tuple(Term(kind, value, weights.of[kind], note) for kind, value, note in found)


def seconds_off(passage: PassageEvidence, possible: Possible, slot: Slot | None) -> float | None:
    """Return the difference of length between passage and track or recording; None if it is no evidence.

    A passage may be one part of a track with a hidden song; then only an equal length is evidence.
    """
    length = slot.seconds if slot and slot.seconds is not None else possible.named.seconds
    if length is None:
        return None
    off = abs(passage.seconds - length)
    return None if slot is not None and len(slot.parts) > 1 and off > NEAR_SECONDS else off


_Found = tuple[TermKind, float, str]


def _ids(passage: PassageEvidence, possible: Possible, slot: Slot | None, known: KnownReleases) -> Iterator[_Found]:
    stated = passage.stated
    own = possible.named.mbid in {known.current(mbid) for mbid in stated.recordings}
    if slot is not None:
        same_track = stated.release_track == slot.track.mbid
        same_release = stated.release is not None and known.current(stated.release) == slot.release.mbid
        off = seconds_off(passage, possible, slot)
        if (same_track or (same_release and own)) and (off is None or off <= FAR_SECONDS):
            what = "track" if same_track else "release and recording"
            yield TermKind.MBID_CONFIRMED, 1.0, f"{stated.named_by} this {what}, and MusicBrainz has it so"
    if own:
        yield TermKind.OWN_RECORDING_MBID, 1.0, f"{stated.named_by} this recording"


def _fingerprint(passage: PassageEvidence, match: FingerprintMatch) -> Iterator[_Found]:
    if passage.answer is not None and passage.answer.results:
        note = f"fingerprint match, {match.share:.0%} of the submissions" if match.fit else "no fingerprint match"
        yield TermKind.FINGERPRINT, match.fit * match.share, note


def _texts(passage: PassageEvidence, possible: Possible, slot: Slot | None) -> Iterator[_Found]:
    stated = passage.stated
    titles = slot.titles if slot else (possible.named.title,)
    if stated.title is not None and any(titles):
        alike = max(title_likeness(stated.title, title) for title in titles if title)
        yield TermKind.TITLE, 2 * alike - 1, f"title {alike:.0%} alike"
    if stated.artists and possible.named.artist_names:
        alike = name_likeness(stated.artists, possible.named.artist_names)
        yield TermKind.ARTIST, 2 * alike - 1, f"artist {alike:.0%} alike"
    albums = (slot.release.title,) if slot else tuple(g.title for g in possible.groups.values() if g.title)
    if stated.album is not None and albums:
        alike = max(album_likeness(stated.album, album) for album in albums)
        yield TermKind.ALBUM, 2 * alike - 1, f"album {alike:.0%} alike"


def _album(context: Context | None) -> Iterator[_Found]:
    if context is not None:
        note = f'{context.share:.0%} of the others are on "{context.album}"' if context.share else "on no common album"
        yield TermKind.ALBUM_CONTEXT, context.share, note


def _number(passage: PassageEvidence, slot: Slot | None) -> Iterator[_Found]:
    stated = passage.stated
    if slot is not None and stated.track_number is not None:
        same = stated.track_number == slot.track.position and stated.disc_number in (None, slot.medium)
        yield TermKind.TRACK_NUMBER, 1.0 if same else -1.0, "same track number" if same else "other track number"


def _duration(off: float | None) -> Iterator[_Found]:
    if off is not None:
        yield TermKind.DURATION_NEAR, 1.0 if off <= NEAR_SECONDS else 0.0, f"length {off:.1f} s off"
        yield TermKind.DURATION_OFF, min(off, FAR_SECONDS) / FAR_SECONDS, f"length {off:.1f} s off"
