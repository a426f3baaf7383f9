"""Parse AcoustID's answers to a fingerprint."""

from collections.abc import Iterator
from dataclasses import replace

from passagework.domain.acoustid import (
    AcoustidAnswer,
    AcoustidRecording,
    AcoustidRelease,
    AcoustidReleaseGroup,
    AcoustidResult,
)
from passagework.domain.ids import Mbid
from passagework.domain.music import Artist

Json = dict[str, object]


class AcoustidAnswerError(ValueError):
    """An answer that is not in the documented form; nothing may be concluded from it."""


def read_results(results: object) -> AcoustidAnswer:
    """Parse the ``results`` of a lookup (of one fingerprint of a batch), best score first.

    ``results`` is decoded JSON, requested with recordings and releasegroups, and optionally releases, tracks,
    compress and sources. With compress the service leaves out titles and artists that repeat those of the parent: a
    release group has those of its recording, a release the title of its group. Recordings without metadata keep their
    id. Anything undocumented raises AcoustidAnswerError, so an outage is never taken for "no match".
    """
    tracks = [
        AcoustidResult(
            _text(result, "id") or "",
            _number(result, "score") or 0.0,
            tuple(_recording(one) for one in _objects(result, "recordings")),
        )
        for result in _list_of_objects(results, "results")
    ]
    return AcoustidAnswer(tuple(sorted(tracks, key=lambda track: -track.score)))


def _recording(value: Json) -> AcoustidRecording:
    artists = _artists(value)
    title = _text(value, "title")
    groups = [_group(one, title, artists) for one in _objects(value, "releasegroups")]
    sources = _integer(value, "sources")
    return AcoustidRecording(_mbid(value), title, artists, _number(value, "duration"), sources, tuple(groups))


def _group(value: Json, inherited: str | None, artists: tuple[Artist, ...]) -> AcoustidReleaseGroup:
    title = _text(value, "title") or inherited
    secondary = value.get("secondarytypes") or []
    if not isinstance(secondary, list):
        raise AcoustidAnswerError("secondarytypes is no list")
    return AcoustidReleaseGroup(
        _mbid(value),
        title,
        _text(value, "type"),
        tuple(str(kind) for kind in secondary),
        _artists(value) or artists,
        tuple(place for one in _objects(value, "releases") for place in _places(one, title)),
    )


def _places(value: Json, inherited: str | None) -> Iterator[AcoustidRelease]:
    """Yield a release once for each position of the recording on it, or once without a position."""
    release = AcoustidRelease(
        _mbid(value),
        _text(value, "title") or inherited,
        _text(value, "country"),
        _date(value),
        _integer(value, "track_count"),
        None,
        None,
    )
    placed = False
    for medium in _objects(value, "mediums"):
        for track in _objects(medium, "tracks"):
            placed = True
            yield replace(release, medium=_integer(medium, "position"), track=_integer(track, "position"))
    if not placed:
        yield release


def _artists(value: Json) -> tuple[Artist, ...]:
    return tuple(Artist(_mbid(one), _text(one, "name")) for one in _objects(value, "artists"))


def _date(value: Json) -> str | None:
    """Format a date as precisely as it is known: "2011", "2011-08", "2011-08-08"."""
    date = value.get("date")
    if not isinstance(date, dict) or not isinstance(date.get("year"), int):
        return None
    text = f"{date['year']:04}"
    for part in ("month", "day"):
        if not isinstance(date.get(part), int):
            break
        text += f"-{date[part]:02}"
    return text


def _mbid(value: Json) -> Mbid:
    mbid = value.get("id")
    if not isinstance(mbid, str) or not mbid:
        raise AcoustidAnswerError("an entity has no id")
    return Mbid(mbid.lower())


def _text(value: Json, key: str) -> str | None:
    text = value.get(key)
    return text if isinstance(text, str) and text else None


def _number(value: Json, key: str) -> float | None:
    number = value.get(key)
    return float(number) if isinstance(number, (int, float)) and not isinstance(number, bool) else None


def _integer(value: Json, key: str) -> int | None:
    number = value.get(key)
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _objects(value: Json, key: str) -> list[Json]:
    return _list_of_objects(value.get(key) or [], key)


def _list_of_objects(value: object, what: str) -> list[Json]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise AcoustidAnswerError(f"{what} is no list of objects")
    return value
