"""Parse MusicBrainz' raw answers, from the server or from the library.

Every function raises LookupFault for anything undocumented (UNREADABLE) or oversized (TOO_LARGE), and no other
exception. Of lists only the beginning is used.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final
from xml.etree.ElementTree import Element  # the type only

from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import MbFoundRecording, MbRecording, MbRelease, MbReleasePage
from passagework.lookup.answer_limits import MOST_LISTED
from passagework.lookup.musicbrainz.document import child, children, counted, entries, open_answer, required
from passagework.lookup.musicbrainz.recordings import recording_of
from passagework.lookup.musicbrainz.releases import release_of

MOST_PLACES: Final = 500
"""Releases under one recording of a search."""


def read_release(raw: bytes, asked_for: Mbid) -> MbRelease:
    """Parse the answer to a release lookup; ``asked_as`` is set if the requested id was merged into another."""
    return release_of(required(open_answer(raw), "release"), asked_for)


def read_release_page(raw: bytes) -> MbReleasePage:
    """Parse a page of releases, from a browse or a search, in the server's order."""
    page = required(open_answer(raw), "release-list")
    releases = tuple(release_of(release) for release in islice(children(page, "release"), MOST_LISTED))
    total = counted(page, "count")
    return MbReleasePage(releases, len(releases) if total is None else total, counted(page, "offset") or 0)


def read_recording(raw: bytes, asked_for: Mbid) -> MbRecording:
    """Parse the answer to a recording lookup; ``asked_as`` is set if the requested id was merged into another."""
    return recording_of(required(open_answer(raw), "recording"), asked_for)


def read_found_recordings(raw: bytes) -> tuple[MbFoundRecording, ...]:
    """Parse the recordings that a search found, each with its releases."""
    found = required(open_answer(raw), "recording-list")
    return tuple(_found(recording) for recording in islice(children(found, "recording"), MOST_LISTED))


def _found(element: Element) -> MbFoundRecording:
    recording = recording_of(element)
    placed = islice(_placed(element), MOST_PLACES)
    return MbFoundRecording(recording, tuple(release_of(release, of=recording) for release in placed))


def _placed(element: Element) -> Iterator[Element]:
    """Yield the releases with a release group and a track: search indexes of earlier years name neither."""
    for release in entries(element, "release-list", "release"):
        group = child(release, "release-group")
        if group is not None and group.get("id"):
            yield release
