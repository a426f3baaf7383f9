"""Tags that are too much to read: the audio is analysed, what was read is kept, and the rest is a warning."""

import struct
import time
import zlib
from contextlib import contextmanager
from io import BytesIO
from types import SimpleNamespace

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen import id3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from passagework.audio.decoding.tag_cover import cover_tags
from passagework.audio.tags import TagsUnreadableError, id3_bounds, read_tags, reading
from passagework.audio.tags.id3 import read_id3
from passagework.audio.tags.time_limit import OutOfTimeError, limited_time
from passagework.demo.encoding import AudioForm
from passagework.domain.failures import WarningCode

MANY = 5_000
"""Entries: more than are kept, and more than FFmpeg may see."""

ENOUGH = 300_000
"""Rounds that take seconds: a limit that does not hold is noticed then, and not when pytest gives up."""


def id3_tag(frames, version=3):
    return b"ID3" + bytes([version, 0, 0]) + bytes(len(frames) >> shift & 127 for shift in (21, 14, 7, 0)) + frames


def id3_frame(name, data, flags=b"\0\0"):
    return name + len(data).to_bytes(4) + flags + data


def many_frames(count=MANY):
    return id3_tag(b"".join(id3_frame(b"TXXX", b"\0K%d\0v" % number) for number in range(count)))


def chunk(name, content, order="big", size_bytes=4):
    return name + len(content).to_bytes(size_bytes, order) + content + bytes(len(content) % 2)


def riff(audio, more):
    return audio[:4] + (int.from_bytes(audio[4:8], "little") + len(more)).to_bytes(4, "little") + audio[8:] + more


def aiff(audio, more):
    return audio[:4] + (int.from_bytes(audio[4:8]) + len(more)).to_bytes(4) + audio[8:] + more


def vorbis_comments():
    comments = b"".join(struct.pack("<L", len(text)) + text for text in (b"K%d=v" % number for number in range(MANY)))
    return struct.pack("<LL", 0, MANY) + comments


def flac_with_comments(audio):
    content = vorbis_comments()
    return audio[:42].replace(audio[4:5], b"\0", 1) + b"\4" + len(content).to_bytes(3) + content + audio[42:]


def ape_tag():
    items = b"".join(struct.pack("<LL", 1, 0) + b"K%d\0v" % number for number in range(MANY))
    return items + b"APETAGEX" + struct.pack("<LLL", 2000, len(items) + 32, MANY) + bytes(12)


def info_list():
    return (
        b"LIST"
        + struct.pack("<L", 4 + 10 * MANY)
        + b"INFO"
        + b"".join(
            chunk(b"%04d" % number if number < 10_000 else b"K%03d" % (number % 1_000), b"v\0", "little")
            for number in range(MANY)
        )
    )


def save(kind, entry):
    """Add entries to a file with mutagen."""

    def add(audio):
        file = BytesIO(audio)
        tags = kind(file)
        if tags.tags is None:
            tags.add_tags()
        for number in range(MANY):
            entry(tags.tags, f"K{number}")
        tags.save(file)
        return file.getvalue()

    return add


def asf_attributes(audio):
    def attribute(number):
        name = f"K{number}\0".encode("utf-16-le")
        return struct.pack("<H", len(name)) + name + struct.pack("<HH", 0, 4) + "v\0".encode("utf-16-le")

    content = struct.pack("<H", MANY) + b"".join(map(attribute, range(MANY)))
    attributes = bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850") + struct.pack("<Q", 24 + len(content)) + content
    size, objects = struct.unpack("<QL", audio[16:28])
    return audio[:16] + struct.pack("<QL", size + len(attributes), objects + 1) + audio[28:30] + attributes + audio[30:]


@contextmanager
def watched_ffmpeg():
    """Collect how many entries of tags FFmpeg finds in each file that it opens."""
    entries, real = [], av.open

    def watch(*arguments, **options):
        container = real(*arguments, **options)
        entries.append(len(container.metadata) + sum(len(stream.metadata) for stream in container.streams))
        return container

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(av, "open", watch)
        yield entries


