"""A cover that a program stored as a video makes no video of a piece of music."""

import io
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from mutagen.id3 import APIC, ID3
from mutagen.ogg import OggPage

from passagework.audio.analyze import analyze_file
from passagework.audio.decoding.moving_pictures import is_video
from passagework.audio.measure.hashing import HashingFile
from passagework.demo.encoding import AudioForm, write_audio
from passagework.domain.analysis import FailedAnalysis, FileAnalysis, SameAudio
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.failures import FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.ids import Guid
from passagework.domain.jobs import AnalysisJob
from passagework.domain.known_content import KnownContent

RATE = 48_000
THEORA = b"\x80theora\3\2\1\0\1\0\1\0\0\x10\0\0\x10\0\0\0\0\0\x19\0\0\0\1\0\0\1\0\0\1\0\0\0\0\x03\0"
"""An identification header: 16 by 16 points, 25 pictures a second (Theora specification, 6.2)."""

ENCODED = {
    ".m4a": ("mp4", "aac", "fltp", "mjpeg", "yuvj420p"),
    ".mka": ("matroska", "flac", "s16", "mpeg4", "yuv420p"),
    ".wma": ("asf", "wmav2", "fltp", "mpeg4", "yuv420p"),
}
SUFFIXES = (*ENCODED, ".ogg")


def encode(muxer, codec, sample_format, picture_codec, pixels, pictures):
    """Encode three seconds of noise beside so many pictures, 25 of them a second."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=muxer) as container:
        sound = container.add_stream(codec, RATE)
        sound.layout, sound.format, sound.bit_rate = "stereo", sample_format, 128_000
        if pictures:
            seen = container.add_stream(picture_codec, 25)
            seen.width, seen.height, seen.pix_fmt = 64, 64, pixels
        for at in range(pictures):
            picture = av.VideoFrame(64, 64, pixels)
            picture.pts, picture.time_base = at, Fraction(1, 25)
            container.mux(seen.encode(picture))
        samples = np.random.default_rng(1).uniform(-0.1, 0.1, (1, 2 * 3 * RATE)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples, "flt", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        container.mux(sound.encode(frame))
        for stream in container.streams:
            container.mux(stream.encode(None))
    return buffer.getvalue()


def page(sequence, packet, position=0, *, first=False, last=False):
    made = OggPage()
    made.serial, made.sequence, made.position, made.packets = 7, sequence, position, [packet]
    made.first, made.last = first, last
    return made.write()


def with_theora(vorbis, pictures):
    """Put so many pictures into an Ogg stream; no encoder for them is at hand."""
    start = OggPage(io.BytesIO(vorbis)).size
    headers = page(1, b"\x81theora" + bytes(8)) + page(2, b"\x82theora" + bytes(100))
    seen = [page(3 + at, bytes(50), 1 + at, last=at + 1 == pictures) for at in range(pictures)]
    return page(0, THEORA, first=True) + vorbis[:start] + headers + b"".join(seen) + vorbis[start:]


def write(path, pictures):
    if path.suffix in ENCODED:
        path.write_bytes(encode(*ENCODED[path.suffix], pictures))
    else:
        vorbis = encode("ogg", "libopus", "flt", "", "", 0)
        path.write_bytes(with_theora(vorbis, pictures) if pictures else vorbis)


def job(path, known=None):
    rules = AnalysisRules(true_peak=False, fingerprint=False)
    return AnalysisJob(bytes(path), FileStamp(0, 0), rules, known=known)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_music_with_one_picture_is_music(tmp_path, suffix):
    plain, covered = tmp_path / f"plain{suffix}", tmp_path / f"covered{suffix}"
    write(plain, 0)
    write(covered, 1)
    music, other = analyze_file(job(covered)), analyze_file(job(plain))
    assert isinstance(music, FileAnalysis), music
    assert (music.samples, music.audio_hash) == (other.samples, other.audio_hash)
    assert music.warnings == ()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_shows_more_than_one_picture_in_ten_seconds_is_a_video(tmp_path, suffix):
    path = tmp_path / f"film{suffix}"
    write(path, 3)
    result = analyze_file(job(path))
    assert isinstance(result, FailedAnalysis), result
    assert result.failure.code is FailureCode.NOT_AUDIO
    wanted = replace(job(path), rules=replace(job(path).rules, video=True))
    assert isinstance(analyze_file(wanted), FileAnalysis)


@pytest.mark.parametrize(("pictures", "kind"), [(1, SameAudio), (3, FailedAnalysis)])
def test_a_cover_that_was_added_leaves_the_audio_what_it_was_and_a_video_does_not(tmp_path, pictures, kind):
    path = tmp_path / "song.mka"
    write(path, 0)
    was = analyze_file(job(path))
    known = KnownContent(
        guid=Guid("one"), path=bytes(path), size=0, content_hash=was.content_hash, audio_hash=was.audio_hash
    )
    write(path, pictures)
    assert isinstance(analyze_file(job(path, known)), kind)


@pytest.mark.parametrize(
    ("name", "moving", "is_video"),
    [
        ("song.m4a", False, False),
        ("song.m4b", False, False),
        ("song.mka", False, False),
        ("film.m4a", True, True),
        ("film.mp4", True, True),
        ("slides.mp4", False, True),
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["index first", "index last"])
def test_a_cover_that_is_repeated_all_the_time_is_no_video_in_what_is_named_audio(
    tmp_path, name, moving, is_video, first
):
    path = tmp_path / name
    random = np.random.default_rng(2)
    still = random.integers(0, 255, (64, 64, 3)).astype(np.uint8)
    muxer = "matroska" if path.suffix == ".mka" else "mp4"
    options = {"movflags": "faststart"} if first and muxer == "mp4" else {}
    with av.open(str(path), "w", format=muxer, options=options) as container:
        sound, seen = container.add_stream("aac", RATE), container.add_stream("mpeg4", 25)
        sound.layout, sound.bit_rate = "stereo", 320_000
        seen.width, seen.height, seen.pix_fmt = 64, 64, "yuv420p"
        seen.codec_context.gop_size = 1_000
        for at in range(50):
            picture = np.roll(still, 3 * at, axis=1) if moving else still
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 25)
            container.mux(seen.encode(frame))
        noise = random.uniform(-0.1, 0.1, (1, 4 * RATE)).astype(np.float32)
        heard = av.AudioFrame.from_ndarray(noise, "flt", "stereo")
        heard.sample_rate, heard.pts, heard.time_base = RATE, 0, Fraction(1, RATE)
        container.mux(sound.encode(heard))
        for stream in (sound, seen):
            container.mux(stream.encode(None))
    if muxer == "mp4":
        assert (path.read_bytes().index(b"moov") < 65_536) is first
    assert isinstance(analyze_file(job(path)), FailedAnalysis if is_video else FileAnalysis)


def test_several_covers_of_a_short_file_are_no_video(tmp_path):
    path = tmp_path / "song.mp3"
    write_audio(path, np.zeros((8_000, 1), np.float32), 8_000, AudioForm.MP3)
    tags = ID3()
    for kind in (3, 4, 5):
        tags.add(
            APIC(encoding=3, mime="image/png", type=kind, desc=str(kind), data=b"\x89PNG\r\n\x1a\n" + bytes(kind * 99))
        )
    tags.save(path)
    with path.open("rb") as file:
        assert not is_video(HashingFile(file.fileno(), path.stat().st_size), "mp3", named_audio=True)
