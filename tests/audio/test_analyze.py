"""One file in, one result out: lengths, passages, hashes, damage and refusals, on files that are really there."""

import hashlib
import os
import pickle
import struct

import numpy as np
import pytest

from passagework.audio import analyze as analyze_module
from passagework.audio.analyze import analyze_file
from passagework.audio.fingerprint import fingerprint
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.synthesis import join, noise_floor, silence, tone
from passagework.domain.analysis import FailedAnalysis, FileAnalysis
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.edge_sound import continues
from passagework.domain.failures import FailureCode, WarningCode
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob
from passagework.domain.tags import Tags
from passagework.domain.units import samples_from_ticks, ticks_from_samples

EXACT = [
    *(AudioForm.WAV, AudioForm.WAV_24, AudioForm.WAV_FLOAT, AudioForm.AIFF, AudioForm.FLAC, AudioForm.MP3),
    *(AudioForm.VORBIS, AudioForm.OPUS, AudioForm.ALAC, AudioForm.WAVPACK),
]
TOLERANCES = dict.fromkeys(EXACT, 0) | {AudioForm.AAC: 64, AudioForm.WMA: 2_048, AudioForm.MP3_BARE: 2_048}
"""Samples between what went into the encoder and what is reported."""

RATE = 48_000
PCM_GUID_REST = bytes.fromhex("000000001000800000aa00389b71")
"""What follows the format code in KSDATAFORMAT_SUBTYPE_PCM."""


def failure_of(result):
    assert isinstance(result, FailedAnalysis), result
    return result.failure.code


