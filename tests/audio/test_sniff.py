import io
import random
import struct
import tarfile
import zipfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.audio.sniff import (
    AUDIO_EXTENSIONS,
    HEAD_SIZE,
    NEVER_AUDIO_EXTENSIONS,
    extension_matches,
    sniff,
    sniff_stream,
)

ENCODED = [
    # muxer, codec, sample format, name
    ("mp3", "libmp3lame", "fltp", "mp3"),
    ("mp2", "mp2", "s16", "mp3"),
    ("adts", "aac", "fltp", "aac"),
    ("ac3", "ac3", "fltp", "ac3"),
    ("eac3", "eac3", "fltp", "ac3"),
    ("flac", "flac", "s16", "flac"),
    ("ogg", "libopus", "flt", "ogg"),
    ("ogg", "flac", "s16", "ogg"),
    ("ipod", "aac", "fltp", "mp4"),
    ("mp4", "aac", "fltp", "mp4"),
    ("mov", "pcm_s16le", "s16", "mp4"),
    ("wav", "pcm_s16le", "s16", "wav"),
    ("w64", "pcm_s16le", "s16", "w64"),
    ("aiff", "pcm_s16be", "s16", "aiff"),
    ("au", "pcm_s16be", "s16", "au"),
    ("caf", "pcm_s16be", "s16", "caf"),
    ("asf", "wmav2", "fltp", "asf"),
    ("wv", "wavpack", "s16p", "wavpack"),
    ("tta", "tta", "s16", "tta"),
    ("matroska", "flac", "s16", "matroska"),
    ("webm", "libopus", "flt", "matroska"),
]

MAGIC = [
    (b"MAC \x96\x0f\0\0", "ape"),
    (b"MPCK", "musepack"),
    (b"MP+\x07", "musepack"),
    (b"tBaK", "tak"),
    (b"OFR \x0c\0\0\0", "optimfrog"),
    (b"ajkg\2", "shorten"),
    (b"DSD \x1c\0\0\0\0\0\0\0", "dsf"),
    (b"FRM8\0\0\0\0\0\0\x10\0DSD ", "dff"),
    (b"#!AMR-WB\n", "amr"),
    (b"\x7f\xfe\x80\x01", "dts"),
    (b"RF64\xff\xff\xff\xffWAVEds64", "wav"),
    (b"FORM\0\0\x10\0AIFC", "aiff"),
]


def encode(muxer, codec, sample_format, seconds=0.2, *, rate=48_000, video=False):
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=muxer) as container:
        stream = container.add_stream(codec, rate, options={"strict": "experimental"})
        stream.layout, stream.format, stream.bit_rate = "stereo", sample_format, 128_000
        picture = container.add_stream("mpeg4", 25) if video else None
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
            container.mux(picture.encode(av.VideoFrame(64, 64, "yuv420p")))
        samples = np.random.default_rng(1).uniform(-0.1, 0.1, (1, 2 * int(rate * seconds))).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples, "flt", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for each in (stream, picture):
            if each is stream:
                container.mux(stream.encode(frame))
            if each is not None:
                container.mux(each.encode(None))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def mp3_frames():
    """Bare MPEG frames without any tag."""
    data = encode("mp3", "libmp3lame", "fltp", seconds=1)
    return data[data.index(b"\xff\xfb") :]


def id3v2(size, *, version=4, footer=False):
    digits = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    header = bytes([version, 0, 0x10 if footer else 0]) + digits
    return b"ID3" + header + b"\0" * size + (b"3DI" + header if footer else b"")


@pytest.mark.parametrize(("muxer", "codec", "sample_format", "name"), ENCODED)
def test_encoded_audio_is_recognised_by_its_content(muxer, codec, sample_format, name):
    assert sniff(encode(muxer, codec, sample_format)[:HEAD_SIZE]) == name