ENDLESS = {
    "ID3 in front of MP3": (AudioForm.MP3_BARE, lambda audio: many_frames() + audio),
    "ID3 of empty frames": (AudioForm.MP3_BARE, lambda audio: id3_tag(id3_frame(b"TIT2", b"") * 100_000) + audio),
    "ID3 in WAV": (AudioForm.WAV, lambda audio: riff(audio, chunk(b"id3 ", many_frames(), "little"))),
    "INFO in WAV": (AudioForm.WAV, lambda audio: riff(audio, info_list())),
    "ID3 in AIFF": (AudioForm.AIFF, lambda audio: aiff(audio, chunk(b"ID3 ", many_frames()))),
    "comments in FLAC": (AudioForm.FLAC, flac_with_comments),
    "APE behind WavPack": (AudioForm.WAVPACK, lambda audio: audio + ape_tag()),
    "comments in Vorbis": (AudioForm.VORBIS, save(OggVorbis, lambda tags, name: tags.append((name, "v")))),
    "comments in Opus": (AudioForm.OPUS, save(OggOpus, lambda tags, name: tags.append((name, "v")))),
    "items in MP4": (AudioForm.AAC, save(MP4, lambda tags, name: tags.__setitem__(f"----:x:{name}", [b"v"]))),
    "attributes in ASF": (AudioForm.WMA, asf_attributes),
}


QUICK = {"ID3 in front of MP3", "comments in FLAC", "items in MP4"}


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=() if case in QUICK else pytest.mark.slow) for case in ENDLESS]
)
def test_endless_tags_cost_no_audio(analyze, new_file, case):
    form, add = ENDLESS[case]
    path = new_file(form)
    plain = analyze(path, fingerprint=False)
    path.write_bytes(add(path.read_bytes()))
    with watched_ffmpeg() as entries:
        result = analyze(path, fingerprint=False)
    assert max(entries) <= 1_000
    assert WarningCode.TAGS_UNREADABLE in result.warnings
    assert (result.samples, result.audio_hash) == (plain.samples, plain.audio_hash)


def element(name, content):
    return name + (len(content) | 1 << 56).to_bytes(8) + content


def matroska(tags):
    return b"\x1aE\xdf\xa3\x80" + element(b"\x18\x53\x80\x67", element(b"\xec", b"xx") + tags)


@pytest.mark.parametrize("size_bytes", range(3, 9))
def test_endless_tags_in_matroska_look_void_to_ffmpeg(size_bytes):
    content = bytes(100_000)
    tags = b"\x12\x54\xc3\x67" + (len(content) | 1 << 7 * size_bytes).to_bytes(size_bytes) + content
    file = matroska(tags)
    ((at, patch),) = cover_tags(BytesIO(file), "matroska", 0, len(file)).patches
    assert file[at:] == tags
    void_bytes = 9 - patch[1].bit_length()
    length = int.from_bytes(patch[1 : 1 + void_bytes]) & (1 << 7 * void_bytes) - 1
    assert patch[:1] == b"\xec"
    assert 1 + void_bytes + length == len(tags)
    assert cover_tags(BytesIO(file), "matroska", 0, len(file)).patches != ()


W64_SUMMARY = bytes.fromhex("925f94bc525ad21186dc00c04f8edb8a")


