"""Parse releases with their media and tracks from MusicBrainz' XML."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element  # the type only

from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import (
    MbMedium,
    MbRecording,
    MbRelease,
    MbReleaseGroup,
    MbTrack,
    TrackKind,
)
from passagework.lookup.answer_limits import LONGEST_TEXT
from passagework.lookup.musicbrainz.document import (
    child,
    children,
    counted,
    entries,
    flag,
    mbid,
    number,
    required,
    text,
)
from passagework.lookup.musicbrainz.recordings import artists_of, recording_of


def release_of(element: Element, asked_for: Mbid | None = None, of: MbRecording | None = None) -> MbRelease:
    """Parse a ``release`` element, which must name its release group.

    ``of`` is the recording under which a search lists the release: tracks there do not name their recording.
    """
    own = mbid(element)
    title = text(element, "title") or ""
    return MbRelease(
        mbid=own,
        title=title,
        status=text(element, "status"),
        date=text(element, "date"),
        country=text(element, "country"),
        labels=_labels(element),
        artists=artists_of(element),
        group=_group(required(element, "release-group"), title),
        media=tuple(_medium(medium, at, of) for at, medium in enumerate(entries(element, "medium-list", "medium"), 1)),
        cover_art=_cover_art(element),
        asked_as=None if asked_for == own else asked_for,
    )


def _group(element: Element, release_title: str) -> MbReleaseGroup:
    secondary = entries(element, "secondary-type-list", "secondary-type")
    return MbReleaseGroup(
        mbid=mbid(element),
        title=text(element, "title") or release_title,
        kind=text(element, "primary-type"),
        secondary_kinds=tuple(kind.text[:LONGEST_TEXT] for kind in secondary if kind.text),
        first_release_date=text(element, "first-release-date"),
    )


def _labels(element: Element) -> tuple[str, ...]:
    """Return each name once: a label is repeated for every catalogue number."""
    labels = (child(info, "label") for info in entries(element, "label-info-list", "label-info"))
    names = (text(label, "name") for label in labels if label is not None)
    return tuple(dict.fromkeys(name for name in names if name))


def _cover_art(element: Element) -> bool | None:
    archive = child(element, "cover-art-archive")
    return None if archive is None else flag(archive, "front")


def _medium(element: Element, at: int, of: MbRecording | None) -> MbMedium:
    """Parse a medium; ``at`` is its index in the answer, for searches that leave its position out."""
    tracks = tuple(_tracks(element, of))
    listed = child(element, "track-list")
    count = None if listed is None else counted(listed, "count")
    return MbMedium(
        position=number(element, "position") or at,
        format=text(element, "format"),
        title=text(element, "title"),
        tracks=tracks,
        track_count=sum(track.kind is TrackKind.TRACK for track in tracks) if count is None else count,
    )


def _tracks(element: Element, of: MbRecording | None) -> Iterator[MbTrack]:
    """Collect the tracks of a medium from the three elements where MusicBrainz lists them."""
    for pregap in children(element, "pregap"):
        yield _track(pregap, TrackKind.PREGAP, 0, of)
    for listed in children(element, "track-list"):
        for at, track in enumerate(children(listed, "track"), 1 + (counted(listed, "offset") or 0)):
            yield _track(track, TrackKind.TRACK, at, of)
    for at, track in enumerate(entries(element, "data-track-list", "track"), 1):
        yield _track(track, TrackKind.DATA, at, of)


def _track(element: Element, kind: TrackKind, at: int, of: MbRecording | None) -> MbTrack:
    """Parse a track. Missing title, artists and length come from its recording."""
    recording = of or recording_of(required(element, "recording"))
    position = number(element, "position")
    length = number(element, "length")
    return MbTrack(
        mbid=mbid(element),
        kind=kind,
        position=at if position is None else position,
        number=text(element, "number") or str(at if position is None else position),
        title=text(element, "title") or recording.title,
        milliseconds=recording.milliseconds if length is None else length,
        artists=artists_of(element) or recording.artists,
        recording=recording,
    )
