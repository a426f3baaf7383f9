"""From the decision about a group to the links of its files: one message per file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Final

from passagework.domain.identification.evidence.evidence import GroupEvidence, PassageEvidence
from passagework.domain.identification.linking.entities import (
    Entities,
    acoustid_place,
    acoustid_recordings,
    acoustid_song,
    entities_of,
)
from passagework.domain.identification.linking.evidence_rows import candidate_rows, evidence_rows
from passagework.domain.identification.linking.stated_links import link_as_stated
from passagework.domain.identification.scoring.confidence import Band
from passagework.domain.identification.scoring.decision import decide
from passagework.domain.identification.scoring.explanation import Candidate, GroupDecision, PassageDecision, TrackPlace
from passagework.domain.ids import Guid, Mbid
from passagework.domain.links import NO_RECORDING, Doubt, FileLinks, LinkState, PassageLinks
from passagework.domain.music import AlbumPlace, Song, SongSpan
from passagework.domain.units import TICKS_PER_SECOND, Ticks, seconds
from passagework.domain.waiting import WaitingFile, WaitingPassage

_MEDLEY_SECONDS: Final = 5.0
"""The parts of a medley, one after the other, are together as long as the passage, within this tolerance."""

_HIDDEN_SECONDS: Final = 10.0
"""The parts of a track with a hidden song, with the silence between them, are as long as it, within this tolerance."""

_STATES: Final = {
    Band.ACCEPT: LinkState.LINKED,
    Band.LIKELY: LinkState.LIKELY,
    Band.PROPOSAL: LinkState.PROPOSAL,
    Band.UNIDENTIFIED: LinkState.UNIDENTIFIED,
}


def identify(
    files: Sequence[WaitingFile],
    evidence: GroupEvidence,
    stated_ns: int | None,
    standing: frozenset[Guid] = frozenset(),
) -> tuple[FileLinks, ...]:
    """Decide what the passages of a group are. All decisions are made here, whichever services were asked.

    There are two cases:

    - No service has answered: none is asked, or the statements left nothing to ask. The statements count as they are;
      nothing is weighed, so there are no candidates, no confidence and no doubts.
    - A service has answered: all evidence is weighed, including the statements.

    ``stated_ns`` is when the oldest of the answers was given. ``standing`` are passages that keep their decision.
    """
    decision = decide(evidence) if evidence.answered else None
    return link_group(files, evidence, decision, stated_ns, standing)


def link_group(
    files: Sequence[WaitingFile],
    evidence: GroupEvidence,
    decision: GroupDecision | None,
    stated_ns: int | None = None,
    standing: frozenset[Guid] = frozenset(),
) -> tuple[FileLinks, ...]:
    """Return the links of a group by file, without files of which every passage keeps its decision.

    ``decision`` None: nothing was answered. Passages with a doubt, and proposals, are linked to nothing and keep their
    candidates.
    """
    passages = {one.key: one for one in evidence.passages}
    weighed = _Weighed(evidence, entities_of(evidence, stated_ns), decision.by_passage) if decision else None
    links = []
    for file in files:
        linked = []
        for waiting in file.passages:
            if waiting.guid not in standing:
                passage = passages[waiting.guid]
                stated = link_as_stated(file, waiting, passage)
                linked.append(_link(_Case(file, waiting, stated, passage, weighed)) if weighed else stated)
        if linked:
            links.append(FileLinks(file.path, tuple(linked), file.revision))
    return tuple(links)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What is known about the whole group."""

    evidence: GroupEvidence
    entities: Entities
    decisions: Mapping[Guid, PassageDecision]


@dataclass(frozen=True, slots=True)
class _Case:
    """A passage with everything that is known about it. ``stated`` are the links by what is stated alone."""

    file: WaitingFile
    waiting: WaitingPassage
    stated: PassageLinks
    passage: PassageEvidence
    group: _Weighed

    @property
    def decided(self) -> PassageDecision:
        """Return the decision about the passage."""
        return self.group.decisions[self.waiting.guid]

    @property
    def names_a_release_nobody_looked_up(self) -> bool:
        """Return whether a release is stated that was not looked up."""
        known = {mbid for release in self.group.evidence.releases for mbid in (release.mbid, release.asked_as)}
        return self.stated.album is not None and self.stated.album.album.mbid not in known


def _link(case: _Case) -> PassageLinks:
    decided, stated = case.decided, case.stated
    rows = evidence_rows(case.passage, decided, case.group.entities)
    links = PassageLinks(
        case.waiting.guid,
        LinkState.LIKELY if (hidden := _is_hidden_part(case)) else _state(case),
        (),
        None,
        rows,
        "what follows the silence of a track with a hidden song" if hidden else decided.reason,
        candidate_rows(decided),
        decided.confidence if decided.candidates else None,
        decided.weights,
        decided.doubts,
    )
    if case.waiting.decided == NO_RECORDING:
        return replace(links, state=stated.state, reason=stated.reason)
    if case.waiting.decided is not None:
        return _as_a_person_says(case, links, case.waiting.decided)
    if (medley := _medley(case)) and not _other_than(medley, decided):
        album = _album(case, decided.winner) if decided.winner else None
        reason = f"the {len(medley)} recordings that {case.passage.stated.named_by} are together as long as the passage"
        return replace(links, state=LinkState.LIKELY, songs=medley, album=album, reason=reason, doubts=frozenset())
    if links.state in (LinkState.LINKED, LinkState.LIKELY) and (winner := decided.winner) is not None:
        songs = _over_all(case.waiting, _song(case, winner.recording))
        return replace(links, songs=songs, album=_album(case, winner))
    if not decided.candidates and stated.album and not stated.songs and case.names_a_release_nobody_looked_up:
        return replace(links, state=stated.state, album=stated.album, reason=stated.reason)
    return links