@pytest.mark.parametrize(
    ("container", "file"),
    [
        (
            "caf",
            b"caff\0\1\0\0"
            + chunk(b"desc", bytes(31), size_bytes=8)[:-1]
            + chunk(b"info", bytes(70_000), size_bytes=8),
        ),
        ("dff", b"FRM8" + bytes(8) + b"DSD " + chunk(b"ID3 ", bytes(70_000), size_bytes=8)),
        ("dsf", b"DSD " + bytes(16) + (28).to_bytes(8, "little") + bytes(70_000)),
        ("w64", bytes(40) + W64_SUMMARY + (70_024).to_bytes(8, "little") + bytes(70_000)),
    ],
)
def test_endless_tags_in_rare_containers_are_hidden(container, file):
    ((at, patch),) = cover_tags(BytesIO(file), container, 0, len(file)).patches
    assert file[at : at + 4] in {b"info", b"ID3 ", (28).to_bytes(4, "little"), W64_SUMMARY[:4]}
    assert patch in {b"JUNK", bytes(8), bytes(16)}


def test_a_picture_that_inflates_without_end_is_left_out(new_file, analyze):
    path = new_file(AudioForm.MP3_BARE)
    bomb = zlib.compress(b"\0image/png\0\3\0" + bytes(40 << 20), 1)
    frames = id3_frame(b"TIT2", b"\0Title") + id3_frame(b"APIC", (40 << 20).to_bytes(4) + bomb, b"\0\x80")
    path.write_bytes(id3_tag(frames + id3_frame(b"TPE1", b"\0Artist")) + path.read_bytes())
    result = analyze(path, fingerprint=False)
    assert WarningCode.TAGS_UNREADABLE in result.warnings
    assert (result.tags.title, result.tags.artist_credit) == ("Title", "Artist")


def test_a_large_picture_between_texts_is_ordinary(new_file, analyze):
    path = new_file(AudioForm.MP3_BARE)
    tag = id3.ID3()
    tag.add(id3.TIT2(text="Title"))
    tag.add(id3.APIC(mime="image/png", type=3, desc="front", data=bytes(300_000)))
    tag.add(id3.TXXX(desc="z", text="behind"))
    tag.save(path)
    result = analyze(path, fingerprint=False)
    assert WarningCode.TAGS_UNREADABLE not in result.warnings
    assert dict(result.tags.raw) == {"TIT2": ("Title",), "TXXX:z": ("behind",)}
    assert result.tags.picture_count == 1


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("texts", [["Title"], ["T" * 200, "\u00e9\u4e00"]])
def test_a_tag_reads_the_same_whether_it_was_cut_down_or_not(monkeypatch, version, texts):
    tag = id3.ID3()
    tag.add(id3.TIT2(encoding=1, text=texts))
    tag.add(id3.TPE1(encoding=0 if texts == ["Title"] else 1, text=["A", "B"]))
    tag.add(id3.COMM(encoding=1, lang="eng", desc="d", text="c" * 150))
    tag.add(id3.UFID(owner="http://musicbrainz.org", data=b"x" * 36))
    tag.add(id3.APIC(mime="image/png", desc="p", data=b"\xff\0\xff" * 20))
    file = BytesIO()
    tag.save(file, v2_version=version)
    whole = list(read_id3(BytesIO(file.getvalue() + bytes(500))))
    monkeypatch.setattr(id3_bounds, "_SMALL", 0)
    assert list(read_id3(BytesIO(file.getvalue() + bytes(500)))) == whole
    assert whole[0].picture_count == 1


@pytest.mark.parametrize("level", [1, 9])
def test_a_small_tag_with_a_text_that_inflates_to_very_much_is_read_without_it(level):
    bomb = zlib.compress(bytes(16 << 20), level)
    frames = id3_frame(b"TIT2", b"\0Title") + id3_frame(b"TPE1", (16 << 20).to_bytes(4) + bomb, b"\0\x80")
    assert len(frames) < id3_bounds._SMALL
    before = time.process_time()
    with pytest.raises(TagsUnreadableError, match="more than is read") as caught:
        read_tags(BytesIO(id3_tag(frames)), "mp3")
    assert time.process_time() - before < 1
    assert caught.value.found.title == "Title"


