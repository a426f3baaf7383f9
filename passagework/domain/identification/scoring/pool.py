"""The recordings that a passage may be, wherever they come from, and the songs they make."""

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
class Pooled:
    """A recording that a passage may be. ``fit`` is its best gate (0: not heard), ``votes`` its gated submissions."""

    named: NamedRecording
    fit: float = 0.0
    votes: float = 0.0
    groups: dict[Mbid, AcoustidReleaseGroup] = field(default_factory=dict)

    @property
    def on_plain_album(self) -> bool:
        """Say whether it was heard on an album that is neither compilation, live, soundtrack nor the like."""
        return any(group.kind == "Album" and not group.secondary_kinds for group in self.groups.values())

    @property
    def earliest(self) -> str:
        """Give the earliest date of a release it was heard on; late where none is known."""
        dates = (release.date for group in self.groups.values() for release in group.releases)
        return min((date for date in dates if date), default=_NO_DATE)


@dataclass(frozen=True, slots=True)
class Pool:
    """The recordings a passage may be, what AcoustID could not name, and whether it heard anything clearly."""

    recordings: dict[Mbid, Pooled]
    unnamed: tuple[Mbid, ...]
    heard_clearly: bool

    def songs(self) -> tuple[tuple[Pooled, ...], ...]:
        """Group the recordings into songs."""
        pooled = tuple(self.recordings.values())
        clusters = cluster_songs([one.named for one in pooled])
        return tuple(tuple(pooled[index] for index in cluster) for cluster in clusters)

    def share(self, song: Iterable[Pooled]) -> float:
        """Give a song's share of all votes for recordings with a name, 0 where nothing was heard.

        A vote is a submission where the answer counts them, else a recording.
        """
        total = sum(one.votes for one in self.recordings.values())
        return sum(one.votes for one in song) / total if total else 0.0

    def with_recordings(self, more: Iterable[NamedRecording]) -> "Pool":
        """Add recordings that were not heard; those already there stay as they are."""
        added = {named.mbid: Pooled(named) for named in more}
        return replace(self, recordings={**added, **self.recordings})


def pool(passage: PassageEvidence, known: KnownReleases) -> Pool:
    """Collect what AcoustID heard, what the tags name, and what was found by text.

    What was looked up gives titles to ids without one.
    """
    recordings: dict[Mbid, Pooled] = {}
    unnamed: list[Mbid] = []
    heard_clearly = False
    for result in passage.answer.results if passage.answer else ():
        fit = gate(result.score)
        for heard in result.recordings if fit else ():
            mbid = known.current(heard.mbid)
            named = known.recordings.get(mbid) or _named(heard, mbid)
            if named is None:
                unnamed.append(mbid)
                continue
            before = recordings.get(mbid) or Pooled(named)
            votes = fit * (1 if heard.sources is None else heard.sources)
            groups = {**before.groups, **{group.mbid: group for group in heard.groups}}
            recordings[mbid] = Pooled(named, max(fit, before.fit), before.votes + votes, groups)
            heard_clearly = heard_clearly or result.score >= FULL_GATE
    for stated in passage.stated.recordings:
        mbid = known.current(stated)
        if mbid not in recordings:
            named = known.recordings.get(mbid) or _stated(passage, mbid)
            recordings[mbid] = Pooled(named)
    for found in passage.named:
        mbid = known.current(found)
        if mbid not in recordings and mbid in known.recordings:
            recordings[mbid] = Pooled(known.recordings[mbid])
    return Pool(recordings, tuple(dict.fromkeys(unnamed)), heard_clearly)


def _named(heard: AcoustidRecording, mbid: Mbid) -> NamedRecording | None:
    if not heard.title:
        return None
    names = tuple(artist.name for artist in heard.artists if artist.name)
    ids = frozenset(artist.mbid for artist in heard.artists)
    return NamedRecording(mbid, heard.title, ids, names, heard.seconds, frozenset())


def _stated(passage: PassageEvidence, mbid: Mbid) -> NamedRecording:
    """Take a recording at the tags' word: nothing else is known of it."""
    return NamedRecording(mbid, passage.stated.title or "", frozenset(), (), None, frozenset())
