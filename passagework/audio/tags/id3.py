"""ID3v1 and ID3v2.2 to 2.4, at the start, at the end or inside an audio file."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from itertools import pairwise
from types import MappingProxyType
from typing import Any, BinaryIO, Final

from mutagen import id3
from mutagen.id3 import ID3, ID3NoHeaderError

from passagework.audio.tags.block import BlockBuilder, Field, TagBlock
from passagework.audio.tags.id3_bounds import within_bounds
from passagework.audio.tags.id3_chapters import chapters_of
from passagework.audio.tags.id3_places import behind_id3
from passagework.audio.tags.names import BEHIND_FIXED_NAMES, meaning_of
from passagework.domain.identification.evidence.likeness import titles_contradict

_FRAMES: Final = MappingProxyType(
    {
        "TIT2": (Field.TITLE, 0),
        "TPE1": (Field.ARTIST, 0),
        "TALB": (Field.ALBUM, 0),
        "TPE2": (Field.ALBUM_ARTIST, 0),
        "TCOM": (Field.COMPOSER, 0),
        "TDRC": (Field.DATE, 0),
        "TYER": (Field.DATE, 2),
        "TDRL": (Field.DATE, 3),
        "TDOR": (Field.ORIGINAL_DATE, 0),
        "TORY": (Field.ORIGINAL_DATE, 1),
        "TRCK": (Field.TRACK, 0),
        "TPOS": (Field.DISC, 0),
        "TSRC": (Field.ISRC, 0),
        "TCMP": (Field.COMPILATION, 0),
    }
)

_VOLUMES: Final = MappingProxyType(
    {"track": (Field.TRACK_GAIN, Field.TRACK_PEAK), "album": (Field.ALBUM_GAIN, Field.ALBUM_PEAK)}
)

_MUSICBRAINZ: Final = "http://musicbrainz.org"

# mutagen parses timestamps and keeps only what it understands; as plain text they stay as found.
_TIME_STAMPS: Final = {
    name: type(name, (id3.TextFrame,), {}) for name in ("TDRC", "TDRL", "TDOR", "TDEN", "TDTG", "TDRP")
}

_LARGEST_ID3: Final = 64 << 20
_LONGEST_ID3V1: Final = 131
"""Bytes, with the beginning of "APETAGEX" before it, by which mutagen tells the two apart."""

_DSF_POINTER_AT: Final = 20
"""Where a DSF file says where its ID3v2 tag begins (DSF File Format Specification 1.01)."""

_OPTIONS: Final = MappingProxyType(
    {"known_frames": {**id3.Frames, **id3.Frames_2_2, **_TIME_STAMPS}, "translate": False}
)


def read_id3(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the ID3v2 tags at the start of ``file``, each as a block, and an ID3v1 tag at its end.

    The ID3v1 tag completes the first ID3v2 tag. If it has another title, it is the rest of an earlier song, and a block
    of its own.
    """
    places = [0, *behind_id3(file)]
    bounded, beyond = within_bounds(file)
    bounded.seek(0)
    try:
        tag = ID3(bounded, **_OPTIONS)
    except ID3NoHeaderError:
        return
    old = _other_id3v1(bounded, tag)
    if old:
        bounded.seek(0)
        tag = ID3(bounded, **_OPTIONS, load_v1=False)
    yield _sort_frames(dict(tag.items()))
    for start, end in pairwise(places[1:]):
        file.seek(start)
        further, _ = within_bounds(BytesIO(file.read(min(end - start, _LARGEST_ID3))))
        further.seek(0)
        yield _sort_frames(dict(ID3(further, **_OPTIONS, load_v1=False).items()))
    if old:
        yield _sort_frames(old, "id3v1")
    if beyond is not None:
        raise beyond


