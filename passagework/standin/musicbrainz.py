"""MusicBrainz' web service, as far as an importer needs it: lookups, browses and searches over a catalogue."""

import re
from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element  # the type only

from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import MbRecording, MbRelease
from passagework.standin.catalogue import StandInCatalogue, tracks_of
from passagework.standin.musicbrainz_xml import (
    Includes,
    answered,
    artist_element,
    document,
    error,
    list_of,
    recording_element,
    release_element,
)
from passagework.standin.reply import Reply

VARIOUS_ARTISTS: Final = "89ad4ac3-39f7-470e-963a-56509c546377"

_MBID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_PAGE: Final = 100
_MOST_TRACKS: Final = 500
_SEARCHED: Final = frozenset({"artist-credits", "release-groups", "media", "labels", "isrcs"})
_KNOWN_INCLUDES: Final = frozenset(
    {
        *("artist-credits", "recordings", "media", "labels", "release-groups", "isrcs", "releases", "artists"),
        *("recording-level-rels", "work-rels", "work-level-rels", "artist-rels", "discids", "tags", "genres"),
    }
)
_FIELD: Final = re.compile(r"(\w+):\(([^()]*(?:\([^()]*\)[^()]*)*)\)")


def rate_limited(retry_after: int | None = None) -> Reply:
    """Refuse because of the rate limit, with the text of the service."""
    sentence = (
        "Your requests are exceeding the allowable rate limit. Please see "
        "https://wiki.musicbrainz.org/XMLWebService for more information."
    )
    return error(503, sentence, () if retry_after is None else (("Retry-After", str(retry_after)),))


