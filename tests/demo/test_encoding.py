import av
import numpy as np
import pytest

from passagework.audio.sniff import extension_matches, sniff
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, encode_blocks, write_audio
from passagework.demo.synthesis import fade_in, tone

RATE = 48_000
LENGTH = RATE + 777
"""No multiple of any codec's frame."""

LOSSLESS = {
    AudioForm.WAV: 2**-15,
    AudioForm.WAV_24: 2**-23,
    AudioForm.WAV_FLOAT: 0.0,
    AudioForm.AIFF: 2**-15,
    AudioForm.FLAC: 2**-15,
    AudioForm.ALAC: 2**-15,
    AudioForm.WAVPACK: 2**-15,
}

INEXACT_LENGTH = {AudioForm.AAC: (0, 1023), AudioForm.MP3_BARE: (1105, 2257), AudioForm.WMA: (-2048, 0)}
"""By how many samples, from and to, FFmpeg's decoder alone differs from what went in."""


def decode(path):
    resampler = av.AudioResampler(format="flt")
    with av.open(str(path)) as container:
        frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
        channels = container.streams.audio[0].channels
    return np.concatenate([frame.to_ndarray().reshape(-1, channels) for frame in frames])


@pytest.fixture
def write(tmp_path):
    def write(form, signal, name="made"):
        path = tmp_path / f"{name} {form}{form.suffix}"
        assert write_audio(path, signal, RATE, form) == len(signal)
        return path

    return write


@pytest.mark.parametrize("form", AudioForm)
def test_the_decoder_gives_back_as_many_samples_as_were_encoded(form, write):
    path = write(form, compose(LENGTH, RATE, seed=1))
    low, high = INEXACT_LENGTH.get(form, (0, 0))
    assert low <= len(decode(path)) - LENGTH <= high


@pytest.mark.parametrize("length", [9 * 1152 + past for past in (0, 1, 46, 47, 600, 1151)])
def test_an_mp3_has_its_exact_length_wherever_its_last_frame_ends(length, write):
    heard = decode(write(AudioForm.MP3, tone(length, 2, RATE, 440.0, -12.0)))
    assert len(heard) == length


@pytest.mark.parametrize("form", [form for form in AudioForm if form is not AudioForm.WMA])
def test_the_music_is_there_to_its_last_sample(form, write):
    heard = decode(write(form, tone(LENGTH, 2, RATE, 440.0, -12.0)))
    lead = 1105 if form is AudioForm.MP3_BARE else 0  # nothing says that it is to be skipped
    last = heard[: LENGTH + lead][-240:].astype(np.float64)
    assert 10 * np.log10(np.mean(last**2)) == pytest.approx(-15.0, abs=2.0)


@pytest.mark.parametrize("form", AudioForm)
def test_what_is_written_is_recognised_by_its_first_bytes_and_named_as_it_should_be(form, write):
    path = write(form, compose(LENGTH, RATE, seed=1))
    container = sniff(path.read_bytes()[:65_536])
    assert container is not None
    assert extension_matches(bytes(path), container)


@pytest.mark.parametrize("form", AudioForm)
def test_equal_samples_give_equal_bytes(form, write):
    music = compose(RATE // 2, RATE, seed=1)
    assert write(form, music, "once").read_bytes() == write(form, music, "twice").read_bytes()


@pytest.mark.parametrize(("form", "step"), LOSSLESS.items())
def test_a_lossless_form_keeps_every_sample(form, step, write):
    music = compose(LENGTH, RATE, seed=2)
    assert np.abs(decode(write(form, music)) - music).max() <= step


@pytest.mark.parametrize("form", AudioForm)
def test_a_ramp_comes_back_with_the_level_it_was_given(form, write):
    ramp = fade_in(tone(LENGTH, 2, RATE, 440.0, -6.0), LENGTH, floor=-20.0)
    heard = decode(write(form, ramp))
    for middle in (RATE // 4, RATE // 2, 3 * RATE // 4):
        window = heard[middle - 1200 : middle + 1200].astype(np.float64)
        level = 10 * np.log10(np.mean(window**2))
        assert level == pytest.approx(-6.0 - 3.0103 - 20.0 * (1 - middle / LENGTH), abs=1.0)


@pytest.mark.parametrize("form", [form for form in AudioForm if form is not AudioForm.VORBIS])
def test_mono_stays_mono(form, write):
    path = write(form, tone(RATE, 1, RATE, 440.0, -12.0))
    with av.open(str(path)) as container:
        assert container.streams.audio[0].channels == 1


def test_the_size_of_the_blocks_does_not_show_in_the_file(tmp_path):
    music = compose(RATE, RATE, seed=4)
    for name, size in (("small", 1000), ("large", len(music))):
        blocks = [music[start : start + size] for start in range(0, len(music), size)]
        assert encode_blocks(tmp_path / name, [*blocks, music[:0]], RATE, 2, AudioForm.FLAC) == len(music)
    assert (tmp_path / "small").read_bytes() == (tmp_path / "large").read_bytes()


def test_an_mp3_without_its_header_does_not_know_its_own_length(write):
    music = compose(RATE, RATE, seed=4)
    assert (
        b"Xing" in write(AudioForm.MP3, music).read_bytes()
        or b"Info" in write(AudioForm.MP3, music, "again").read_bytes()
    )
    bare = write(AudioForm.MP3_BARE, music, "bare").read_bytes()
    assert b"Xing" not in bare
    assert b"Info" not in bare


@pytest.mark.parametrize(
    ("form", "rate", "channels"), [(AudioForm.OPUS, 44_100, 2), (AudioForm.VORBIS, RATE, 1), (AudioForm.WAV, RATE, 3)]
)
def test_what_a_form_cannot_hold_is_refused_before_a_file_appears(form, rate, channels, tmp_path):
    with pytest.raises(ValueError, match="cannot hold"):
        write_audio(tmp_path / "refused", np.zeros((100, channels), np.float32), rate, form)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    (tmp_path / "mine.wav").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        write_audio(tmp_path / "mine.wav", np.zeros((100, 1), np.float32), RATE, AudioForm.WAV)
    assert (tmp_path / "mine.wav").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "form", [form for form in AudioForm if form not in {AudioForm.AAC, AudioForm.MP3_BARE, AudioForm.WMA}]
)
def test_the_container_declares_the_exact_length(form, write):
    with av.open(str(write(form, compose(LENGTH, RATE, seed=1)))) as container:
        stream = container.streams.audio[0]
        lead = 312 if form is AudioForm.OPUS else 0  # Opus counts its pre-skip
        assert stream.duration * stream.time_base * RATE == LENGTH + lead


def test_the_end_of_an_aac_file_is_known_from_its_last_packet(write):
    with av.open(str(write(AudioForm.AAC, compose(LENGTH, RATE, seed=1)))) as container:
        last = [packet for packet in container.demux(audio=0) if packet.size][-1]
        assert (last.pts + last.duration) * last.time_base * RATE == LENGTH