@pytest.mark.parametrize(
    ("muxer", "codec", "name"),
    [
        ("mp3", "libmp3lame", "mp3"),
        ("mp2", "mp2", "mp3"),
        ("ac3", "ac3", "ac3"),
        ("eac3", "eac3", "ac3"),
        ("adts", "aac", "aac"),
    ],
)
@pytest.mark.parametrize("rate", [32_000, 44_100, 48_000])
def test_streams_without_magic_are_recognised_at_every_rate(muxer, codec, name, rate):
    sample_format = "s16" if codec == "mp2" else "fltp"
    assert sniff(encode(muxer, codec, sample_format, seconds=0.5, rate=rate)) == name


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050])
def test_low_rates_of_mpeg_2_and_2_5_are_recognised(rate):
    assert sniff(encode("mp3", "libmp3lame", "fltp", seconds=1, rate=rate)) == "mp3"


@pytest.mark.parametrize(("head", "name"), MAGIC)
def test_formats_that_cannot_be_encoded_here_are_recognised_by_their_magic(head, name):
    assert sniff(head + bytes(64)) == name


@pytest.mark.parametrize("muxer", ["mp4", "mov"])
def test_a_video_is_not_audio_although_it_has_a_sound_track(muxer):
    # Both muxers put the track headers behind the data; the file is short enough for the head to show them.
    assert sniff(encode(muxer, "aac", "fltp", video=True)) is None


@pytest.mark.parametrize("muxer", ["matroska", "asf"])
def test_a_video_in_a_container_that_music_uses_too_is_not_audio(muxer):
    assert sniff(encode(muxer, "aac", "fltp", video=True)) is None


def test_a_video_in_an_ogg_stream_is_not_audio():
    assert sniff(b"OggS\0\2" + bytes(20) + b"\1\x2a\x80theora\3\2\1" + bytes(100)) is None


def test_an_audio_book_with_a_track_of_chapter_pictures_is_audio():
    data = encode("mp4", "aac", "fltp", video=True)
    assert sniff(data.replace(b"ftypisom", b"ftypM4B ")) == "mp4"


@pytest.mark.parametrize("brand", [b"heic", b"avif", b"mif1", b"M4V "])
def test_pictures_and_videos_in_mp4_boxes_are_not_audio(brand):
    assert sniff(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(100)) is None


def test_a_long_id3_tag_in_front_is_mp3_for_the_head_alone_and_looked_behind_in_a_file():
    flac = encode("flac", "flac", "s16")
    data = id3v2(300_000) + flac
    assert sniff(data[:HEAD_SIZE]) == "mp3"
    assert sniff_stream(io.BytesIO(data)) == "flac"


@pytest.mark.parametrize("size", [0, 10, HEAD_SIZE - 100, HEAD_SIZE - 10, HEAD_SIZE, 1_000_000])
def test_mp3_is_found_behind_an_id3_tag_of_any_length(mp3_frames, size):
    assert sniff_stream(io.BytesIO(id3v2(size) + mp3_frames)) == "mp3"


def test_several_tags_in_a_row_are_skipped():
    flac = encode("flac", "flac", "s16")
    ape = b"APETAGEX" + struct.pack("<LLL", 2000, 32, 0) + bytes([0, 0, 0, 0xA0]) + bytes(8 + 32)
    assert sniff(id3v2(20) + id3v2(30, footer=True) + ape + flac) == "flac"


def test_an_id3_tag_without_recognisable_audio_still_claims_audio():
    assert sniff(id3v2(100) + b"nothing known") == "mp3"


def test_mpeg_frames_are_found_behind_zeros_and_behind_a_cut_frame(mp3_frames):
    assert sniff(bytes(20_000) + mp3_frames) == "mp3"
    assert sniff(mp3_frames[100:]) == "mp3"


def test_a_single_frame_header_is_not_enough(mp3_frames):
    assert sniff(mp3_frames[:150] + b"text " * 1000) is None


def test_mpeg_frames_far_behind_garbage_are_not_looked_for(mp3_frames):
    assert sniff(b"some text\n" * 1000 + mp3_frames) is None


