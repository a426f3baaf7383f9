"""Whatever bytes a file holds, its analysis ends with a result that says what it is."""

import os
import random
import wave
from contextlib import suppress

import pytest
from mutagen.ogg import OggPage
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from passagework.audio.analyze import analyze_file
from passagework.demo.encoding import AudioForm
from passagework.domain.analysis import FailedAnalysis, FileAnalysis
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.failures import FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob

FORMS = [
    *(AudioForm.WAV, AudioForm.AIFF, AudioForm.FLAC, AudioForm.MP3, AudioForm.VORBIS, AudioForm.OPUS),
    *(AudioForm.AAC, AudioForm.ALAC, AudioForm.WAVPACK, AudioForm.WMA),
]
EXPECTED = {
    *(FailureCode.DAMAGED, FailureCode.NOT_AUDIO, FailureCode.UNSUPPORTED, FailureCode.NO_AUDIO_STREAM),
    FailureCode.PROTECTED,
}


def damaged(content, dice):
    """Flip, cut, blank, insert and remove bytes, in the headers more often than elsewhere."""
    content = bytearray(content)
    for _ in range(dice.choice([1, 3, 20])):
        at = dice.randrange(dice.choice([600, len(content)]))
        length = dice.choice([1, 4, 100, 5_000])
        match dice.choice(["flip", "cut", "blank", "insert", "remove"]):
            case "flip":
                content[at] = dice.randrange(256)
            case "cut":
                del content[max(at, 1_000) :]
            case "blank":
                content[at : at + length] = bytes(len(content[at : at + length]))
            case "insert":
                content[at:at] = dice.randbytes(length)
            case "remove":
                del content[at : at + min(length, len(content) - at - 1_000)]
    return bytes(content)


def check(result):
    if isinstance(result, FailedAnalysis):
        assert result.failure.code in EXPECTED, result.failure
        return
    assert isinstance(result, FileAnalysis)
    ends = [0, *(edge for passage in result.passages for edge in (passage.start, passage.end)), result.duration]
    assert ends == sorted(ends)
    assert result.samples > 0
    assert bool(result.damage.bad_packets) == any(warning == "damaged-packets" for warning in result.warnings)


@pytest.mark.parametrize("form", FORMS)
def test_damage_anywhere_gives_a_result(make_music, analyze, form):
    path = make_music(f"a{form.suffix}", seconds=1.0, form=form)
    content = path.read_bytes()
    for seed in range(4):
        path.write_bytes(damaged(content, random.Random(seed)))
        check(analyze(path))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("form", FORMS)
def test_much_damage_anywhere_gives_a_result(make_music, analyze, form):
    path = make_music(f"a{form.suffix}", seconds=2.0, form=form)
    content = path.read_bytes()
    for seed in range(1_000, 1_200):
        path.write_bytes(damaged(content, random.Random(seed)))
        check(analyze(path))


@pytest.mark.slow
def test_odd_files_give_a_result(odd_files, analyze):
    for path in sorted(odd_files.rglob("*")):
        if path.is_file():
            result = analyze(path)
            assert isinstance(result, FileAnalysis) or result.failure.code in {*EXPECTED, FailureCode.EMPTY_FILE}


def test_a_file_that_holds_a_header_and_no_audio_says_so_instead_of_counting_no_bad_packets(tmp_path):
    path = tmp_path / "header.wav"
    with wave.open(str(path), "wb") as empty:
        empty.setparams((1, 2, 48_000, 0, "NONE", ""))
    result = analyze_file(AnalysisJob(os.fsencode(path), FileStamp.of(path.stat()), AnalysisRules()))
    assert (result.failure.code, result.failure.detail) == (FailureCode.DAMAGED, "it has no packet of audio")


@pytest.mark.parametrize(("form", "kind"), [(AudioForm.OPUS, OggOpus), (AudioForm.VORBIS, OggVorbis)])
def test_tags_that_are_no_text_do_not_cost_the_audio_where_ffmpeg_gives_them_with_the_frames(
    make_music, analyze, form, kind
):
    """It does so where the beginning of the stream is not marked as such."""
    path = make_music(f"a{form.suffix}", seconds=1.0, form=form)
    tags = kind(path)
    tags["TO_SPOIL"] = "a value to spoil"
    tags.save()
    pages = []
    with path.open("rb") as file, suppress(EOFError):
        while True:
            page = OggPage(file)
            page.first = False
            spoilt = (packet.replace(b"TO_SPOIL", b"TO\xda\xffPOIL") for packet in page.packets)
            page.packets = [packet.replace(b"value to", b"v\xdalue to") for packet in spoilt]
            pages.append(page.write())
    path.write_bytes(b"".join(pages))
    result = analyze(path)
    assert isinstance(result, FileAnalysis)
    assert result.loudness is not None
