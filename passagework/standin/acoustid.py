"""AcoustID's lookup in its wire format: form in, JSON out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from passagework.domain.fingerprint_text import decode
from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import CreditedArtist, MbRecording, MbRelease
from passagework.standin.catalogue import Reference, StandInCatalogue, tracks_of
from passagework.standin.fingerprints import Items, likeness
from passagework.standin.recorded import Json
from passagework.standin.reply import Reply, json_reply

LARGEST_BATCH: Final = 20
_LOWEST_SCORE: Final = 0.4
_USUAL_LENGTH_DIFFERENCE: Final = 7
_LONGEST_DIFFERENCE: Final = 30


def refusal(status: int, code: int, message: str) -> Reply:
    """Answer with an error of the service."""
    return json_reply(status, {"status": "error", "error": {"code": code, "message": message}})


def rate_limited() -> Reply:
    """Refuse because of the rate limit, with the text of the service."""
    return refusal(429, 14, "rate limit (3 requests per second) exceeded, try again later")


@dataclass(frozen=True, slots=True)
class _Manner:
    """Parameters of a request: its metadata, its tolerance of length; and the fault to simulate."""

    meta: frozenset[str]
    nearest: int
    nameless: bool
    polluted: bool


def _missing(name: str) -> Reply:
    return refusal(400, 2, f'missing required parameter "{name}"')


def _nearest(form: Mapping[str, str]) -> int:
    """Return the seconds by which lengths may differ."""
    asked = form.get("maxdurationdiff", "")
    return min(max(int(asked), 1), _LONGEST_DIFFERENCE) if asked.isdecimal() else _USUAL_LENGTH_DIFFERENCE


class AcoustidStandIn:
    """Answers lookups from recorded answers, otherwise from a catalogue. Thread-safe."""

    def __init__(
        self, catalogue: StandInCatalogue, key: str | None = None, recorded: Mapping[str, list[Json]] | None = None
    ) -> None:
        self._recorded = recorded or {}
        self._references = [(one, np.array(one.items, np.uint32)) for one in catalogue.references]
        self._recordings = catalogue.recordings()
        self._key = key
        self._releases: dict[Mbid, list[MbRelease]] = {}
        for release in catalogue.releases:
            for mbid in dict.fromkeys(track.recording.mbid for track in tracks_of(release)):
                self._releases.setdefault(mbid, []).append(release)

    def lookup(self, form: Mapping[str, str], *, nameless: bool = False, polluted: bool = False) -> Reply:
        """Answer one request; ``nameless`` leaves out all metadata, ``polluted`` adds a recording of another song."""
        if not form.get("client"):
            return _missing("client")
        if self._key is not None and form["client"] != self._key:
            return refusal(400, 4, "invalid API key")
        manner = _Manner(frozenset(form.get("meta", "").split()), _nearest(form), nameless, polluted)
        return self._lookup_many(form, manner) if "batch" in form else self._lookup_one(form, manner)

    def _lookup_one(self, form: Mapping[str, str], manner: _Manner) -> Reply:
        for name in ("duration", "fingerprint"):
            if not form.get(name):
                return _missing(name)
        results = self._results(form["fingerprint"], form["duration"], manner)
        if results is None:
            return refusal(400, 3, "invalid fingerprint")
        return json_reply(200, {"status": "ok", "results": results})

    def _lookup_many(self, form: Mapping[str, str], manner: _Manner) -> Reply:
        """Answer a batch; like the service, it leaves out invalid fingerprints."""
        places = sorted(name.partition(".")[2] for name in form if name.startswith("fingerprint."))
        if not places:
            return _missing("fingerprint")
        if len(places) > LARGEST_BATCH:
            return refusal(413, 19, "request is too large")
        answers = []
        for place in places:
            results = self._results(form[f"fingerprint.{place}"], form.get(f"duration.{place}", ""), manner)
            if results is not None:
                answers.append({"index": int(place) if place.isdecimal() else place, "results": results})
        return json_reply(200, {"status": "ok", "fingerprints": answers})

    def _results(self, text: str, duration: str, manner: _Manner) -> list[Json] | None:
        if text in self._recorded:
            return self._recorded[text]
        try:
            items, seconds = decode(text), int(duration)
        except ValueError:
            return None
        if not items.size:
            return None
        found = sorted(self._alike(items, seconds, manner.nearest), key=lambda one: -one[0])
        results: list[Json] = []
        for score, reference in found:
            result: Json = {"id": reference.acoustid, "score": round(score, 6)}
            if "recordings" in manner.meta:
                result["recordings"] = list(self._heard(reference, manner))
            results.append(result)
        return results

    def _alike(self, items: Items, seconds: int, nearest: int) -> Iterator[tuple[float, Reference]]:
        for reference, known in self._references:
            if abs(reference.seconds - seconds) <= nearest:
                score = likeness(items, known)
                if score > _LOWEST_SCORE:
                    yield score, reference

    def _heard(self, reference: Reference, manner: _Manner) -> Iterator[Json]:
        recordings = list(reference.recordings)
        if manner.polluted:
            others = [mbid for mbid in self._recordings if mbid not in dict(recordings)]
            recordings = [(others[0], 1), *recordings] if others else recordings
        for mbid, sources in recordings:
            counted: Json = {"sources": sources} if "sources" in manner.meta else {}
            recording = None if manner.nameless else self._recordings.get(mbid)
            yield {"id": mbid, **counted, **(self._described(recording, manner.meta) if recording else {})}

    def _described(self, recording: MbRecording, meta: frozenset[str]) -> Json:
        described: Json = {"title": recording.title, "artists": _artists(recording.artists)}
        if recording.milliseconds is not None:
            described["duration"] = recording.milliseconds // 1000
        if "releasegroups" in meta:
            groups: dict[Mbid, Json] = {}
            for release in self._releases.get(recording.mbid, ()):
                group = groups.setdefault(release.group.mbid, _group(release, recording, meta))
                if "releases" in meta:
                    listed = group.setdefault("releases", [])
                    if isinstance(listed, list):
                        listed.append(_release(release, recording.mbid, meta))
            described["releasegroups"] = list(groups.values())
        return described


def _artists(artists: Sequence[CreditedArtist]) -> list[Json]:
    return [
        {"id": artist.mbid, "name": artist.name, **({"joinphrase": artist.join_phrase} if artist.join_phrase else {})}
        for artist in artists
    ]


def _group(release: MbRelease, recording: MbRecording, meta: frozenset[str]) -> Json:
    """Describe a release group; with ``compress`` without texts that repeat those of the parent."""
    group: Json = {"id": release.group.mbid}
    if release.group.kind:
        group["type"] = release.group.kind
    if release.group.secondary_kinds:
        group["secondarytypes"] = list(release.group.secondary_kinds)
    if "compress" not in meta or release.group.title != recording.title:
        group["title"] = release.group.title
    if "compress" not in meta or release.artists != recording.artists:
        group["artists"] = _artists(release.artists)
    return group


def _release(release: MbRelease, recording: Mbid, meta: frozenset[str]) -> Json:
    described: Json = {
        "id": release.mbid,
        "track_count": sum(medium.track_count for medium in release.media),
        "medium_count": len(release.media),
    }
    if "compress" not in meta or release.title != release.group.title:
        described["title"] = release.title
    if release.country:
        described["country"] = release.country
    if release.date:
        parts = [int(part) for part in release.date.split("-") if part.isdecimal()]
        described["date"] = dict(zip(("year", "month", "day"), parts, strict=False))
    if "tracks" in meta:
        described["mediums"] = [
            {
                "position": medium.position,
                "track_count": medium.track_count,
                "tracks": [
                    {"id": track.mbid, "position": track.position}
                    for track in medium.tracks
                    if track.recording.mbid == recording
                ],
            }
            for medium in release.media
            if any(track.recording.mbid == recording for track in medium.tracks)
        ]
    return described
