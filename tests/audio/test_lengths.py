"""Lengths that headers give wrongly, and what stands behind the audio: nothing is lost, nothing else is sound."""

import io
import struct
from tempfile import TemporaryFile

import numpy as np
import pytest
import soundfile
from hypothesis import example, given
from hypothesis import strategies as st
from mutagen.apev2 import APEv2
from mutagen.id3 import ID3, TIT2

from passagework.audio.decoding.visible import show
from passagework.audio.sniff import Sniffed
from passagework.audio.tags.bounded_reader import BoundedReader
from passagework.demo.encoding import AudioForm, write_audio
from passagework.domain.failures import WarningCode

RATE = 44_100
SAMPLES = 66_150
HALF = SAMPLES // 2
WRONG, TRAILING, TRUNCATED = WarningCode.LENGTH_WRONG, WarningCode.TRAILING_BYTES, WarningCode.TRUNCATED
PADDING = bytes(1 << 17)


@pytest.fixture(scope="module")
def tones():
    return np.random.default_rng(1).uniform(-0.1, 0.1, (SAMPLES, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def pcm(tones):
    return (tones * 32_767).astype("<i2").tobytes()


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def wav(pcm, length, behind=b"", before=b""):
    fmt = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 2, RATE, 4 * RATE, 4, 16))
    body = b"WAVE" + fmt + before + b"data" + struct.pack("<I", length) + pcm + behind
    return b"RIFF" + struct.pack("<I", len(body)) + body


def id3(title):
    tag, file = ID3(), io.BytesIO()
    tag.add(TIT2(encoding=3, text=[title]))
    tag.save(file)
    return file.getvalue()


