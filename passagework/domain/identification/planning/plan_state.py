"""What is known about a group while its plan is made: it grows in the order of the steps."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.identification.evidence.evidence import GroupEvidence, PassageEvidence
from passagework.domain.identification.evidence.group_evidence import stated_passages, with_answers
from passagework.domain.identification.planning.answers import Answers
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.scoring.confidence import FAR_SECONDS, TermKind
from passagework.domain.identification.scoring.decision import decide
from passagework.domain.identification.scoring.explanation import GroupDecision, PassageDecision
from passagework.domain.ids import Guid, Mbid
from passagework.domain.musicbrainz import MbMedium, MbRecording, MbRelease, MbTrack
from passagework.domain.waiting import WaitingFile, WaitingPassage

if TYPE_CHECKING:
    from passagework.domain.identification.planning.requests import AskAcoustid
    from passagework.domain.track_lists.track_list import NamedBy

_CONFIRMING_SECONDS = 10.0
"""With a larger difference of length, a recording does not confirm what the tags state (as in beets)."""

_CONFIRMING_TITLE = 0.6
"""The least value of its term (80 % alike) at which a title confirms what the tags state."""


class PlanState:
    """The evidence so far, and the decision from it."""

    def __init__(self, files: Sequence[WaitingFile], answers: Answers, capabilities: Capabilities) -> None:
        self.files = files
        self.held: dict[bytes, tuple[NamedBy, tuple[MbRelease, ...]]] = {}
        """The releases after which files are called."""
        self.cuts: dict[bytes, str | None] = {}
        """The files that are to be cut again, each by the track list of the release that it holds; None: by sound."""
        self._stated = stated_passages(files)
        self.waiting = {one.guid: one for file in files for one in file.passages}
        self.answers = answers
        self.capabilities = capabilities
        self._acoustid: dict[Guid, AcoustidAnswer] = {}
        self._named: dict[Guid, tuple[Mbid, ...]] = {}
        self.recalls: list[AskAcoustid] = []
        self._releases: dict[Mbid, MbRelease] = {}
        self._recordings: dict[Mbid, MbRecording] = {}
        self._known: set[Mbid] = set()
        self._on_releases: set[Mbid] = set()
        self._decision: GroupDecision | None = None

    @property
    def passages(self) -> tuple[PassageEvidence, ...]:
        """Return the passages with what is known about each."""
        return self.evidence().passages

    @property
    def releases(self) -> tuple[MbRelease, ...]:
        """Return the releases that were taken in."""
        return tuple(self._releases.values())

    def add_releases(self, releases: Iterable[MbRelease]) -> None:
        """Take in releases. Of two versions the tracks of both stay: a search lists only the track that it found."""
        for release in releases:
            known = self._releases.get(release.mbid)
            self._releases[release.mbid] = release if known is None else _joined(known, release)
            for medium in release.media:
                for track in medium.tracks:
                    self._on_releases.update(_ids(track.recording))
        self._decision = None

    def add_recording(self, recording: MbRecording) -> None:
        """Take in a recording that was looked up by itself."""
        self._recordings.setdefault(recording.mbid, recording)
        self._known.update(_ids(recording))
        self._decision = None

    def add_acoustid(self, passage: Guid, answer: AcoustidAnswer) -> None:
        """Take in what AcoustID answered about a passage."""
        self._acoustid[passage] = answer
        self._decision = None

    def add_named(self, passage: Guid, recordings: Iterable[Mbid]) -> None:
        """Take in recordings that a search for the text of a passage found."""
        self._named[passage] = tuple(recordings)
        self._decision = None

    def knows(self, recording: Mbid) -> bool:
        """Return whether MusicBrainz has described a recording, under this id or the one it was merged into."""
        return recording in self._known or recording in self._on_releases

    def knows_where(self, recording: Mbid) -> bool:
        """Return whether a known release has a recording."""
        return recording in self._on_releases

    def evidence(self) -> GroupEvidence:
        """Return the evidence so far."""
        passages = with_answers(self._stated, self._acoustid, self._named)
        return GroupEvidence(passages, self.releases, tuple(self._recordings.values()))

    def decision(self) -> GroupDecision:
        """Return the decision from the evidence so far."""
        if self._decision is None:
            self._decision = decide(self.evidence())
        return self._decision

    def pairs(self) -> Sequence[tuple[PassageEvidence, PassageDecision]]:
        """Return each passage with its decision."""
        return tuple(zip(self.passages, self.decision().passages, strict=True))

    def open(self) -> Sequence[tuple[PassageEvidence, PassageDecision]]:
        """Return the passages that are to be identified, each with its decision so far."""
        return [(passage, decided) for passage, decided in self.pairs() if self.is_open(passage.key)]

    def unconfirmed(self) -> tuple[PassageEvidence, ...]:
        """Return the passages whose tags are not confirmed by what they name, and about which no person has decided."""
        return tuple(
            passage
            for passage, decided in self.pairs()
            if self.waiting[passage.key].decided is None and not _confirms(passage, decided)
        )

    def is_open(self, passage: Guid) -> bool:
        """Return whether a passage is to be identified: its decision may change, and no person has decided."""
        return self.waiting[passage].decided is None and not self._stands(self.waiting[passage])

    def standing(self) -> frozenset[Guid]:
        """Return the passages that keep their decision."""
        return frozenset(guid for guid, waiting in self.waiting.items() if self._stands(waiting))

    def _stands(self, passage: WaitingPassage) -> bool:
        """Return whether a passage keeps its decision: it does not wait, and less is known about it now than before."""
        # An answer may have expired, and a service may be switched off: for neither a link is lost.
        return not passage.due and (
            passage.stands
            or (passage.heard and passage.guid not in self._acoustid)
            or (passage.looked_up and not self.capabilities.musicbrainz)
        )

    def unplaced(self) -> tuple[PassageEvidence, ...]:
        """Return the passages without a place on a release."""
        return tuple(passage for passage, decided in self.pairs() if not decided.winner or not decided.winner.place)


def _ids(recording: MbRecording) -> set[Mbid]:
    return {recording.mbid} if recording.asked_as is None else {recording.mbid, recording.asked_as}


def _joined(one: MbRelease, other: MbRelease) -> MbRelease:
    """Join two descriptions of a release: the words of the one with more tracks, and the tracks of both."""
    fuller, lesser = (other, one) if _listed(one) < _listed(other) else (one, other)
    media = {medium.position: medium for medium in fuller.media}
    for medium in lesser.media:
        known = media.get(medium.position)
        media[medium.position] = medium if known is None else _with_tracks(known, medium.tracks)
    return replace(fuller, media=tuple(media[position] for position in sorted(media)))


def _with_tracks(medium: MbMedium, more: Iterable[MbTrack]) -> MbMedium:
    """Add the tracks that a medium lacks, in their order."""
    there = {track.mbid for track in medium.tracks}
    if not (missing := [track for track in more if track.mbid not in there]):
        return medium
    return replace(medium, tracks=tuple(sorted((*medium.tracks, *missing), key=lambda track: track.position)))


def _listed(release: MbRelease) -> int:
    return sum(len(medium.tracks) for medium in release.media)


def _confirms(passage: PassageEvidence, decided: PassageDecision) -> bool:
    """Return whether MusicBrainz has what the tags name, with the length and the title of the passage."""
    winner = decided.winner
    if winner is None or decided.doubts:
        return False
    value = {term.kind: term.value for term in winner.terms}
    title = value.get(TermKind.TITLE)
    if TermKind.DURATION_OFF not in value or value[TermKind.DURATION_OFF] * FAR_SECONDS > _CONFIRMING_SECONDS:
        return False
    if title is not None and title < _CONFIRMING_TITLE:
        return False
    if TermKind.MBID_CONFIRMED in value or TermKind.OWN_RECORDING_MBID in value:
        return True
    release = winner.place.release if winner.place else None
    stated = passage.stated.release
    return title is not None and release is not None and stated in (release.mbid, release.asked_as)