def test_tables_of_small_negative_numbers_are_not_mpeg_frames():
    # Found in the wild: numbers like 0xFFFF9401 at distances of 288 bytes, which read as layer I.
    table = (b"\xff\xff\x94\x01" + bytes(284)) * 20
    assert sniff(table) is None
    assert sniff(b"header" + table) is None


def test_a_few_frames_behind_garbage_are_not_enough():
    frame = b"\xff\xfb\x94\x64" + bytes(380)
    assert sniff(frame * 5) == "mp3"
    assert sniff(b"garbage" + frame * 5) is None
    assert sniff(b"garbage" + frame * 6) == "mp3"


def test_an_archive_of_music_is_not_audio(mp3_frames):
    zipped, taped = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.mp3", mp3_frames)
    with tarfile.open(fileobj=taped, mode="w") as archive:
        member = tarfile.TarInfo("a.mp3")
        member.size = len(mp3_frames)
        archive.addfile(member, io.BytesIO(mp3_frames))
    assert sniff(zipped.getvalue()) is None
    assert sniff(taped.getvalue()) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"hello world\n" * 5000,
        "Привет, мир".encode("utf-16") * 2000,
        b"\xff" * HEAD_SIZE,
        b"\xff\xfb" * (HEAD_SIZE // 2),
        bytes(HEAD_SIZE),
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        b"RIFF\0\0\0\0AVI LIST",
        b"RIFF\0\0\0\0WEBP",
        b"%PDF-1.7",
        b"SQLite format 3\0",
        b"ID3",
    ],
    ids=repr,
)
def test_what_is_not_audio_has_no_name(data):
    assert sniff(data[:HEAD_SIZE]) is None


def test_random_data_is_not_audio():
    source = random.Random(7)
    assert [sniff(source.randbytes(HEAD_SIZE)) for _ in range(200)] == [None] * 200


@given(st.binary(max_size=4096))
def test_no_bytes_make_the_recogniser_raise(data):
    sniff(data)


@given(
    st.sampled_from([magic for magic, _ in MAGIC] + [b"ID3\4\0\0", b"\0\0\0\x20ftyp", b"\xff\xfb\x90", b"\x0b\x77"]),
    st.binary(),
)
def test_no_bytes_behind_a_magic_make_the_recogniser_raise(magic, rest):
    sniff(magic + rest)


@pytest.mark.parametrize(
    ("name", "container"),
    [
        (b"a.mp3", "mp3"),
        (b"a.MP2", "mp3"),
        (b"a.ogg", "ogg"),
        (b"a.opus", "ogg"),
        (b"a.aac", "mp4"),
        (b"a.aac", "aac"),
        (b"a.m4b", "mp4"),
        (b"/music.flac/a.wav", "wav"),
        (b"a.unknown", "mp3"),
        (b"no suffix", "flac"),
        (b".mp3", "mp3"),
        (b"\xff\xfe.Flac", "flac"),
    ],
)
def test_usual_and_unknown_suffixes_match(name, container):
    assert extension_matches(name, container)


@pytest.mark.parametrize(
    ("name", "container"), [(b"a.mp3", "ogg"), (b"a.flac", "mp3"), (b"a.m4a", "aac"), (b"/a.wav/b.mp3", "wav")]
)
def test_a_suffix_of_another_format_does_not_match(name, container):
    assert not extension_matches(name, container)


def test_suffixes_are_lower_case_and_either_claim_audio_or_never_do():
    for suffix in AUDIO_EXTENSIONS | NEVER_AUDIO_EXTENSIONS:
        assert suffix.startswith(b".")
        assert suffix == suffix.lower()
    assert not AUDIO_EXTENSIONS & NEVER_AUDIO_EXTENSIONS
    assert b".mp4" not in AUDIO_EXTENSIONS | NEVER_AUDIO_EXTENSIONS


def test_reading_a_file_starts_at_its_beginning_wherever_it_stands(tmp_path: Path):
    path = tmp_path / "a.flac"
    path.write_bytes(encode("flac", "flac", "s16"))
    with path.open("rb") as file:
        file.seek(500)
        assert sniff_stream(file) == "flac"