def _state(case: _Case) -> LinkState:
    """Return the state. A doubt makes a proposal; what nothing identifies is TEXT_ONLY if its tags name it."""
    if case.decided.accepted:
        return LinkState.LINKED
    if case.decided.doubts:
        return LinkState.PROPOSAL
    state = _STATES[case.decided.band]
    if state is LinkState.UNIDENTIFIED and case.stated.state is not LinkState.UNIDENTIFIED:
        return LinkState.TEXT_ONLY
    return state


def _is_hidden_part(case: _Case) -> bool:
    """Return whether a passage completes the track to which an earlier passage of its file will be linked.

    "A / [silence] / B" is one recording. Its parts are passages, and no service may know them separately.
    """
    place = case.decided.winner.place if case.decided.winner else None
    length = place and (place.track.milliseconds or place.track.recording.milliseconds)
    if place is None or not length or case.decided.doubts:
        return False
    for waiting in case.file.passages:
        if waiting.guid == case.waiting.guid:
            break
        first = case.group.decisions.get(waiting.guid)
        if first is None or not first.winner or not first.winner.place or first.winner.place.track != place.track:
            continue
        whole = seconds(case.waiting.end) - seconds(waiting.start)
        return first.settled and abs(whole - length / 1000) <= _HIDDEN_SECONDS
    return False


def _as_a_person_says(case: _Case, links: PassageLinks, recording: Mbid) -> PassageLinks:
    """Link the recording that a person named, on the album of the passage or one that has the recording."""
    song = _song(case, recording)
    winner = case.decided.winner
    album = case.stated.album
    if winner is not None and winner.place is not None and winner.recording == song.mbid:
        album = case.group.entities.place(winner.place)
    elif (place := _find(case.group.evidence, song.mbid)) is not None:
        album = case.group.entities.place(place)
    return replace(
        links,
        state=LinkState.LINKED,
        songs=_over_all(case.waiting, song),
        album=album,
        reason=case.stated.reason,
        doubts=frozenset(),
    )


def _song(case: _Case, recording: Mbid) -> Song:
    """Describe a recording: as MusicBrainz has it, else as AcoustID does, else as the tags do."""
    if (song := case.group.entities.song(recording)) is not None:
        return song
    tagged = next((span.song for span in case.stated.songs if span.song.mbid == recording), None)
    found = next(
        (one for _, one in acoustid_recordings(case.passage.answer) if one.mbid == recording and one.title), None
    )
    if found is None:
        return tagged or Song(recording, None, (), ())
    song = acoustid_song(found)
    return replace(song, works=tagged.works) if tagged else song


def _album(case: _Case, winner: Candidate) -> AlbumPlace | None:
    if winner.place is not None:
        return case.group.entities.place(winner.place)
    if case.names_a_release_nobody_looked_up:
        return case.stated.album
    found = (one for _, one in acoustid_recordings(case.passage.answer) if one.mbid == winner.recording)
    return next((place for one in found if (place := acoustid_place(one)) is not None), None)


def _find(evidence: GroupEvidence, recording: Mbid) -> TrackPlace | None:
    for release in evidence.releases:
        for medium in release.media:
            for track in medium.tracks:
                if track.recording.mbid == recording:
                    return TrackPlace(release, medium.position, track, 0.0)
    return None


def _over_all(waiting: WaitingPassage, song: Song) -> tuple[SongSpan, ...]:
    return (SongSpan(song, Ticks(0), Ticks(waiting.end - waiting.start)),)


def _other_than(medley: tuple[SongSpan, ...], decided: PassageDecision) -> bool:
    """Return whether a doubt remains about a medley; that its parts are equally likely is no doubt."""
    parts = {span.song.mbid for span in medley}
    return Doubt.CONFLICT in decided.doubts or any(one.recording not in parts for one in decided.candidates[:2])


def _medley(case: _Case) -> tuple[SongSpan, ...]:
    """Place the stated recordings one after the other in the passage, if they are parts of a medley.

    They are if MusicBrainz knows all lengths and their sum is the length of the passage; otherwise return nothing.
    """
    parts = dict.fromkeys(case.group.entities.recordings.get(mbid) for mbid in case.passage.stated.recordings)
    lengths = [part.milliseconds / 1000 if part and part.milliseconds else 0.0 for part in parts]
    length = Ticks(case.waiting.end - case.waiting.start)
    if len(lengths) < 2 or min(lengths) <= _MEDLEY_SECONDS:  # noqa: PLR2004 - one song is no medley
        return ()
    if abs(sum(lengths) - seconds(length)) > _MEDLEY_SECONDS:
        return ()
    inner = [Ticks(round(end * TICKS_PER_SECOND)) for end in accumulate(lengths[:-1])]
    songs = [_song(case, part.mbid) for part in parts if part is not None]
    bounds = pairwise((Ticks(0), *inner, length))
    return tuple(SongSpan(song, start, end) for song, (start, end) in zip(songs, bounds, strict=True))
