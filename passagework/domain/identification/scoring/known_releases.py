"""The releases that were looked up, prepared for comparison with passages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from passagework.domain.identification.evidence.normalise import words
from passagework.domain.identification.scoring.clusters import NamedRecording
from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import MbRecording, MbRelease, MbTrack, TrackKind

MILLISECONDS: Final = 1000.0

_SILENCE_BETWEEN: Final = re.compile(r"\s*/\s*\[silence\]\s*/\s*", re.IGNORECASE)

_NO_MUSIC: Final = frozenset({("silence",), ("data", "track"), ("untitled",)})
"""Titles that in MusicBrainz mean no song ("[silence]", "[data track]", "[untitled]")."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A track on which a passage can be placed; ``position`` counts within its medium."""

    release: MbRelease
    medium: int
    track: MbTrack
    named: NamedRecording

    @property
    def seconds(self) -> float | None:
        """Return the length of the track, otherwise of its recording."""
        length = self.track.milliseconds or self.track.recording.milliseconds
        return length / MILLISECONDS if length else None

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the songs of a track with a hidden one, "A / [silence] / B"; of any other its title alone."""
        return tuple(_SILENCE_BETWEEN.split(self.track.title))

    @property
    def titles(self) -> tuple[str, ...]:
        """Return all its titles: on this release and of its parts, of the recording, of its works."""
        recording = self.track.recording
        works = (work.title for work in recording.works)
        return tuple(dict.fromkeys((self.track.title, recording.title, *self.parts, *works)))


@dataclass(frozen=True, slots=True)
class KnownReleases:
    """The slots of each release, and the current id of each id, including merged ones."""

    slots: tuple[tuple[Slot, ...], ...]
    today: dict[Mbid, Mbid] = field(default_factory=dict)
    recordings: dict[Mbid, NamedRecording] = field(default_factory=dict)

    def current(self, mbid: Mbid) -> Mbid:
        """Return the id into which this one was merged, or itself."""
        return self.today.get(mbid, mbid)


def know(releases: Sequence[MbRelease], alone: Sequence[MbRecording] = ()) -> KnownReleases:
    """Prepare releases, and recordings that were looked up separately.

    Videos, data tracks and tracks that MusicBrainz marks as no song are not slots.
    """
    today: dict[Mbid, Mbid] = {}
    recordings: dict[Mbid, NamedRecording] = {}
    slots = []
    for release in releases:
        if release.asked_as is not None:
            today[release.asked_as] = release.mbid
        found = []
        for medium in release.media:
            for track in medium.tracks:
                recording = track.recording
                if recording.asked_as is not None:
                    today[recording.asked_as] = recording.mbid
                named = recordings.setdefault(recording.mbid, _named(recording))
                if not (recording.video or track.kind is TrackKind.DATA or _is_no_music(track.title)):
                    found.append(Slot(release, medium.position, track, named))
        slots.append(tuple(found))
    for recording in alone:
        if recording.asked_as is not None:
            today[recording.asked_as] = recording.mbid
        recordings.setdefault(recording.mbid, _named(recording))
    return KnownReleases(tuple(slots), today, recordings)


def _is_no_music(title: str) -> bool:
    return title.startswith("[") and title.endswith("]") and words(title) in _NO_MUSIC


def _named(recording: MbRecording) -> NamedRecording:
    credit = "".join(artist.credited_as + artist.join_phrase for artist in recording.artists)
    names = (credit, *(name for artist in recording.artists for name in (artist.credited_as, artist.name)))
    return NamedRecording(
        recording.mbid,
        recording.title,
        frozenset(artist.mbid for artist in recording.artists),
        tuple(dict.fromkeys(filter(None, names))),
        recording.milliseconds / MILLISECONDS if recording.milliseconds else None,
        frozenset(work.mbid for work in recording.works),
    )
