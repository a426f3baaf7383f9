"""Write tags like MusicBrainz Picard, in the names of each format.

The names follow Picard's tag mapping: https://picard-docs.musicbrainz.org/en/appendices/tag_mapping.html
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import mutagen
from mutagen import id3
from mutagen.aiff import AIFF
from mutagen.asf import ASF
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.wave import WAVE
from mutagen.wavpack import WavPack

from passagework.domain.tags import Tags

_Values = Callable[[Tags], tuple[str | None, ...]]

_FREEFORM: Final = "----:com.apple.iTunes:"


@dataclass(frozen=True, slots=True)
class _Field:
    """One field and its names; an ``id3`` name of more than four letters is the description of a TXXX frame."""

    values: _Values
    vorbis: str
    id3: str
    mp4: str
    ape: str
    asf: str

    def of(self, tags: Tags) -> list[str]:
        """Return the known values."""
        return [value for value in self.values(tags) if value is not None]


def _mbid(entity: str, values: _Values) -> _Field:
    """Return the field of an entity's MBID: "MusicBrainz Album Id", MUSICBRAINZ_ALBUMID or MusicBrainz/Album Id."""
    spoken = f"MusicBrainz {entity} Id"
    compact = f"MUSICBRAINZ_{entity.replace(' ', '').upper()}ID"
    return _Field(values, compact, spoken, _FREEFORM + spoken, compact, f"MusicBrainz/{entity} Id")


_FIELDS: Final = (
    _Field(lambda t: (t.title,), "TITLE", "TIT2", "\xa9nam", "Title", "Title"),
    _Field(lambda t: (t.artist_credit,), "ARTIST", "TPE1", "\xa9ART", "Artist", "Author"),
    _Field(lambda t: t.artists, "ARTISTS", "ARTISTS", _FREEFORM + "ARTISTS", "Artists", "WM/ARTISTS"),
    _Field(lambda t: (t.album,), "ALBUM", "TALB", "\xa9alb", "Album", "WM/AlbumTitle"),
    _Field(lambda t: (t.album_artist_credit,), "ALBUMARTIST", "TPE2", "aART", "Album Artist", "WM/AlbumArtist"),
    _Field(lambda t: (t.date,), "DATE", "TDRC", "\xa9day", "Year", "WM/Year"),
    _mbid("Artist", lambda t: t.artist_ids),
    _mbid("Album", lambda t: (t.release_id,)),
    _mbid("Album Artist", lambda t: t.album_artist_ids),
    _mbid("Release Group", lambda t: (t.release_group_id,)),
    _mbid("Release Track", lambda t: (t.release_track_id,)),
    _mbid("Work", lambda t: t.work_ids),
)

_RECORDING: Final = _mbid("Track", lambda t: t.recording_ids)
"""The recording's MBID has the name "Track" in all formats except ID3, where it is a UFID frame."""


def write_tags(path: Path, tags: Tags) -> None:
    """Write text, numbers and MBIDs of ``tags`` into an audio file whose format mutagen recognises.

    Fields that are None or empty are left out; ISRC, genres, composers, ReplayGain, pictures and ``raw`` are not
    written, and of several recording MBIDs ID3 holds the first. Raises mutagen.MutagenError for a file without tags.
    """
    match mutagen.File(path):
        case MP3() | AIFF() | WAVE() as audio:
            _fill_id3(audio, tags)
        case MP4() as audio:
            _fill_mp4(audio, tags)
        case WavPack() as audio:
            _fill_ape(audio, tags)
        case ASF() as audio:
            _fill_asf(audio, tags)
        case None:
            raise mutagen.MutagenError(f"{path} is no audio file that can hold tags")
        case audio:
            _fill_vorbis(audio, tags)
    audio.save()


def _fill_id3(audio: mutagen.FileType, tags: Tags) -> None:
    for frame in _id3_frames(tags):
        audio[frame.HashKey] = frame


def _id3_frames(tags: Tags) -> Iterator[id3.Frame]:
    encoding = id3.Encoding.UTF8
    for field in _FIELDS:
        if not (values := field.of(tags)):
            continue
        if len(field.id3) == len("TIT2"):
            yield id3.Frames[field.id3](encoding=encoding, text=values)
        else:
            yield id3.TXXX(encoding=encoding, desc=field.id3, text=values)
    for mbid in tags.recording_ids[:1]:
        yield id3.UFID(owner="http://musicbrainz.org", data=mbid.encode("ascii"))
    if number := _number_of_total(tags.track_number, tags.track_total):
        yield id3.TRCK(encoding=encoding, text=[number])
    if number := _number_of_total(tags.disc_number, tags.disc_total):
        yield id3.TPOS(encoding=encoding, text=[number])


def _fill_vorbis(comments: mutagen.FileType, tags: Tags) -> None:
    for field in (*_FIELDS, _RECORDING):
        if values := field.of(tags):
            comments[field.vorbis] = values
    for name, number in (
        ("TRACKNUMBER", tags.track_number),
        ("TRACKTOTAL", tags.track_total),
        ("DISCNUMBER", tags.disc_number),
        ("DISCTOTAL", tags.disc_total),
    ):
        if number is not None:
            comments[name] = [str(number)]


def _fill_mp4(atoms: MP4, tags: Tags) -> None:
    for field in (*_FIELDS, _RECORDING):
        if values := field.of(tags):
            freeform = field.mp4.startswith(_FREEFORM)
            atoms[field.mp4] = [value.encode() for value in values] if freeform else values
    if tags.track_number is not None:
        atoms["trkn"] = [(tags.track_number, tags.track_total or 0)]
    if tags.disc_number is not None:
        atoms["disk"] = [(tags.disc_number, tags.disc_total or 0)]


def _fill_ape(items: WavPack, tags: Tags) -> None:
    for field in (*_FIELDS, _RECORDING):
        if values := field.of(tags):
            items[field.ape] = values
    if number := _number_of_total(tags.track_number, tags.track_total):
        items["Track"] = number
    if number := _number_of_total(tags.disc_number, tags.disc_total):
        items["Disc"] = number


def _fill_asf(attributes: ASF, tags: Tags) -> None:
    for field in (*_FIELDS, _RECORDING):
        if values := field.of(tags):
            attributes[field.asf] = values
    if tags.track_number is not None:
        attributes["WM/TrackNumber"] = [str(tags.track_number)]
    if number := _number_of_total(tags.disc_number, tags.disc_total):
        attributes["WM/PartOfSet"] = [number]


def _number_of_total(number: int | None, total: int | None) -> str | None:
    """Write "3", "3/12" or nothing."""
    if number is None:
        return None
    return str(number) if total is None else f"{number}/{total}"
