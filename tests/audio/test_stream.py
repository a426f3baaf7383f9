"""What becomes of a stream between the container and the first filter."""

import os

import pytest

from passagework.audio.decoding.refusal import RefusedError
from passagework.audio.decoding.stream import open_audio
from passagework.audio.measure.hashing import HashingFile
from passagework.demo.encoding import AudioForm
from passagework.demo.tagging import write_tags
from passagework.domain.failures import FailureCode
from passagework.domain.tags import Tags

CONTAINERS = {
    AudioForm.WAV: "wav",
    AudioForm.AIFF: "aiff",
    AudioForm.FLAC: "flac",
    AudioForm.MP3: "mp3",
    AudioForm.MP3_BARE: "mp3",
    AudioForm.VORBIS: "ogg",
    AudioForm.OPUS: "ogg",
    AudioForm.AAC: "mp4",
    AudioForm.ALAC: "mp4",
    AudioForm.WAVPACK: "wavpack",
    AudioForm.WMA: "asf",
}


@pytest.fixture
def read(tmp_path):
    """Give a function that decodes a file to (samples, source)."""

    def run(path, container):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            file = HashingFile(descriptor, os.fstat(descriptor).st_size)
            with open_audio(file, container) as source:
                return sum(frame.samples for frame in source.frames()), source
        finally:
            os.close(descriptor)

    return run


@pytest.mark.parametrize("form", CONTAINERS)
def test_retagging_keeps_the_hash_of_the_audio(make_music, read, form):
    path = make_music(f"a{form.suffix}", seconds=1.0, form=form)
    samples, source = read(path, CONTAINERS[form])
    before = path.read_bytes()
    write_tags(path, Tags(title="A title that takes some room " * 40, artist_credit="Somebody else"))
    assert path.read_bytes() != before
    samples_after, source_after = read(path, CONTAINERS[form])
    assert source_after.audio_hash() == source.audio_hash()
    assert samples_after == samples


def test_other_music_has_another_hash(make_music, read):
    first, second = (read(make_music(f"{seed}.flac", seconds=1.0, seed=seed), "flac")[1] for seed in (1, 2))
    assert first.audio_hash() != second.audio_hash()


def test_a_damaged_packet_is_counted_and_skipped(make_music, read):
    path = make_music("a.mp3", seconds=4.0)
    whole, _ = read(path, "mp3")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 3_000] = bytes(3_000)
    path.write_bytes(content)
    samples, source = read(path, "mp3")
    assert source.bad_packets > 0
    assert 0.8 * whole < samples < whole


@pytest.mark.parametrize("form", [AudioForm.FLAC, AudioForm.WAVPACK])
@pytest.mark.parametrize("place", [0.3, 0.5, 0.7])
def test_one_wrong_bit_in_a_lossless_file_is_noticed(make_music, read, form, place):
    path = make_music(f"a{form.suffix}", seconds=2.0, form=form)
    content = bytearray(path.read_bytes())
    content[round(place * len(content))] ^= 4
    path.write_bytes(content)
    assert read(path, CONTAINERS[form])[1].bad_packets == 1


def test_what_a_wrong_check_sum_is_about_is_decoded_all_the_same(make_music, read):
    path = make_music("a.flac", form=AudioForm.FLAC)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    samples, source = read(path, "flac")
    assert (samples, source.bad_packets) == (2 * 48_000, 1)


def test_the_codec_has_its_standard_name(make_music, read):
    assert read(make_music("a.mp3", seconds=0.5), "mp3")[1].codec == "mp3"


@pytest.mark.parametrize("entry", [b"drms", b"enca", b"aavd"])
def test_encrypted_audio_is_refused_as_protected(make_music, read, entry):
    path = make_music("a.m4a", seconds=0.5)
    path.write_bytes(path.read_bytes().replace(b"mp4a", entry, 1))
    with pytest.raises(RefusedError) as refused:
        read(path, "mp4")
    assert refused.value.failure.code is FailureCode.PROTECTED


def test_a_codec_without_decoder_is_unsupported(make_music, read):
    path = make_music("a.wav", seconds=0.5)
    content = bytearray(path.read_bytes())
    content[20:22] = b"\x21\x43"
    path.write_bytes(content)
    with pytest.raises(RefusedError) as refused:
        read(path, "wav")
    assert refused.value.failure.code is FailureCode.UNSUPPORTED


def test_an_error_of_the_disk_while_decoding_is_raised_not_taken_for_damage(make_music, read, break_disk):
    path = make_music("a.flac", seconds=4.0)
    break_disk(path)
    with pytest.raises(OSError, match="Input/output error"):
        read(path, "flac")