def _bursts(length, seed):
    """Noise that swells four times a second and starts and ends loud."""
    swell = 0.6 + 0.4 * np.cos(2 * np.pi * np.arange(length) / (RATE // 4))
    return noise_floor(length, 2, -20, seed) * swell[:, np.newaxis].astype(np.float32)


def bounds(result):
    rate = result.format.sample_rate
    return [(samples_from_ticks(p.start, rate), samples_from_ticks(p.end, rate)) for p in result.passages]


@pytest.mark.parametrize("form", TOLERANCES)
@pytest.mark.parametrize("length", [47_999, 50_041])
def test_the_length_is_that_of_the_music_that_was_encoded(tmp_path, analyze, form, length):
    path = tmp_path / f"a{form.suffix}"
    write_audio(path, compose(length, RATE, 1), RATE, form)
    result = analyze(path, fingerprint=False)
    assert isinstance(result, FileAnalysis)
    assert abs(result.samples - length) <= TOLERANCES[form]
    assert result.duration == ticks_from_samples(result.samples, RATE)
    assert result.warnings == ()
    assert result.damage.bad_packets == 0


@pytest.mark.slow
def test_passages_lie_where_the_music_is(tmp_path, analyze):
    first, second = (_bursts(seconds * RATE, seed) for seconds, seed in ((11, 1), (12, 2)))
    gap = silence(4 * RATE, 2)
    path = tmp_path / "two.flac"
    write_audio(path, join(gap, first, gap, second, gap), RATE, AudioForm.FLAC)
    result = analyze(path)
    truth = [(4 * RATE, 15 * RATE), (19 * RATE, 31 * RATE)]
    assert len(result.passages) == 2
    for found, true in zip(bounds(result), truth, strict=True):
        assert found == pytest.approx(true, abs=RATE // 50)
    for passage, music in zip(result.passages, (first, second), strict=True):
        alone = tmp_path / f"{passage.start}.wav"
        write_audio(alone, music, RATE, AudioForm.WAV)
        whole = analyze(alone)
        assert passage.loudness.integrated == pytest.approx(whole.loudness.integrated, abs=0.1)
        assert passage.loudness.true_peak == pytest.approx(whole.loudness.true_peak, abs=0.01)
        assert passage.loudness.sample_peak == pytest.approx(whole.loudness.sample_peak, abs=0.01)
        assert passage.fingerprint.duration == passage.end - passage.start
    assert result.passages[0].fingerprint.encoded != result.passages[1].fingerprint.encoded


def test_a_fingerprint_is_made_from_the_pcm_between_the_bounds(tmp_path, analyze):
    music = noise_floor(12 * 11_025, 1, -20, 3)
    path = tmp_path / "mono.wav"
    write_audio(path, join(silence(5 * 11_025, 1), music), 11_025, AudioForm.WAV)
    result = analyze(path)
    ((start, end),) = bounds(result)
    heard = np.concatenate([np.zeros((5 * 11_025, 1), np.float32), music])[start:end, 0]
    pcm = np.round(heard * 32_768).clip(-32_768, 32_767).astype(np.int16)
    # At this rate nothing is resampled, so the samples are those of the file.
    assert result.passages[0].fingerprint.encoded == fingerprint(pcm)


def test_hashes_cover_the_bytes_and_the_audio(make_music, analyze):
    path = make_music("a.flac", tags=Tags(title="One"))
    result = analyze(path)
    assert result.content_hash == hashlib.blake2b(path.read_bytes(), digest_size=32).digest()
    assert result.audio_hash != result.content_hash
    again = make_music("b.flac", tags=Tags(title="Two"))
    assert analyze(again).audio_hash == result.audio_hash
    assert analyze(again).content_hash != result.content_hash


def test_what_is_heard_at_its_edges_is_that_of_its_begin_and_of_its_end(tmp_path, analyze):
    low, high = (tone(22_050 * 2, 1, 22_050, pitch, -12) for pitch in (200.0, 4000.0))
    made = {}
    for name, parts in (("low", (low, low)), ("up", (low, high))):
        path = tmp_path / f"{name}.wav"
        write_audio(path, join(*parts), 22_050, AudioForm.WAV)
        made[name] = analyze(path, fingerprint=False)
    assert continues(made["low"].ends_with, made["up"].begins_with)
    assert not continues(made["up"].ends_with, made["low"].begins_with)


@pytest.mark.parametrize("form", [AudioForm.AAC, AudioForm.WAV, AudioForm.OPUS])
def test_the_content_hash_is_right_for_demuxers_that_seek(make_music, analyze, form):
    path = make_music(f"a{form.suffix}", seconds=1.0)
    assert analyze(path).content_hash == hashlib.blake2b(path.read_bytes(), digest_size=32).digest()


def test_format_tags_curves_and_stamp_are_those_of_the_file(make_music, analyze):
    path = make_music("a.flac", seconds=3.0, tags=Tags(title="Title"))
    result = analyze(path)
    assert (result.format.container, result.format.codec) == ("flac", "flac")
    assert (result.format.sample_rate, result.format.channels) == (RATE, 2)
    assert 0.5 * path.stat().st_size < result.format.bit_rate * 3 / 8 < path.stat().st_size
    assert result.tags.title == "Title"
    assert result.stamp == FileStamp.of(path.stat())
    assert len(result.envelope.levels) == 300
    assert len(result.waveform.extrema) == 2 * 300
    assert pickle.loads(pickle.dumps(result)) == result


def test_measures_that_were_not_asked_for_are_left_out(make_music, analyze):
    result = analyze(make_music("a.flac", seconds=4.0), true_peak=False, fingerprint=False)
    assert result.loudness.true_peak is None
    assert result.loudness.sample_peak is not None
    assert [passage.fingerprint for passage in result.passages] == [None]


def test_a_gap_that_is_no_deeper_than_music_was_so_far_costs_no_fingerprint(tmp_path, analyze):
    """The audio behind it is skipped, until louder music shows what is quiet in this file: then it is decoded again."""
    rate = 8_000
    music = compose(20 * rate, rate, 3)
    gap = noise_floor(3 * rate, 2, -62, 5)
    quiet, ending = 0.06 * music, [gap, 0.06 * music[::-1], gap, music]
    analyses = []
    for name, times in (("short", 1), ("long", 7)):
        path = tmp_path / f"{name}.wav"
        write_audio(path, join(*[quiet] * times, *ending), rate, AudioForm.WAV)
        analyses.append(analyze(path, true_peak=False))
    short, long = analyses
    assert [len(one.passages) for one in analyses] == [3, 3]
    assert long.passages[1].fingerprint.encoded == short.passages[1].fingerprint.encoded


def test_six_channels_without_names_are_as_loud_as_5_1(tmp_path, analyze):
    channels = [tone(3 * RATE, 1, RATE, 1_000, level) for level in (-20, -20, -23, -6, -30, -30)]
    samples = (np.hstack(channels) * 32_767).astype("<i2").tobytes()
    # WAVE_FORMAT_EXTENSIBLE names the channels by a mask, WAVE_FORMAT_PCM does not.
    sizes = struct.pack("<IIHH", RATE, RATE * 12, 12, 16)
    named = struct.pack("<HH", 0xFFFE, 6) + sizes + struct.pack("<HHIH", 22, 16, 0x3F, 1) + PCM_GUID_REST
    loudness = []
    for name, form in (("named", named), ("unnamed", struct.pack("<HH", 1, 6) + sizes)):
        chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(samples)) + samples
        (tmp_path / f"{name}.wav").write_bytes(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)
        (passage,) = analyze(tmp_path / f"{name}.wav").passages
        loudness.append(passage.loudness)
    assert loudness[0] == loudness[1]
    assert loudness[0].integrated < -14


def test_a_file_of_silence_has_no_passage_and_says_so(tmp_path, analyze):
    path = tmp_path / "silent.wav"
    write_audio(path, silence(2 * RATE, 2), RATE, AudioForm.WAV)
    result = analyze(path)
    assert result.passages == ()
    assert result.warnings == (WarningCode.SILENT,)
    assert result.loudness.integrated is None


def test_a_file_that_is_not_to_be_trimmed_is_one_passage(tmp_path, analyze):
    path = tmp_path / "edges.wav"
    samples = join(silence(RATE, 2), tone(RATE, 2, RATE, 440, -20), silence(5 * RATE, 2))
    write_audio(path, samples, RATE, AudioForm.WAV)
    assert bounds(analyze(path, trim=False)) == [(0, 7 * RATE)]


@pytest.mark.parametrize("length", [1, 5, 479, 481, 4_800, 19_199])
def test_even_the_shortest_file_is_analysed(tmp_path, analyze, length):
    path = tmp_path / "short.wav"
    write_audio(path, noise_floor(length, 2, -20, 1), RATE, AudioForm.WAV)
    result = analyze(path)
    assert result.samples == length
    assert result.loudness.integrated is None
    assert result.loudness.true_peak is not None
    assert bounds(result) == [(0, length)]


@pytest.mark.parametrize("rate", [8_000, 37_800, 192_000])
def test_unusual_rates_are_analysed(tmp_path, analyze, rate):
    path = tmp_path / "odd.wav"
    write_audio(path, tone(3 * rate, 1, rate, 440, -20), rate, AudioForm.WAV)
    result = analyze(path)
    assert bounds(result) == [(0, 3 * rate)]
    assert result.passages[0].fingerprint is not None


@pytest.mark.parametrize("form", [AudioForm.WAV, AudioForm.AIFF, AudioForm.FLAC, AudioForm.MP3, AudioForm.VORBIS])
def test_a_truncated_file_says_so(make_music, analyze, form):
    path = make_music(f"a{form.suffix}", seconds=3.0)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    result = analyze(path)
    assert WarningCode.TRUNCATED in result.warnings
    assert 0.5 * RATE < result.samples < 2.4 * RATE
    if form is not AudioForm.VORBIS:
        assert result.samples + result.damage.missing_samples == 3 * RATE


def test_damage_in_the_middle_is_a_warning_not_a_failure(make_music, analyze):
    path = make_music("a.mp3", seconds=4.0)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 3_000] = bytes(3_000)
    path.write_bytes(content)
    result = analyze(path)
    assert WarningCode.DAMAGED_PACKETS in result.warnings
    assert result.damage.bad_packets > 0


def test_a_name_that_claims_another_format_is_a_warning(make_music, analyze):
    path = make_music("a.flac")
    assert analyze(path.rename(path.with_suffix(".mp3"))).warnings == (WarningCode.EXTENSION_MISMATCH,)


def test_damaged_tags_cost_the_tags_only(make_music, analyze):
    path = make_music("a.flac", tags=Tags(title="Title"))
    content = path.read_bytes()
    at = content.index(b"TITLE=Title") - 4
    path.write_bytes(content[:at] + b"\xff\xff\xff\x7f" + content[at + 4 :])
    result = analyze(path)
    assert result.warnings == (WarningCode.TAGS_UNREADABLE,)
    assert result.tags == Tags()
    assert result.passages


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("text.mp3", b"There is no music in here.\n" * 100, FailureCode.NOT_AUDIO),
        ("flac.flac", b"fLaC" + b"\xff" * 5_000, FailureCode.DAMAGED),
        ("optimfrog.ofr", b"OFR " + bytes(5_000), FailureCode.UNSUPPORTED),
    ],
)
def test_a_file_without_music_is_a_failure_with_a_reason(tmp_path, analyze, name, content, code):
    path = tmp_path / name
    path.write_bytes(content)
    result = analyze(path)
    assert failure_of(result) is code
    assert result.stamp == FileStamp.of(path.stat())
    assert "\n" not in str(result.failure)