class MusicBrainzStandIn:
    """Answers requests below ``/ws/2`` from recorded answers, otherwise from a catalogue. Thread-safe.

    ``searches`` False: a mirror without a search server.
    """

    def __init__(
        self, catalogue: StandInCatalogue, *, searches: bool = True, recorded: Mapping[str, bytes] | None = None
    ) -> None:
        self._recorded = recorded or {}
        self._releases = {release.mbid: release for release in catalogue.releases}
        self._recordings = catalogue.recordings()
        self._merged = catalogue.merged
        self._searches = searches
        credits_ = [release.artists for release in catalogue.releases]
        credits_ += [recording.artists for recording in self._recordings.values()]
        self._artists = {artist.mbid: artist for credit in credits_ for artist in credit}

    def answer(self, path: str, query: Mapping[str, str], agent: str) -> Reply:
        """Answer ``path`` (the part after ``/ws/2/``)."""
        if not agent.strip() or agent.lower().startswith(("python", "java/", "curl")):
            return error(403, "Your application has not identified itself: send a meaningful user agent.")
        entity, _, mbid = path.strip("/").partition("/")
        includes = frozenset(query.get("inc", "").split())
        if unknown := sorted(includes - _KNOWN_INCLUDES):
            return error(400, f"{unknown[0]} is not a valid inc parameter for the {entity} resource.")
        if mbid:
            return self._look_up(entity, mbid, includes, query)
        return self._search(entity, query) if "query" in query else self._browse(entity, query, includes)

    def _look_up(  # noqa: PLR0911 - an answer for each kind of entity
        self, entity: str, mbid: str, includes: Includes, query: Mapping[str, str]
    ) -> Reply:
        if not _MBID.fullmatch(mbid):
            return error(400, "Invalid mbid.")
        if (stayed := self._merged.get(Mbid(mbid))) is not None:
            asked = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in query.items())
            reply = error(301, "Moved")
            place = f"/ws/2/{entity}/{stayed}" + (f"?{asked}" if asked else "")
            return Reply(reply.status, reply.body, reply.content_type, (("Location", place),))
        if (told := self._recorded.get(f"{entity}/{mbid}")) is not None:
            return answered(told)
        match entity:
            case "release" if Mbid(mbid) in self._releases:
                return document(release_element(self._releases[Mbid(mbid)], includes))
            case "recording" if Mbid(mbid) in self._recordings:
                return document(recording_element(self._recordings[Mbid(mbid)], includes))
            case "artist" if Mbid(mbid) in self._artists:
                return document(artist_element(self._artists[Mbid(mbid)]))
            case "artist" if mbid == VARIOUS_ARTISTS:
                various = Element("artist", id=mbid)
                return document(various)
            case _:
                return error(404, "Not Found")

    def _browse(self, entity: str, query: Mapping[str, str], includes: Includes) -> Reply:
        if entity != "release":
            return error(404, "Not Found")
        if "recording" in query:
            wanted = self._merged.get(Mbid(query["recording"]), Mbid(query["recording"]))
            found = [one for one in self._releases.values() if _has(one, wanted)]
        elif "release-group" in query:
            wanted = self._merged.get(Mbid(query["release-group"]), Mbid(query["release-group"]))
            found = [one for one in self._releases.values() if one.group.mbid == wanted]
        else:
            return error(400, "Invalid combination of parameters")
        offset = _number(query, "offset", 0)
        page: list[Element] = []
        tracks = 0
        for release in found[offset : offset + min(_number(query, "limit", 25), _LONGEST_PAGE)]:
            tracks += len(tracks_of(release)) if "recordings" in includes else 0
            if page and tracks > _MOST_TRACKS:
                break
            page.append(release_element(release, includes))
        return document(list_of("release-list", page, len(found), offset))

    def _search(self, entity: str, query: Mapping[str, str]) -> Reply:
        if not self._searches:
            return error(503, "The search server could not complete the request.")
        limit = min(_number(query, "limit", 25), _LONGEST_PAGE)
        fields = dict(_FIELD.findall(query["query"]))
        match entity:
            case "recording" if "recording" in fields:
                by_text = ((_likeness_of(one, fields), mbid) for mbid, one in self._recordings.items())
                alike = sorted((one for one in by_text if one[0] > 0), key=lambda one: (-one[0], one[1]))
                elements = [self._found(mbid) for _, mbid in alike[:limit]]
                return document(list_of("recording-list", elements, len(alike), 0))
            case "recording":
                wanted = [Mbid(mbid) for mbid in fields.get("rid", query["query"]).split() if mbid != "OR"]
                found = [self._found(mbid) for mbid in wanted if mbid in self._recordings]
                return document(list_of("recording-list", found[:limit], len(found), 0))
            case "release":
                rated = [(_agreement(release, fields), release) for release in self._releases.values()]
                best = sorted((one for one in rated if one[0] > 0), key=lambda one: -one[0])
                listed = [release_element(release, _SEARCHED) for _, release in best[:limit]]
                for element in listed:
                    element.set("score", "100")
                return document(list_of("release-list", listed, len(best), 0))
            case _:
                return error(404, "Not Found")

    def _found(self, mbid: Mbid) -> Element:
        element = recording_element(self._recordings[mbid], _SEARCHED)
        on = [release for release in self._releases.values() if _has(release, mbid)]
        includes = _SEARCHED | {"recordings"}
        element.append(list_of("release-list", [release_element(one, includes, mbid) for one in on], len(on), 0))
        return element


def _has(release: MbRelease, recording: Mbid) -> bool:
    return any(track.recording.mbid == recording for track in tracks_of(release))


def _agreement(release: MbRelease, fields: Mapping[str, str]) -> float:
    """Score how well a release matches the words of a search."""
    title, artist = _words(release.title), _words(" ".join(one.name for one in release.artists))
    rating = 2.0 * len(_words(fields.get("release", "")) & title) / (len(title) or 1)
    rating += len(_words(fields.get("artist", "")) & artist) / (len(artist) or 1)
    return rating if _words(fields.get("release", "")) & title or "release" not in fields else 0.0


def _likeness_of(recording: MbRecording, fields: Mapping[str, str]) -> float:
    """Score how well a recording matches the words of a search."""
    title, artist = _words(recording.title), _words(" ".join(one.name for one in recording.artists))
    common = len(_words(fields["recording"]) & title) / (len(title) or 1)
    return 2.0 * common + len(_words(fields.get("artist", "")) & artist) / (len(artist) or 1) if common else 0.0


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


def _number(query: Mapping[str, str], name: str, otherwise: int) -> int:
    value = query.get(name, "")
    return int(value) if value.isdecimal() else otherwise
