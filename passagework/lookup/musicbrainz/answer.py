"""Reads MusicBrainz' raw answers into values, fresh from the server or kept from an earlier run.

Every function raises LookupFault(UNREADABLE) for what is not in the documented form, and nothing else.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element  # the type only

from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import MbFoundRecording, MbRecording, MbRelease, MbReleasePage
from passagework.lookup.musicbrainz.document import child, children, counted, entries, open_answer, required
from passagework.lookup.musicbrainz.recordings import recording_of
from passagework.lookup.musicbrainz.releases import release_of


def read_release(raw: bytes, asked_for: Mbid) -> MbRelease:
    """Read the answer to a release lookup; ``asked_as`` is set where the id asked for was merged into another."""
    return release_of(required(open_answer(raw), "release"), asked_for)


def read_release_page(raw: bytes) -> MbReleasePage:
    """Read a page of releases, browsed or searched, in the server's order."""
    page = required(open_answer(raw), "release-list")
    releases = tuple(release_of(release) for release in children(page, "release"))
    total = counted(page, "count")
    return MbReleasePage(releases, len(releases) if total is None else total, counted(page, "offset") or 0)


def read_recording(raw: bytes, asked_for: Mbid) -> MbRecording:
    """Read the answer to a recording lookup; ``asked_as`` is set where the id asked for was merged into another."""
    return recording_of(required(open_answer(raw), "recording"), asked_for)


def read_found_recordings(raw: bytes) -> tuple[MbFoundRecording, ...]:
    """Read the recordings that a search found, each with the releases it is on."""
    found = required(open_answer(raw), "recording-list")
    return tuple(_found(recording) for recording in children(found, "recording"))


def _found(element: Element) -> MbFoundRecording:
    recording = recording_of(element)
    return MbFoundRecording(recording, tuple(release_of(release, of=recording) for release in _placed(element)))


def _placed(element: Element) -> Iterator[Element]:
    """Give the releases that can be told apart: indexes of earlier years name neither their group nor the track."""
    for release in entries(element, "release-list", "release"):
        group = child(release, "release-group")
        if group is not None and group.get("id"):
            yield release