def test_a_file_that_is_gone_keeps_the_stamp_it_was_found_with(tmp_path):
    stamp = FileStamp(7, 8)
    result = analyze_file(AnalysisJob(os.fsencode(tmp_path / "gone.mp3"), stamp, AnalysisRules()))
    assert result == FailedAnalysis(result.path, stamp, result.failure)
    assert failure_of(result) is FailureCode.VANISHED


def test_a_file_that_changes_while_it_is_read_is_not_believed(make_music, analyze, monkeypatch):
    path = make_music("a.flac")
    passages_of = analyze_module.analyze_passages

    def write_meanwhile(*arguments):
        with path.open("ab") as file:
            file.write(b"more")
        return passages_of(*arguments)

    monkeypatch.setattr(analyze_module, "analyze_passages", write_meanwhile)
    assert failure_of(analyze(path)) is FailureCode.CHANGED


def test_a_disk_that_fails_is_told_from_a_damaged_file(make_music, analyze, break_disk):
    path = make_music("a.flac", seconds=4.0)
    break_disk(path)
    assert failure_of(analyze(path)) is FailureCode.READ_ERROR


def test_running_out_of_memory_is_not_taken_for_a_bad_file(make_music, analyze, monkeypatch):
    def no_memory(*_arguments):
        raise MemoryError

    monkeypatch.setattr(analyze_module, "draw_waveform", no_memory)
    with pytest.raises(MemoryError):
        analyze(make_music("a.flac"))


@pytest.mark.parametrize(
    "name", [b"caf\xe9 \xff.flac", b"-i.flac", b"pipe:0.flac", b"http:__a%d.flac", b"new\nline.flac"]
)
def test_any_name_will_do(make_music, analyze, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    os.rename(make_music("a.flac", seconds=1.0), name)
    assert isinstance(analyze(name), FileAnalysis)


def test_the_file_is_left_as_it_was(make_music, analyze):
    path = make_music("a.mp3", tags=Tags(title="Title"))
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    path.chmod(0o444)
    analyze(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
