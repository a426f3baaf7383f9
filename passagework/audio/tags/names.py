"""The names of fields in tag formats with free names: Vorbis, APE, TXXX, MP4 freeform, ASF.

Names that differ only in case, spaces, underscores and slashes mean the same: "MusicBrainz Album Id",
MUSICBRAINZ_ALBUMID and MusicBrainz/Album Id. They follow MusicBrainz Picard's tag mapping and the ReplayGain 2.0
specification, followed by the spellings of older tools.
"""

from types import MappingProxyType
from typing import Final

from passagework.audio.tags.block import LONGEST_NAME, Field

_NAMES: Final = {
    Field.TITLE: "title",
    Field.ARTIST: "artist",
    Field.ARTISTS: "artists",
    Field.ALBUM: "album albumtitle",
    Field.ALBUM_ARTIST: "albumartist",
    Field.ALBUM_ARTISTS: "albumartists",
    Field.COMPOSER: "composer",
    Field.GENRE: "genre",
    Field.DATE: "date year",
    Field.ORIGINAL_DATE: "originaldate originalreleasetime originalyear originalreleaseyear",
    Field.TRACK: "tracknumber track",
    Field.TRACK_TOTAL: "tracktotal totaltracks",
    Field.DISC: "discnumber disc partofset",
    Field.DISC_TOTAL: "disctotal totaldiscs",
    Field.ISRC: "isrc",
    Field.COMPILATION: "compilation iscompilation",
    Field.RECORDING_ID: "musicbrainztrackid",
    Field.RELEASE_TRACK_ID: "musicbrainzreleasetrackid",
    Field.RELEASE_ID: "musicbrainzalbumid",
    Field.RELEASE_GROUP_ID: "musicbrainzreleasegroupid",
    Field.ARTIST_ID: "musicbrainzartistid",
    Field.ALBUM_ARTIST_ID: "musicbrainzalbumartistid",
    Field.WORK_ID: "musicbrainzworkid",
    Field.ACOUSTID_ID: "acoustidid",
    Field.TRACK_GAIN: "replaygaintrackgain rgradio",
    Field.TRACK_PEAK: "replaygaintrackpeak rgpeak",
    Field.ALBUM_GAIN: "replaygainalbumgain rgaudiophile",
    Field.ALBUM_PEAK: "replaygainalbumpeak",
    Field.R128_TRACK_GAIN: "r128trackgain",
    Field.R128_ALBUM_GAIN: "r128albumgain",
}

_MEANINGS: Final = MappingProxyType(
    {name: (field, rank) for field, names in _NAMES.items() for rank, name in enumerate(names.split())}
)

BEHIND_FIXED_NAMES: Final = 100
"""Added to the rank of a free name in formats that have a fixed name for the common fields."""


def meaning_of(name: str, behind: int = 0) -> tuple[Field, int] | None:
    """Return the field of a free name and the rank of the name; None if it is unknown."""
    squashed = "".join(character for character in name[:LONGEST_NAME].lower() if character.isalnum())
    meaning = _MEANINGS.get(squashed)
    return None if meaning is None else (meaning[0], meaning[1] + behind)