def _other_id3v1(file: BinaryIO, tag: ID3) -> Mapping[str, Any]:
    """Return the frames of an ID3v1 tag if its title contradicts that of the tag, else nothing."""
    file.seek(max(0, file.seek(0, 2) - _LONGEST_ID3V1))
    end = file.read()
    if b"TAG" not in end:
        return {}
    try:
        old = dict(ID3(BytesIO(end), **_OPTIONS).items())
    except ID3NoHeaderError:
        return {}
    titles = [next(_texts(frames["TIT2"]), "") if "TIT2" in frames else "" for frames in (old, tag)]
    # It has no encoding: other letters than ASCII may be anything.
    readable = titles[0].isascii() and "?" not in titles[0]
    return old if readable and all(titles) and titles_contradict(*titles) else {}


def read_dsf(file: BinaryIO) -> Iterator[TagBlock]:
    """Read the ID3v2 tag that a DSF file points to, at its end."""
    file.seek(_DSF_POINTER_AT)
    at = int.from_bytes(file.read(8), "little")
    if at:
        file.seek(at)
        yield from read_id3(BytesIO(file.read(_LARGEST_ID3)))


def _sort_frames(frames: Mapping[str, Any], family: str = "id3") -> TagBlock:
    block = BlockBuilder(family)
    for key, frame in frames.items():
        match frame.FrameID:
            case "APIC":
                block.picture_count += 1
            case "CHAP" | "CTOC":
                """Below, all together."""
            case "UFID":
                _add_identifier(block, key, frame.owner, frame.data)
            case "RVA2":
                _add_volume(block, frame.desc, frame.gain, frame.peak)
            case "TXXX":
                block.add(key, _texts(frame), meaning_of(frame.desc, BEHIND_FIXED_NAMES))
            case "TCON":
                block.add(key, _texts(frame))
                block.add_meaning(Field.GENRE, 0, _genres(frame))
            case name:
                is_url = name.startswith("W") and name != "WXXX"
                block.add(name if is_url else key, _texts(frame), _FRAMES.get(name))
    if (date := _date_of_2_3(frames)) is not None:
        block.add_meaning(Field.DATE, 1, [date])
    block.given = chapters_of(frames)
    return block.build()


def _texts(frame: id3.Frame) -> Iterator[str]:
    """Yield the text in a frame: strings, addresses, or tuples like a role and a name."""
    found = next((getattr(frame, name) for name in ("text", "people", "url") if hasattr(frame, name)), ())
    for text in [found] if isinstance(found, str) else found:
        yield text if isinstance(text, str) else ": ".join(part for part in text if isinstance(part, str))


def _genres(frame: id3.TCON) -> list[str]:
    """Resolve genre numbers: "17", "(17)(18)Eurodisco"."""
    try:
        return [genre for genre in frame.genres if genre != "Unknown"]
    except ValueError:  # a digit that is not a number: "(\u00b2)"
        return list(_texts(frame))


def _date_of_2_3(frames: Mapping[str, Any]) -> str | None:
    """Combine the date of ID3v2.3 from its year (TYER) and its day and month (TDAT, "DDMM")."""
    year, day_month = (
        next(iter(_texts(frames[name])), "").strip() if name in frames else "" for name in ("TYER", "TDAT")
    )
    if len(day_month) != len("DDMM") or not year:
        return None
    return f"{year}-{day_month[2:]}-{day_month[:2]}"


def _add_identifier(block: BlockBuilder, key: str, owner: str, data: bytes) -> None:
    """Add a unique file identifier (UFID), which is binary by definition, if it is text."""
    text = data.decode("ascii", "replace")
    if text.isascii() and text.isprintable():
        block.add(key, [text], (Field.RECORDING_ID, 0) if owner == _MUSICBRAINZ else None)


def _add_volume(block: BlockBuilder, name: str, gain: float, peak: float) -> None:
    """Use a volume adjustment (RVA2) as ReplayGain if its name says so and there is no text tag for it."""
    fields = _VOLUMES.get(name.lower())
    if fields is None:
        return
    block.add_meaning(fields[0], 2 * BEHIND_FIXED_NAMES, [str(gain)])
    if peak:
        block.add_meaning(fields[1], 2 * BEHIND_FIXED_NAMES, [str(peak)])
