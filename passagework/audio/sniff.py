"""Recognise audio by content, and by name the files that need not be opened."""

import re
from types import MappingProxyType
from typing import BinaryIO, Final, NamedTuple

from passagework.audio.frame_sync import find_frames

HEAD_SIZE: Final = 65_536
"""The number of bytes of a file that are examined."""

_MOST_LONG_TAGS: Final = 8
"""Tags with pictures in front of the audio: one, or several of defective taggers."""

_ID3V2: Final = re.compile(rb"ID3([\2-\4])[^\xff](.)([\0-\x7f]{4})", re.DOTALL)
_APE_HEADER: Final = re.compile(rb"APETAGEX.{4}(.{4}).{16}", re.DOTALL)

_EXTENSIONS: Final = MappingProxyType(
    {
        "aac": b".aac",
        "ac3": b".ac3 .eac3 .ec3",
        "aiff": b".aif .aifc .aiff",
        "amr": b".amr .awb .3gp .3ga",
        "ape": b".ape",
        "asf": b".wma .asf",
        "au": b".au .snd",
        "caf": b".caf",
        "dff": b".dff",
        "dsf": b".dsf",
        "dts": b".dts .dtshd",
        "flac": b".flac .fla",
        "matroska": b".mka .webm .weba",
        "mp3": b".mp3 .mp2 .mpa .mpga",
        "mp4": b".m4a .m4b .m4p .m4r .mp4 .aac .alac .aax .3gp .3ga",
        "musepack": b".mpc .mp+ .mpp",
        "ogg": b".ogg .oga .ogx .opus .spx",
        "optimfrog": b".ofr .ofs",
        "realaudio": b".ra",
        "shorten": b".shn",
        "tak": b".tak",
        "tta": b".tta",
        "w64": b".w64 .wav",
        "wav": b".wav .wave .bwf .rf64",
        "wavpack": b".wv",
    }
)
"""The usual suffixes of each container."""

_SHARED_WITH_VIDEO: Final = frozenset({b".3gp", b".asf", b".mp4", b".ogx", b".webm"})

_KNOWN_EXTENSIONS: Final = frozenset(suffix for suffixes in _EXTENSIONS.values() for suffix in suffixes.split())

AUDIO_EXTENSIONS: Final = _KNOWN_EXTENSIONS - _SHARED_WITH_VIDEO
"""Suffixes (lower case, with the dot) that claim audio: such a file without audio is reported."""

VIDEO_EXTENSIONS: Final = frozenset({b".mkv", b".mov", b".wmv", b".m4v", b".f4v", b".ogv", b".ogm"})
"""Suffixes of videos whose sound can be read (``scan.video``)."""

NEVER_AUDIO_EXTENSIONS: Final = frozenset(
    (
        # pictures
        b".jpg .jpeg .jfif .png .gif .bmp .tif .tiff .webp .heic .heif .avif .svg .ico .psd .xcf .cr2 .nef .dng "
        # texts, lists, logs and checksums
        b".txt .cue .m3u .m3u8 .pls .xspf .wpl .asx .log .accurip .lrc .srt .ass .sub .idx .nfo .sfv .md5 "
        b".sha1 .sha256 .ffp .st5 .par2 .md .rtf .doc .docx .odt .pdf .epub .xml .html .htm "
        b".css .js .json .yaml .yml .toml .csv "
        # data and system files
        b".db .db-wal .db-shm .sqlite .sqlite-wal .sqlite-shm .ini .cfg .conf "
        b".torrent .url .ds_store .lnk .desktop .py .sh .exe .dll .so .iso "
        # archives
        b".zip .rar .7z .tar .gz .bz2 .xz .zst .tgz "
        # notes, not sound
        b".mid .midi .kar .sf2 .musicxml .mxl "
        # video
        b".mkv .avi .mov .mpg .mpeg .m2v .m2ts .mts .vob .ifo .bup .wmv .m4v .f4v .flv .swf .ogv .ogm .rmvb .divx .3g2"
    ).split()
)
"""Suffixes (lower case, with the dot) of the usual companions of music: such files need not be opened."""


def never_audio_extensions(*, video: bool) -> frozenset[bytes]:
    """Return the suffixes of files that need not be opened; with ``video`` the sound of videos is wanted."""
    return NEVER_AUDIO_EXTENSIONS - VIDEO_EXTENSIONS if video else NEVER_AUDIO_EXTENSIONS


