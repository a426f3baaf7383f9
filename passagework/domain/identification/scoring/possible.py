"""The recordings that a passage may be, from all evidence, grouped into songs."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from passagework.domain.acoustid import AcoustidRecording, AcoustidReleaseGroup
from passagework.domain.identification.evidence.evidence import PassageEvidence
from passagework.domain.identification.scoring.clusters import NamedRecording, cluster_songs
from passagework.domain.identification.scoring.confidence import FULL_GATE, gate
from passagework.domain.identification.scoring.known_releases import KnownReleases
from passagework.domain.ids import Mbid

_NO_DATE: Final = "9999"


@dataclass(frozen=True, slots=True)
class Possible:
    """A recording that a passage may be.

    ``fit`` is its best gate (0: AcoustID does not return it), ``votes`` its gated submissions.
    """

    named: NamedRecording
    fit: float = 0.0
    votes: float = 0.0
    groups: dict[Mbid, AcoustidReleaseGroup] = field(default_factory=dict)

    @property
    def on_plain_album(self) -> bool:
        """Return whether AcoustID has it on an album that is no compilation, live album, soundtrack or the like."""
        return any(group.kind == "Album" and not group.secondary_kinds for group in self.groups.values())

    @property
    def earliest(self) -> str:
        """Return the earliest release date in the answer of AcoustID; a late date if none is known."""
        dates = (release.date for group in self.groups.values() for release in group.releases)
        return min((date for date in dates if date), default=_NO_DATE)


@dataclass(frozen=True, slots=True)
class Possibilities:
    """The recordings a passage may be, those without a title in AcoustID, and whether any fingerprint fits well."""

    recordings: dict[Mbid, Possible]
    unnamed: tuple[Mbid, ...]
    clear_match: bool

    def songs(self) -> tuple[tuple[Possible, ...], ...]:
        """Group the recordings into songs."""
        all_of_them = tuple(self.recordings.values())
        clusters = cluster_songs([one.named for one in all_of_them])
        return tuple(tuple(all_of_them[index] for index in cluster) for cluster in clusters)

    def share(self, song: Iterable[Possible]) -> float:
        """Return a song's share of all votes for recordings with a name, 0 if AcoustID names none.

        A vote is a submission if the answer counts them, otherwise a recording.
        """
        total = sum(one.votes for one in self.recordings.values())
        return sum(one.votes for one in song) / total if total else 0.0

    def with_recordings(self, more: Iterable[NamedRecording]) -> "Possibilities":
        """Add recordings that AcoustID does not return; existing ones stay unchanged."""
        added = {named.mbid: Possible(named) for named in more}
        return replace(self, recordings={**added, **self.recordings})


def possibilities(passage: PassageEvidence, known: KnownReleases) -> Possibilities:
    """Collect the recordings of AcoustID, of statements, and of searches by text.

    Releases and recordings that were looked up give titles to ids without one.
    """
    recordings: dict[Mbid, Possible] = {}
    unnamed: list[Mbid] = []
    clear_match = False
    for result in passage.answer.results if passage.answer else ():
        fit = gate(result.score)
        for recording in result.recordings if fit else ():
            mbid = known.current(recording.mbid)
            named = known.recordings.get(mbid) or _named(recording, mbid)
            if named is None:
                unnamed.append(mbid)
                continue
            before = recordings.get(mbid) or Possible(named)
            votes = fit * (1 if recording.sources is None else recording.sources)
            groups = {**before.groups, **{group.mbid: group for group in recording.groups}}
            recordings[mbid] = Possible(named, max(fit, before.fit), before.votes + votes, groups)
            clear_match = clear_match or result.score >= FULL_GATE
    for stated in passage.stated.recordings:
        mbid = known.current(stated)
        if mbid not in recordings:
            named = known.recordings.get(mbid) or _stated(passage, mbid)
            recordings[mbid] = Possible(named)
    for found in passage.named:
        mbid = known.current(found)
        if mbid not in recordings and mbid in known.recordings:
            recordings[mbid] = Possible(known.recordings[mbid])
    return Possibilities(recordings, tuple(dict.fromkeys(unnamed)), clear_match)


def _named(recording: AcoustidRecording, mbid: Mbid) -> NamedRecording | None:
    if not recording.title:
        return None
    names = tuple(artist.name for artist in recording.artists if artist.name)
    ids = frozenset(artist.mbid for artist in recording.artists)
    return NamedRecording(mbid, recording.title, ids, names, recording.seconds, frozenset())


def _stated(passage: PassageEvidence, mbid: Mbid) -> NamedRecording:
    """Describe a recording as it is stated; nothing else is known about it."""
    return NamedRecording(mbid, passage.stated.title or "", frozenset(), (), None, frozenset())
