"""Create a catalogue from a folder of tagged music, as if both services knew its albums."""

import os
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import av

from passagework.audio.decoding.input import opened_input
from passagework.audio.decoding.refusal import RefusedError
from passagework.audio.sniff import sniff_stream
from passagework.audio.tags import read_tags
from passagework.domain.errors import PassageworkError
from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import (
    CreditedArtist,
    MbMedium,
    MbRecording,
    MbRelease,
    MbReleaseGroup,
    MbTrack,
    TrackKind,
)
from passagework.domain.tags import Tags
from passagework.standin.catalogue import CatalogueError, Reference, StandInCatalogue
from passagework.standin.fingerprints import items_of_file, maker

_NAMESPACE: Final = uuid.UUID("5f0c8e5e-3d0c-5f52-8d62-0f6ad3b6a6c3")
"""Missing ids are derived from names, always the same ones."""

_SUBMISSIONS: Final = 7


def catalogue_of(folder: Path) -> StandInCatalogue:
    """Read every tagged audio file below a folder: one release for each album, one AcoustID for each file.

    Raises CatalogueError if there is none. Files are only read.
    """
    albums: dict[tuple[str, str], list[tuple[Path, Tags, float]]] = defaultdict(list)
    for path, tags, seconds in _tagged(folder):
        albums[tags.release_id or "", tags.album or ""].append((path, tags, seconds))
    if not albums:
        raise CatalogueError(f"{folder}: contains no audio files with a title in their tags")
    releases: list[MbRelease] = []
    references: list[Reference] = []
    for files in albums.values():
        files.sort(key=lambda file: (file[1].disc_number or 1, file[1].track_number or 0, os.fsencode(file[0])))
        tracks = [_track(at, tags, seconds) for at, (_, tags, seconds) in enumerate(files, 1)]
        releases.append(_release(files[0][1], tracks, [tags.disc_number or 1 for _, tags, _ in files]))
        for (path, tags, seconds), track in zip(files, tracks, strict=True):
            items = tuple(map(int, items_of_file(str(path))))
            if not items:
                continue
            acoustid = tags.acoustid_id or str(_id("acoustid", track.recording.mbid))
            references.append(Reference(acoustid, items, seconds, ((track.recording.mbid, _SUBMISSIONS),)))
    return StandInCatalogue(tuple(releases), (), tuple(references), {}, maker())


def _tagged(folder: Path) -> Iterator[tuple[Path, Tags, float]]:
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        try:
            with path.open("rb") as file:
                container = sniff_stream(file)
                tags = container and read_tags(file, container)
            if not tags or not tags.title:
                continue
            with opened_input(os.fsencode(path)) as audio:
                length = audio.duration
        except (OSError, PassageworkError, RefusedError):
            continue
        if length:
            yield path, tags, length / av.time_base


def _release(tags: Tags, tracks: Iterable[MbTrack], discs: Iterable[int]) -> MbRelease:
    artists = _artists(
        tags.album_artist_ids or tags.artist_ids,
        tags.album_artists or tags.artists,
        tags.album_artist_credit or tags.artist_credit,
    )
    title = tags.album or tags.title or ""
    media: dict[int, list[MbTrack]] = defaultdict(list)
    for disc, track in zip(discs, tracks, strict=True):
        media[disc].append(track)
    group = tags.release_group_id or _id("release-group", title, artists[0].mbid)
    return MbRelease(
        mbid=tags.release_id or _id("release", title, artists[0].mbid),
        title=title,
        status="Official",
        date=tags.date,
        country=None,
        labels=(),
        artists=artists,
        group=MbReleaseGroup(group, title, "Album", (), tags.date),
        media=tuple(
            MbMedium(disc, "Digital Media", None, tuple(listed), len(listed)) for disc, listed in sorted(media.items())
        ),
        cover_art=False,
    )


def _track(at: int, tags: Tags, seconds: float) -> MbTrack:
    artists = _artists(tags.artist_ids, tags.artists, tags.artist_credit)
    title = tags.title or ""
    recording = MbRecording(
        mbid=tags.recording_ids[0] if tags.recording_ids else _id("recording", tags.album or "", title, str(at)),
        title=title,
        milliseconds=round(seconds * 1000),
        video=False,
        artists=artists,
        works=(),
    )
    position = tags.track_number or at
    return MbTrack(
        mbid=tags.release_track_id or _id("track", recording.mbid),
        kind=TrackKind.TRACK,
        position=position,
        number=str(position),
        title=title,
        milliseconds=recording.milliseconds,
        artists=artists,
        recording=recording,
    )


def _artists(mbids: tuple[Mbid, ...], names: tuple[str, ...], credit: str | None) -> tuple[CreditedArtist, ...]:
    names = names or (credit or "[unknown]",)
    if len(mbids) != len(names):
        mbids = tuple(_id("artist", name) for name in names)
    last = len(names) - 1
    return tuple(
        CreditedArtist(mbid, name, name, "" if at == last else " & ")
        for at, (mbid, name) in enumerate(zip(mbids, names, strict=True))
    )


def _id(*words: str) -> Mbid:
    return Mbid(str(uuid.uuid5(_NAMESPACE, "\0".join(words))))