_MAGIC: Final = (
    (b"fLaC", "flac"),
    (b"OggS\0", "ogg"),
    (b"wvpk", "wavpack"),
    (b"MAC ", "ape"),
    (b"MPCK", "musepack"),
    (b"MP+", "musepack"),
    (b"TTA1", "tta"),
    (b"TTA2", "tta"),
    (b"tBaK", "tak"),
    (b"OFR ", "optimfrog"),
    (b"ajkg", "shorten"),
    (b"DSD ", "dsf"),
    (b"caff\0\1", "caf"),
    (b"#!AMR", "amr"),
    (b"ADIF", "aac"),
    (b".snd\0\0", "au"),
    (b".ra\xfd", "realaudio"),
    (b"DTSHDHDR", "dts"),
    (b"\x7f\xfe\x80\x01", "dts"),
    (b"\xfe\x7f\x01\x80", "dts"),
    (b"\x1f\xff\xe8\x00", "dts"),
    (b"\xff\x1f\x00\xe8", "dts"),
    (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0", "w64"),
    (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "asf"),
    (b"\x1aE\xdf\xa3", "matroska"),
)

_CHUNKED: Final = (
    (b"RIFF", 8, (b"WAVE",), "wav"),
    (b"RIFX", 8, (b"WAVE",), "wav"),
    (b"RF64", 8, (b"WAVE",), "wav"),
    (b"BW64", 8, (b"WAVE",), "wav"),
    (b"FORM", 8, (b"AIFF", b"AIFC"), "aiff"),
    (b"FRM8", 12, (b"DSD ",), "dff"),
)
"""Containers identified by a form type after the first chunk header: magic, offset, form types, name."""

_NOT_AUDIO: Final = (
    b"PK\3\4", b"PK\5\6", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd",
    b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"FLV\1", b"FWS", b"CWS", b"\x7fELF", b"MZ", b"SQLite format 3",
    b"MThd", b"\0\0\1\xba", b"\0\0\1\xb3", b"RIFF", b"FORM",
)  # fmt: skip
"""Archives, pictures, videos and programs may contain MPEG frames after a few bytes, but are no audio files."""

_ASF_VIDEO_STREAM: Final = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_MATROSKA_TYPE: Final = re.compile(rb"matroska|webm")
_MATROSKA_VIDEO_CODEC: Final = re.compile(rb"\x86.V_[A-Z]", re.DOTALL)
_MP4_VIDEO_TRACK: Final = re.compile(rb"hdlr.{8}vide", re.DOTALL)

_MP4_AUDIO_BRANDS: Final = frozenset({b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B ", b"aax ", b"aaxc"})
_MP4_PICTURE_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"crx ", b"jxl "}
)
_MP4_VIDEO_BRANDS: Final = frozenset({b"M4V ", b"M4VH", b"M4VP", b"f4v ", b"F4V ", b"F4P "})
"""Pictures and videos: the registered brands of ISO/IEC 14496-12 files at mp4ra.org. FFmpeg names music with a cover in
H.264 a video."""

_LARGEST_INDEX: Final = 16 << 20
_MOST_BOXES: Final = 1_000


def sniff(head: bytes) -> str | None:
    """Name the audio container that begins with ``head``, up to the first 64 KiB of a file; None if it is no audio.

    A video is None although it may have a sound track, if the head shows it. An ID3v2 tag claims audio: if
    it is longer than the head or nothing known follows, the name is "mp3". Prefer :func:`sniff_stream` for files.
    """
    found = _sniff(head)
    return None if found is None or found.pictures else found.container


class Sniffed(NamedTuple):
    """The name of a container, and the number of bytes of ID3v2 and APEv2 tags in front of it.

    ``pictures``: the head shows a stream of pictures, which may be a video, or a cover as some programs store it. The
    pictures tell (:func:`passagework.audio.decoding.moving_pictures.is_video`).
    """

    container: str
    start: int
    pictures: bool = False


def sniff_stream(file: BinaryIO) -> str | None:
    """Name the audio container of an open, seekable file; skips ID3v2 tags of any length.

    Reads 64 KiB, and again behind each tag that is longer than half of that. Leaves the position undefined. Passes on
    the file's OSError.
    """
    head, start = _head_behind_tags(file)
    return sniff(head) or ("mp3" if start else None)


def sniff_behind_tags(file: BinaryIO) -> Sniffed | None:
    """Name the container like :func:`sniff_stream`, also of what has pictures, and say where it begins."""
    head, start = _head_behind_tags(file)
    found = _sniff(head)
    if found is None:
        return Sniffed("mp3", start) if start else None
    pictures = found.pictures or (found.container == "mp4" and _has_video_track(file, head, start))
    return found._replace(start=start, pictures=pictures)


def _head_behind_tags(file: BinaryIO) -> tuple[bytes, int]:
    """Return the first bytes that show what follows the tags, and the number of bytes of tags."""
    start = 0
    for _ in range(_MOST_LONG_TAGS):
        file.seek(start)
        head = file.read(HEAD_SIZE)
        tags = _tags_in_front(head)
        start += tags
        if tags <= HEAD_SIZE // 2:
            break
    return head, start


def extension_matches(name: bytes, container: str) -> bool:
    """Tell whether a file name's suffix is usual for this container; unknown suffixes match all."""
    suffix = suffix_of(name)
    return suffix not in _KNOWN_EXTENSIONS or suffix in _EXTENSIONS.get(container, b"").split()


def suffix_of(name: bytes) -> bytes:
    """Return the suffix of a file name or path in lower case with its dot, b"" if it has none."""
    base = name.rpartition(b"/")[2]
    _, dot, suffix = base.rpartition(b".")
    return dot + suffix.lower()


def _sniff(head: bytes) -> Sniffed | None:
    head = head[:HEAD_SIZE]
    start = _tags_in_front(head)
    tagged = Sniffed("mp3", start) if start else None
    if start >= len(head):
        return tagged
    return _sniff_untagged(head[start:], start) or tagged


def _tags_in_front(head: bytes) -> int:
    """Count the bytes of the ID3v2 and APEv2 tags before the audio; defective taggers write several."""
    start = 0
    while True:
        if found := _ID3V2.match(head, start):
            version, flags, digits = found.groups()
            size = 0
            for digit in digits:
                size = size << 7 | digit
            has_footer = version >= b"\4" and flags[0] & 0x10
            start = found.end() + size + (10 if has_footer else 0)
        elif found := _APE_HEADER.match(head, start):
            start = found.end() + int.from_bytes(found[1], "little")
        else:
            return start


def _sniff_untagged(head: bytes, start: int) -> Sniffed | None:
    name = _named_by_magic(head)
    if name is not None:
        return None if _is_no_sound(head, name) else Sniffed(name, start, _has_pictures(head, name))
    if head.startswith(_NOT_AUDIO) or head[257:262] == b"ustar":
        return None
    frames = find_frames(head)
    return None if frames is None else Sniffed(frames, start)


def _named_by_magic(head: bytes) -> str | None:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    for magic, at, forms, name in _CHUNKED:
        if head.startswith(magic) and head[at : at + 4] in forms:
            return name
    return "mp4" if head[4:8] == b"ftyp" else None


def _is_no_sound(head: bytes, container: str) -> bool:
    """Tell whether a container says that it is for something else."""
    match container:
        case "matroska":
            return not _MATROSKA_TYPE.search(head[:128])
        case "mp4":
            return head[8:12] in _MP4_PICTURE_BRANDS
        case _:
            return False


def _has_pictures(head: bytes, container: str) -> bool:
    match container:
        case "asf":
            return _ASF_VIDEO_STREAM in head
        case "matroska":
            return bool(_MATROSKA_VIDEO_CODEC.search(head))
        case "ogg":
            return b"\x80theora" in head[:4096]
        case "mp4":
            # An audio book may have a video track for its chapter pictures, so check the brand before the tracks.
            return head[8:12] in _MP4_VIDEO_BRANDS or (
                _brands_of(head).isdisjoint(_MP4_AUDIO_BRANDS) and bool(_MP4_VIDEO_TRACK.search(head))
            )
        case _:
            return False


def _has_video_track(file: BinaryIO, head: bytes, start: int) -> bool:
    """Look for a track of pictures in the index of an MP4 file, which may stand behind everything else."""
    if not _brands_of(head[-(len(head) - _tags_in_front(head)) :]).isdisjoint(_MP4_AUDIO_BRANDS):
        return False
    at = start
    for _ in range(_MOST_BOXES):
        file.seek(at)
        header = file.read(16)
        if len(header) < 16:  # noqa: PLR2004 - size, name, and a size of 64 bits
            return False
        size = int.from_bytes(header[:4]) if header[:4] != b"\0\0\0\1" else int.from_bytes(header[8:])
        if header[4:8] == b"moov":
            file.seek(at)
            return bool(_MP4_VIDEO_TRACK.search(file.read(min(size or _LARGEST_INDEX, _LARGEST_INDEX))))
        if size < 8:  # noqa: PLR2004 - it reaches to the end, or is damaged
            return False
        at += size
    return False


def _brands_of(head: bytes) -> set[bytes]:
    size = min(int.from_bytes(head[:4], "big"), 1024)
    return {head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))}
