"""Write answers of MusicBrainz' web service: releases, recordings and lists of them as XML."""

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring  # written, never read

from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import (
    CreditedArtist,
    MbMedium,
    MbRecording,
    MbRelease,
    MbTrack,
    MbWork,
    TrackKind,
)
from passagework.standin.reply import Reply

Includes = frozenset[str]

_NAMESPACE = "http://musicbrainz.org/ns/mmd-2.0#"


def document(*content: Element) -> Reply:
    """Wrap an element in a document."""
    root = Element("metadata", xmlns=_NAMESPACE)
    root.extend(content)
    return answered(_bytes(root))


def answered(body: bytes) -> Reply:
    """Answer with a document."""
    return Reply(200, body, "application/xml; charset=UTF-8")


def error(status: int, sentence: str, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """Refuse with an error document like the service's."""
    root = Element("error")
    SubElement(root, "text").text = sentence
    SubElement(root, "text").text = "For usage, please see: https://musicbrainz.org/development/mmd"
    return Reply(status, _bytes(root), "application/xml; charset=UTF-8", headers)


def list_of(name: str, entries: Sequence[Element], total: int, offset: int) -> Element:
    """Create a page of a list."""
    listed = Element(name, count=str(total), offset=str(offset))
    listed.extend(entries)
    return listed


def release_element(release: MbRelease, includes: Includes, only: Mbid | None = None) -> Element:
    """Write a release with the included data. ``only``: just the tracks of this recording, as in searches."""
    element = Element("release", id=release.mbid)
    _text(element, "title", release.title)
    _text(element, "status", release.status)
    if "artist-credits" in includes:
        element.append(_credit(release.artists))
    if "release-groups" in includes:
        element.append(_group(release))
    _text(element, "date", release.date)
    _text(element, "country", release.country)
    if release.cover_art is not None:
        archive = SubElement(element, "cover-art-archive")
        _text(archive, "artwork", str(release.cover_art).lower())
        _text(archive, "front", str(release.cover_art).lower())
    if "labels" in includes and release.labels:
        infos = SubElement(element, "label-info-list", count=str(len(release.labels)))
        for name in release.labels:
            _text(SubElement(SubElement(infos, "label-info"), "label"), "name", name)
    if includes & {"media", "recordings"}:
        media = SubElement(element, "medium-list", count=str(len(release.media)))
        media.extend(_medium(medium, includes, only) for medium in release.media if _holds(medium, only))
    return element


def recording_element(recording: MbRecording, includes: Includes) -> Element:
    """Write a recording with the included data."""
    element = Element("recording", id=recording.mbid)
    _text(element, "title", recording.title)
    if recording.milliseconds is not None:
        _text(element, "length", str(recording.milliseconds))
    if recording.video:
        _text(element, "video", "true")
    if "artist-credits" in includes:
        element.append(_credit(recording.artists))
    _text(element, "first-release-date", recording.first_release_date)
    if "isrcs" in includes and recording.isrcs:
        isrcs = SubElement(element, "isrc-list", count=str(len(recording.isrcs)))
        for isrc in recording.isrcs:
            SubElement(isrcs, "isrc", id=isrc)
    if "work-rels" in includes and recording.works:
        relations = SubElement(element, "relation-list", {"target-type": "work"})
        for work in recording.works:
            relation = SubElement(relations, "relation", type="performance")
            _text(relation, "target", work.mbid)
            relation.append(_work(work, includes))
    return element


def artist_element(artist: CreditedArtist) -> Element:
    """Write an artist."""
    element = Element("artist", id=artist.mbid)
    _text(element, "name", artist.name)
    _text(element, "sort-name", artist.name)
    return element


def _holds(medium: MbMedium, only: Mbid | None) -> bool:
    return only is None or any(track.recording.mbid == only for track in medium.tracks)


def _medium(medium: MbMedium, includes: Includes, only: Mbid | None) -> Element:
    element = Element("medium")
    _text(element, "title", medium.title)
    _text(element, "position", str(medium.position))
    _text(element, "format", medium.format)
    wanted = [track for track in medium.tracks if only is None or track.recording.mbid == only]
    shown = wanted if "recordings" in includes else []
    for track in shown:
        if track.kind is TrackKind.PREGAP:
            element.append(_track(track, "pregap", includes, only))
    listed = [track for track in shown if track.kind is TrackKind.TRACK]
    tracks = SubElement(element, "track-list", count=str(medium.track_count))
    if only is not None and listed:
        tracks.set("offset", str(listed[0].position - 1))
    elif listed:
        tracks.set("offset", "0")
    tracks.extend(_track(track, "track", includes, only) for track in listed)
    data = [track for track in shown if track.kind is TrackKind.DATA]
    if data:
        extra = SubElement(element, "data-track-list", count=str(len(data)))
        extra.extend(_track(track, "track", includes, only) for track in data)
    return element


def _track(track: MbTrack, name: str, includes: Includes, only: Mbid | None) -> Element:
    element = Element(name, id=track.mbid)
    _text(element, "position", str(track.position))
    _text(element, "number", track.number)
    if track.title != track.recording.title or only is not None:
        _text(element, "title", track.title)
    if track.milliseconds is not None:
        _text(element, "length", str(track.milliseconds))
    if "artist-credits" in includes and track.artists != track.recording.artists:
        element.append(_credit(track.artists))
    if only is None:
        further = includes if "recording-level-rels" in includes else includes - {"work-rels"}
        element.append(recording_element(track.recording, further))
    return element


def _work(work: MbWork, includes: Includes) -> Element:
    element = Element("work", id=work.mbid)
    _text(element, "title", work.title)
    if {"work-level-rels", "artist-rels"} <= includes and work.composers:
        relations = SubElement(element, "relation-list", {"target-type": "artist"})
        for composer in work.composers:
            relation = SubElement(relations, "relation", type="composer")
            _text(relation, "target", composer.mbid)
            relation.append(artist_element(composer))
            if composer.credited_as != composer.name:
                _text(relation, "target-credit", composer.credited_as)
    return element


def _group(release: MbRelease) -> Element:
    group = release.group
    element = Element("release-group", id=group.mbid)
    _text(element, "title", group.title)
    _text(element, "first-release-date", group.first_release_date)
    _text(element, "primary-type", group.kind)
    if group.secondary_kinds:
        kinds = SubElement(element, "secondary-type-list")
        for kind in group.secondary_kinds:
            _text(kinds, "secondary-type", kind)
    return element


def _credit(artists: Iterable[CreditedArtist]) -> Element:
    element = Element("artist-credit")
    for artist in artists:
        named = SubElement(element, "name-credit")
        if artist.join_phrase:
            named.set("joinphrase", artist.join_phrase)
        if artist.credited_as != artist.name:
            _text(named, "name", artist.credited_as)
        named.append(artist_element(artist))
    return element


def _text(parent: Element, name: str, text: str | None) -> None:
    if text is not None:
        SubElement(parent, name).text = text


def _bytes(root: Element) -> bytes:
    data: bytes = tostring(root, "utf-8", xml_declaration=True)
    return data
