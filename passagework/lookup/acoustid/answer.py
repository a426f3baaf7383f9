"""Parse AcoustID's answers to a fingerprint."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import MAXYEAR
from typing import Final

from passagework.domain.acoustid import (
    AcoustidAnswer,
    AcoustidRecording,
    AcoustidRelease,
    AcoustidReleaseGroup,
    AcoustidResult,
)
from passagework.domain.music import Artist
from passagework.lookup.acoustid.document import (
    LONGEST_SECONDS,
    AcoustidAnswerError,
    Json,
    integer,
    list_of_objects,
    mbid_of,
    number,
    objects,
    storable,
    text,
)

MOST_RESULTS: Final = 20
MOST_RECORDINGS: Final = 100
"""What is used of the answer to one fingerprint. The recorded answers have up to 3 results with 30 recordings."""

_PARTS_OF_DATE: Final = (("year", MAXYEAR, "{:04}"), ("month", 12, "-{:02}"), ("day", 31, "-{:02}"))


def usable_results(results: object) -> list[Json]:
    """Return the part of the ``results`` of a lookup that is used, in a form that can be stored.

    That are at most MOST_RESULTS, those with the best scores, with MOST_RECORDINGS recordings in total. ``results`` is
    decoded JSON. Raises AcoustidAnswerError.
    """
    used = list_of_objects(results, "results")
    if len(used) > MOST_RESULTS:
        used = sorted(used, key=_score, reverse=True)[:MOST_RESULTS]
    cut = []
    left = MOST_RECORDINGS
    for result in used:
        recordings = objects(result, "recordings")
        cut.append(result if len(recordings) <= left else {**result, "recordings": recordings[:left]})
        left -= min(left, len(recordings))
    return list_of_objects(storable(cut), "results")


def read_results(results: object) -> AcoustidAnswer:
    """Parse the ``results`` of a lookup (of one fingerprint of a batch), best score first.

    ``results`` is decoded JSON, requested with recordings and releasegroups, and optionally releases, tracks,
    compress and sources. With compress the service leaves out titles and artists that repeat those of the parent: a
    release group has those of its recording, a release the title of its group. Recordings without metadata keep their
    id. Anything undocumented raises AcoustidAnswerError, so an outage is never taken for "no match".
    """
    tracks = [
        AcoustidResult(
            text(result, "id") or "",
            _score(result),
            tuple(_recording(one) for one in objects(result, "recordings")),
        )
        for result in list_of_objects(results, "results")
    ]
    return AcoustidAnswer(tuple(sorted(tracks, key=lambda track: -track.score)))


def _score(result: Json) -> float:
    return number(result, "score", 1.0) or 0.0


def _recording(value: Json) -> AcoustidRecording:
    artists = _artists(value)
    title = text(value, "title")
    groups = [_group(one, title, artists) for one in objects(value, "releasegroups")]
    seconds = number(value, "duration", LONGEST_SECONDS)
    return AcoustidRecording(mbid_of(value), title, artists, seconds, integer(value, "sources"), tuple(groups))


def _group(value: Json, inherited: str | None, artists: tuple[Artist, ...]) -> AcoustidReleaseGroup:
    title = text(value, "title") or inherited
    secondary = value.get("secondarytypes") or []
    if not isinstance(secondary, list):
        raise AcoustidAnswerError("secondarytypes is no list")
    return AcoustidReleaseGroup(
        mbid_of(value),
        title,
        text(value, "type"),
        tuple(str(kind) for kind in secondary),
        _artists(value) or artists,
        tuple(place for one in objects(value, "releases") for place in _places(one, title)),
    )


def _places(value: Json, inherited: str | None) -> Iterator[AcoustidRelease]:
    """Yield a release once for each position of the recording on it, or once without a position."""
    release = AcoustidRelease(
        mbid_of(value),
        text(value, "title") or inherited,
        text(value, "country"),
        _date(value),
        integer(value, "track_count"),
        None,
        None,
    )
    placed = False
    for medium in objects(value, "mediums"):
        for track in objects(medium, "tracks"):
            placed = True
            yield replace(release, medium=integer(medium, "position"), track=integer(track, "position"))
    if not placed:
        yield release


def _artists(value: Json) -> tuple[Artist, ...]:
    return tuple(Artist(mbid_of(one), text(one, "name")) for one in objects(value, "artists"))


def _date(value: Json) -> str | None:
    """Format a date as precisely as it is known: "2011", "2011-08", "2011-08-08"."""
    date = value.get("date")
    if not isinstance(date, dict):
        return None
    known = ""
    for name, highest, form in _PARTS_OF_DATE:
        part = date.get(name)
        if not isinstance(part, int) or not 1 <= part <= highest:
            break
        known += form.format(part)
    return known or None