OF_WAV = {
    "right": (lambda pcm: wav(pcm, len(pcm)), SAMPLES, set(), None),
    "right, and tags": (lambda pcm: wav(pcm, len(pcm), chunk(b"id3 ", id3("Behind"))), SAMPLES, set(), "Behind"),
    "half": (lambda pcm: wav(pcm, len(pcm) // 2), SAMPLES, {WRONG}, None),
    "half, and a chunk of odd length before": (
        lambda pcm: wav(pcm, len(pcm) // 2, before=chunk(b"JUNK", b"xyz")),
        SAMPLES,
        {WRONG},
        None,
    ),
    "half, and tags": (
        lambda pcm: wav(pcm, len(pcm) // 2, chunk(b"id3 ", id3("Behind"))),
        SAMPLES,
        {WRONG},
        "Behind",
    ),
    "too large": (lambda pcm: wav(pcm, 2 * len(pcm)), SAMPLES, {TRUNCATED}, None),
    "too large, and tags": (
        lambda pcm: wav(pcm, 2 * len(pcm), chunk(b"id3 ", id3("Behind"))),
        SAMPLES,
        {TRUNCATED},
        "Behind",
    ),
    "none": (lambda pcm: wav(pcm, 0), SAMPLES, set(), None),
    "none, and tags": (lambda pcm: wav(pcm, 0, chunk(b"ID3 ", id3("Behind"))), SAMPLES, set(), "Behind"),
    "the largest": (lambda pcm: wav(pcm, 0xFFFFFFFF), SAMPLES, set(), None),
    "the largest, and two chunks": (
        lambda pcm: wav(pcm, 0xFFFFFFFF, chunk(b"LIST", b"INFO" + chunk(b"INAM", b"Listed")) + chunk(b"PAD ", b"xyz")),
        SAMPLES,
        set(),
        "Listed",
    ),
    "right, and padding": (lambda pcm: wav(pcm, len(pcm), PADDING), SAMPLES, {TRAILING}, None),
    "right, and a ZIP file": (lambda pcm: wav(pcm, len(pcm), b"PK\3\4" + b"x" * 99_999), SAMPLES, {TRAILING}, None),
    "right, and a tag without a chunk": (
        lambda pcm: wav(pcm, len(pcm), id3("Behind") + PADDING[:70_000]),
        SAMPLES,
        {TRAILING},
        None,
    ),
    "right, and a few bytes": (lambda pcm: wav(pcm, len(pcm), b"\1\2\3" * 99), SAMPLES, set(), None),
}


@pytest.mark.parametrize("case", OF_WAV)
def test_a_wav_has_all_its_audio_and_its_tags(analyze, tmp_path, pcm, case):
    content, samples, warnings, title = OF_WAV[case]
    path = tmp_path / "a.wav"
    path.write_bytes(content(pcm))
    found = analyze(path, true_peak=False, fingerprint=False)
    assert (found.samples, set(found.warnings), found.tags.title) == (samples, warnings, title)


@pytest.mark.parametrize(
    ("form", "name", "size_at", "layout", "inside"),
    [
        ("AIFF", b"SSND", 4, ">I", 8),
        ("W64", b"data\xf3\xac\xd3\x11", 16, "<Q", 24),
        ("CAF", b"data", 4, ">Q", 4),
        ("RF64", b"ds64", 16, "<Q", 0),
    ],
)
def test_other_containers_have_all_their_audio(analyze, tmp_path, tones, form, name, size_at, layout, inside):
    path = tmp_path / f"a.{form}"
    soundfile.write(path, tones, RATE, format=form, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    assert WRONG not in analyze(path, true_peak=False, fingerprint=False).warnings
    struct.pack_into(layout, content, content.index(name) + size_at, 4 * HALF + inside)
    path.write_bytes(content)
    found = analyze(path, true_peak=False, fingerprint=False)
    assert (found.samples, found.warnings) == (SAMPLES, (WRONG,))


@pytest.mark.parametrize(
    ("declared", "behind", "warnings"),
    [
        (4 * SAMPLES, b"", ()),
        (0xFFFFFFFF, b"", ()),
        (4 * HALF, b"", (WRONG,)),
        (4 * SAMPLES, PADDING, (TRAILING,)),
    ],
)
def test_an_au_file_has_all_its_audio_and_no_padding(analyze, tmp_path, pcm, declared, behind, warnings):
    path = tmp_path / "a.au"
    path.write_bytes(b".snd" + struct.pack(">5I", 24, declared, 3, RATE, 2) + pcm + behind)
    found = analyze(path, true_peak=False, fingerprint=False)
    assert (found.samples, found.warnings) == (SAMPLES, warnings)


PADDED = (AudioForm.MP3, AudioForm.FLAC, AudioForm.VORBIS, AudioForm.OPUS, AudioForm.WAVPACK)


@pytest.fixture(scope="module")
def encoded(tones, tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoded")
    for form in PADDED:
        write_audio(folder / f"{form}{form.suffix}", tones, 48_000, form)
    return folder


@pytest.mark.parametrize("form", PADDED)
def test_padding_behind_a_stream_is_left_out_and_told(analyze, tmp_path, encoded, form):
    whole = encoded / f"{form}{form.suffix}"
    path = tmp_path / whole.name
    path.write_bytes(whole.read_bytes() + PADDING)
    plain, found = analyze(whole, true_peak=False, fingerprint=False), analyze(path, true_peak=False, fingerprint=False)
    assert (found.samples, found.format.bit_rate) == (plain.samples, pytest.approx(plain.format.bit_rate, rel=0.001))
    # The last frame of FLAC may end in zeros, so a few stay, and its parser takes them for a part of it.
    assert (found.audio_hash == plain.audio_hash) == (form is not AudioForm.FLAC)
    assert found.warnings == (*plain.warnings, TRAILING)


OLD_LYRICS = b"LYRICSBEGIN" + b"La la" + b"LYRICSEND"
LYRICS = b"LYRICSBEGIN" + b"IND0000200" + b"LYR00005La la" + b"ETT00013Title of song"
LYRICS += b"%06dLYRICS200" % len(LYRICS)
ID3V1 = b"TAG" + b"Old title".ljust(30, b"\0") + bytes(94) + b"\1"


def ape(title):
    file = io.BytesIO()
    tag = APEv2()
    tag["Title"] = title
    tag.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("tail", "title"),
    [
        pytest.param(ID3V1, "Old title", id="ID3v1"),
        pytest.param(LYRICS + ID3V1, "Old title", id="Lyrics3v2 and ID3v1"),
        pytest.param(OLD_LYRICS + ID3V1, "Old title", id="Lyrics3 and ID3v1"),
        pytest.param(ape("Title of APE") + LYRICS + ID3V1, "Title of APE", id="all three"),
        pytest.param(ape("Title of APE") + ID3V1, "Title of APE", id="APEv2 and ID3v1"),
        pytest.param(ape("Title of APE"), "Title of APE", id="APEv2"),
        pytest.param(ID3V1 + ape("Title of APE"), "Old title", id="ID3v1 before APEv2"),
        pytest.param(LYRICS + ID3V1, "Title of song", id="title in Lyrics3"),
        pytest.param(ID3V1 + PADDING, "Old title", id="ID3v1 and padding"),
    ],
)
def test_tags_behind_mp3_are_no_sound_and_are_read(analyze, tmp_path, encoded, tail, title):
    whole = encoded / f"{AudioForm.MP3}.mp3"
    path = tmp_path / "a.mp3"
    path.write_bytes(whole.read_bytes() + tail)
    plain, found = analyze(whole, true_peak=False, fingerprint=False), analyze(path, true_peak=False, fingerprint=False)
    assert (found.samples, found.audio_hash) == (plain.samples, plain.audio_hash)
    assert set(found.warnings) <= {WarningCode.SEVERAL_TAGS, TRAILING}
    assert title in {found.tags.title, *(value for _, values in found.tags.raw for value in values)}


NAMES = [b"data", b"SSND", b"ds64", b"LIST", b"id3 ", b"TAG", b"APETAGEX", b"LYRICS200", b"OggS\0\2", b"\1vorbis"]
PIECES = st.binary(max_size=40) | st.sampled_from([*NAMES, bytes(8), b"\xff" * 8, bytes(70_000)])
CONTAINERS = ["aiff", "caf", "flac", "mp3", "ogg", "w64", "wav"]


@given(st.sampled_from(CONTAINERS), st.lists(PIECES, max_size=12))
@example("ogg", [b"OggS\0\2" + bytes(20)])
def test_what_is_shown_of_any_bytes_is_within_the_file(container, pieces):
    content = b"RF64\0\0\0\0WAVE" + b"".join(pieces)
    with TemporaryFile() as file:
        file.write(content)
        file.flush()
        reader = BoundedReader(file.fileno(), len(content))
        shown = show(reader, Sniffed(container, 0), len(content))
        assert shown.cover.end is None or 0 <= shown.cover.end <= len(content)
        assert all(at >= 0 and at + len(patch) <= len(content) for at, patch in shown.cover.patches)
        assert all(0 <= begin < end <= len(content) for begin, end in shown.links)
        reader.seek(0)
        assert len(reader.read()) <= len(content)
