"""What FFmpeg refuses, and libsndfile decodes."""

import sys

import av
import numpy as np
import pytest
import soundfile

from passagework.audio.analyze import analyze_file
from passagework.audio.decoding.refusal import RefusedError
from passagework.audio.decoding.second_decoder import SndfileSource, open_with_second
from passagework.audio.measure.hashing import HashingFile
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.analysis import FailedAnalysis, FileAnalysis, SameAudio
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.failures import FailureCode, WarningCode
from passagework.domain.files import FileStamp
from passagework.domain.fingerprint_text import decode
from passagework.domain.ids import Guid
from passagework.domain.jobs import AnalysisJob
from passagework.domain.known_content import KnownContent
from passagework.domain.tags import Tags
from tests.support.ogg_pages import with_headers_twice

RATE = 44_100


@pytest.fixture(scope="module")
def encoded(tmp_path_factory):
    path = tmp_path_factory.mktemp("encoded") / "plain.ogg"
    noise = np.random.default_rng(1).normal(0, 0.1, round(4 * RATE))
    tone = np.convolve(noise, np.ones(8) / 8, "same")[:, None] * (1.0, 0.5)
    write_audio(path, np.ascontiguousarray(tone, np.float32), RATE, AudioForm.VORBIS)
    write_tags(path, Tags(title="The title", artist_credit="The artist"))
    return path.read_bytes()


@pytest.fixture
def plain(tmp_path, encoded):
    path = tmp_path / "plain.ogg"
    path.write_bytes(encoded)
    return path


@pytest.fixture
def odd(tmp_path, plain):
    path = tmp_path / "odd.ogg"
    path.write_bytes(with_headers_twice(plain.read_bytes()))
    return path


def test_what_ffmpeg_refuses_has_the_same_measures_as_what_it_takes(analyze, plain, odd):
    theirs, ours = analyze(plain), analyze(odd)
    assert isinstance(ours, FileAnalysis)
    assert (theirs.format.decoder, ours.format.decoder) == (None, "libsndfile")
    assert (ours.format.codec, ours.format.container) == ("vorbis", "ogg")
    assert (ours.samples, ours.tags, ours.warnings) == (theirs.samples, theirs.tags, theirs.warnings)
    assert ours.loudness.integrated == pytest.approx(theirs.loudness.integrated, abs=0.01)
    assert ours.loudness.true_peak == pytest.approx(theirs.loudness.true_peak, abs=0.1)
    (one,), (other,) = ours.passages, theirs.passages
    assert (one.start, one.end) == (other.start, other.end)
    items, others = decode(one.fingerprint.encoded), decode(other.fingerprint.encoded)
    wrong = sum((a ^ b).bit_count() for a, b in zip(items, others, strict=True))
    assert wrong <= 0.01 * 32 * len(items)


def test_a_file_with_new_tags_is_known_by_its_audio(analyze, odd, plain):
    before = analyze(odd, true_peak=False, fingerprint=False)
    write_tags(plain, Tags(title="Another title"))
    odd.write_bytes(with_headers_twice(plain.read_bytes()))
    known = KnownContent(
        guid=Guid("a"),
        path=bytes(odd),
        size=0,
        content_hash=before.content_hash,
        audio_hash=before.audio_hash,
    )
    again = analyze_file(AnalysisJob(bytes(odd), FileStamp(0, 0), AnalysisRules(), known=known))
    assert isinstance(again, SameAudio)
    assert again.tags.title == "Another title"


def test_what_both_refuse_is_damaged_in_the_words_of_the_first(analyze, odd):
    content = odd.read_bytes()
    odd.write_bytes(content[:2_000] + bytes(len(content) - 2_000))
    found = analyze(odd, true_peak=False, fingerprint=False)
    assert isinstance(found, FailedAnalysis)
    assert found.failure.code == FailureCode.DAMAGED
    assert "libsndfile" not in found.failure.detail


