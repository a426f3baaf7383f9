"""Parse recordings, their works and artist credits from MusicBrainz' XML."""

from xml.etree.ElementTree import Element  # the type only

from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import CreditedArtist, MbRecording, MbWork
from passagework.lookup.musicbrainz.document import (
    attribute,
    child,
    children,
    entries,
    flag,
    mbid,
    number,
    required,
    text,
)


def recording_of(element: Element, asked_for: Mbid | None = None) -> MbRecording:
    """Parse a ``recording`` element; works are those it is a performance of."""
    own = mbid(element)
    return MbRecording(
        mbid=own,
        title=text(element, "title") or "",
        milliseconds=number(element, "length"),
        video=flag(element, "video") is True,
        artists=artists_of(element),
        works=tuple(_work(relation) for relation in _relations(element, "work", "performance")),
        isrcs=tuple(isrc for entry in entries(element, "isrc-list", "isrc") if (isrc := attribute(entry, "id"))),
        asked_as=None if asked_for == own else asked_for,
        first_release_date=text(element, "first-release-date"),
    )


def artists_of(element: Element) -> tuple[CreditedArtist, ...]:
    """Parse the artist credit of a release, track or recording; empty if it has none.

    MusicBrainz leaves out the name on the credit if it is the artist's own.
    """
    return tuple(
        _credited(required(credit, "artist"), text(credit, "name"), attribute(credit, "joinphrase") or "")
        for credit in entries(element, "artist-credit", "name-credit")
    )


def _credited(artist: Element, credited_as: str | None, join_phrase: str) -> CreditedArtist:
    name = text(artist, "name") or ""
    return CreditedArtist(mbid(artist), name, credited_as or name, join_phrase)


def _work(relation: Element) -> MbWork:
    work = required(relation, "work")
    composers = tuple(
        _credited(required(composed, "artist"), text(composed, "target-credit"), "")
        for composed in _relations(work, "artist", "composer")
    )
    return MbWork(mbid(work), text(work, "title") or "", composers)


def _relations(element: Element, target: str, kind: str) -> list[Element]:
    """Return the relations of one kind, except those whose target the server left out."""
    return [
        relation
        for found in children(element, "relation-list")
        if found.get("target-type") == target
        for relation in children(found, "relation")
        if relation.get("type") == kind and child(relation, target) is not None
    ]