def test_reading_that_takes_too_long_is_ended_and_what_was_read_is_kept(monkeypatch):
    first = list(read_id3(BytesIO(id3_tag(id3_frame(b"TIT2", b"\0Title")))))

    def read_on(_file):
        yield from first
        for _ in range(ENOUGH):
            try:
                sum(range(1_000))
            except Exception as error:  # as mutagen does it
                raise ValueError from error

    monkeypatch.setattr(reading, "_READERS", {"mp3": (read_on,)})
    monkeypatch.setattr(reading, "_MOST_SECONDS", 0.05)
    with pytest.raises(TagsUnreadableError, match="took more than") as caught:
        read_tags(BytesIO(), "mp3")
    assert caught.value.found.title == "Title"


def test_a_limit_of_time_that_is_not_reached_leaves_nothing_behind():
    with limited_time(0.01):
        pass
    before = time.process_time()
    while time.process_time() - before < 0.03:
        pass


def test_a_limit_of_time_that_something_swallowed_is_raised_again():
    raised = []

    def swallow():
        for _ in range(ENOUGH):
            try:
                sum(range(1_000))
            except OutOfTimeError as error:
                raised.append(error)
                if len(raised) == 2:
                    raise

    with pytest.raises(OutOfTimeError), limited_time(0.01):
        swallow()


@pytest.mark.parametrize("form", AudioForm)
def test_of_ordinary_files_nothing_is_hidden(new_file, form):
    container = SimpleNamespace(MP3_BARE="mp3", VORBIS="ogg", OPUS="ogg", AAC="mp4", ALAC="mp4", WMA="asf")
    name = getattr(container, form.name, form.name.partition("_")[0].lower())
    content = new_file(form).read_bytes()
    cover = cover_tags(BytesIO(content), name, 0, len(content))
    assert (cover.start, cover.end, cover.patches) == (0, None, ())


MAGIC = {
    "asf": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
    "aiff": b"FORM\0\0\x10\0AIFF",
    "caf": b"caff\0\1\0\0",
    "dff": b"FRM8\0\0\0\0\0\0\x10\0DSD ",
    "dsf": b"DSD ",
    "flac": b"fLaC",
    "matroska": b"\x1aE\xdf\xa3",
    "mp3": b"ID3\4",
    "mp4": b"\0\0\0\x08ftyp",
    "ogg": b"OggS\0\2",
    "wav": b"RIFF\0\0\x10\0WAVE",
}
NAMES = [b"LIST", b"ID3 ", b"moov", b"udta", b"ilst", b"\xff" * 8, bytes(8), b"OpusTags", b"\3vorbis", b"APETAGEX"]
NUMBERS = [b"\x18\x53\x80\x67", b"\x12\x54\xc3\x67", bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850")]
PIECES = st.binary(max_size=24) | st.sampled_from([*MAGIC.values(), *NAMES, *NUMBERS])


@given(st.sampled_from(sorted(MAGIC)), st.lists(PIECES, max_size=12))
def test_any_bytes_can_be_covered(container, pieces):
    content = MAGIC[container] + b"".join(pieces)
    cover = cover_tags(BytesIO(content), container, 0, len(content))
    assert all(0 <= at < len(content) for at, _ in cover.patches)
    assert cover.end is None or 0 <= cover.end <= len(content)


@given(
    st.sampled_from([2, 3, 4]), st.integers(0, 255), st.lists(PIECES | st.just(b"APIC") | st.just(b"TXXX"), max_size=12)
)
def test_any_bytes_of_an_id3_tag_can_be_cut_down(version, flags, pieces):
    content = b"".join(pieces)
    header = b"ID3" + bytes([version, 0, flags]) + bytes(len(content) >> shift & 127 for shift in (21, 14, 7, 0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(id3_bounds, "_SMALL", 0)
        small, _ = id3_bounds.within_bounds(BytesIO(header + content))
    assert small.seek(0, 2) <= len(header) + 2 * len(content) + 128