def test_half_a_file_is_told_to_end_early(analyze, odd):
    content = odd.read_bytes()
    whole = analyze(odd, true_peak=False, fingerprint=False).samples
    odd.write_bytes(content[: len(content) // 2])
    found = analyze(odd, true_peak=False, fingerprint=False)
    assert 0 < found.samples < 0.7 * whole
    assert WarningCode.TRUNCATED in found.warnings


def test_a_disk_that_fails_is_no_damage(analyze, odd, break_disk):
    break_disk(odd)
    assert analyze(odd, true_peak=False, fingerprint=False).failure.code == FailureCode.READ_ERROR


def test_without_the_library_it_is_damaged_as_before(analyze, odd, monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    assert analyze(odd, true_peak=False, fingerprint=False).failure.code == FailureCode.DAMAGED


def test_more_channels_than_can_be_handled_are_an_unsupported_format(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros((9, 30), np.int16), RATE)
    with path.open("rb") as file, pytest.raises(RefusedError) as raised:  # noqa: SIM117 - they raise
        with open_with_second(HashingFile(file.fileno(), path.stat().st_size), "wav"):
            pass
    assert (raised.value.failure.code, raised.value.failure.detail) == (FailureCode.UNSUPPORTED, "30 channels")


@pytest.mark.parametrize(
    ("form", "subtype", "container", "codec", "channels"),
    [
        ("WAV", "PCM_16", "wav", "pcm_s16le", 1),
        ("AIFF", "PCM_24", "aiff", "pcm_s24be", 2),
        ("CAF", "ALAC_16", "caf", "alac", 2),
        ("AU", "ULAW", "au", "pcm_mulaw", 1),
        ("FLAC", "PCM_16", "flac", "flac", 3),
        ("OGG", "VORBIS", "ogg", "vorbis", 3),
    ],
)
def test_what_it_decodes_is_what_was_written(tmp_path, form, subtype, container, codec, channels):
    path = tmp_path / "a"
    at = np.arange(9_000) / RATE
    written = np.stack([0.1 * (1 + one) * np.sin(2 * np.pi * 440 * (1 + one) * at) for one in range(channels)], axis=1)
    soundfile.write(path, written, RATE, format=form, subtype=subtype)
    with (
        path.open("rb") as file,
        open_with_second(HashingFile(file.fileno(), path.stat().st_size), container) as source,
    ):
        read = np.concatenate([frame.to_ndarray().reshape(-1, channels) for frame in source.frames()])
        assert (source.codec, source.decoder, source.bad_packets) == (codec, "libsndfile", 0)
    # Vorbis and Opus have the middle of three channels in second place, all others in third.
    expected = written[:, [0, 2, 1]] if form == "OGG" and channels == 3 else written
    np.testing.assert_allclose(read, expected, atol=0.06)


@pytest.mark.parametrize(
    ("container", "head"),
    [("wav", b"BW64\xff\xff\xff\xffWAVE"), ("caf", b"caff\0\1\0\0free"), ("aiff", b"FORM\0\0\0\x10\x008SVX")],
)
def test_it_is_not_asked_about_what_it_would_look_for_beside_the_file(tmp_path, monkeypatch, container, head):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    path = tmp_path / "a"
    path.write_bytes(head + bytes(range(256)) * 8)
    with path.open("rb") as file, pytest.raises(RefusedError) as raised:  # noqa: SIM117 - they raise
        with open_with_second(HashingFile(file.fileno(), path.stat().st_size), container):
            pass
    assert raised.value.failure.code == FailureCode.DAMAGED


def test_what_it_takes_for_another_format_is_damaged(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.zeros(99), RATE, format="WAV")
    with path.open("rb") as file, pytest.raises(RefusedError) as raised:  # noqa: SIM117 - they raise
        with open_with_second(HashingFile(file.fileno(), path.stat().st_size), "flac"):
            pass
    assert raised.value.failure.detail == "libsndfile takes it for WAV"


class BreaksOff:
    """Audio of which only a part can be decoded, in a file whose disk may be the reason."""

    samplerate, frames, channels, format, subtype, visible_size = RATE, 20, 1, "WAV", "PCM_16", 40

    def __init__(self, error):
        self.blocks, self.error = [np.zeros((10, 1), np.float32)], error

    def read(self, *_, **__):
        if not self.blocks:
            raise RuntimeError("it cannot be decoded")
        return self.blocks.pop()

    def raise_error(self):
        if self.error is not None:
            raise self.error


def test_what_it_cannot_decode_counts_as_a_bad_packet_unless_the_disk_fails():
    sound, unreadable = BreaksOff(None), BreaksOff(OSError(5, "no disk"))
    source = SndfileSource(sound, sound, "wav", av.AudioLayout("mono"))
    assert ([frame.samples for frame in source.frames()], source.bad_packets) == ([10], 1)
    with pytest.raises(OSError, match="no disk"):
        SndfileSource(unreadable, unreadable, "wav", av.AudioLayout("mono")).skip_all()
