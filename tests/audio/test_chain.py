"""Chained Ogg files: streams one behind the other, with tags, rates and codecs of their own."""

import numpy as np
import pytest
import soundfile

from passagework.audio.analyze import analyze_file
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import CutSource
from passagework.domain.ids import Guid
from passagework.domain.jobs import AnalysisJob
from passagework.domain.known_content import KnownContent
from passagework.domain.tags import Tags
from passagework.domain.units import TICKS_PER_SECOND
from tests.support.ogg_pages import file_of, pages_of, with_headers_twice

RATE = 44_100
PIECES = (("North", 48_000, 2, 1.0), ("East", 44_100, 1, 0.5), ("South", 48_000, 2, 0.75))


@pytest.fixture(scope="module")
def links(tmp_path_factory):
    folder = tmp_path_factory.mktemp("links")
    written = []
    forms = (AudioForm.VORBIS, AudioForm.VORBIS, AudioForm.OPUS)
    for number, ((title, rate, channels, seconds), form) in enumerate(zip(PIECES, forms, strict=True), 1):
        path = folder / f"{title}{form.suffix}"
        samples = np.random.default_rng(number).uniform(-0.2, 0.2, (round(seconds * rate), channels))
        if channels == 1:
            soundfile.write(path, samples, rate)
        else:
            write_audio(path, samples.astype(np.float32), rate, form)
        write_tags(path, Tags(title=title, artist_credit=f"Artist of {title}", track_number=10 + number))
        written.append(path.read_bytes())
    return written


def pieces_of(found):
    return [(one.start / TICKS_PER_SECOND, one.end / TICKS_PER_SECOND, one.piece.title) for one in found.passages]


def test_each_stream_is_a_passage_with_its_own_tags(analyze, tmp_path, links):
    path = tmp_path / "chain.ogg"
    path.write_bytes(b"".join(links))
    found = analyze(path, true_peak=False)
    assert (found.cut_by, found.warnings) == (CutSource.CHAIN, ())
    assert found.format.codec == "vorbis"
    assert found.format.bit_rate == pytest.approx(sum(map(len, links)) * 8 / 2.25, rel=0.15)
    ms = pytest.approx
    assert pieces_of(found) == [
        (0.0, 1.0, "North"),
        (1.0, ms(1.5, abs=0.001), "East"),
        (ms(1.5, abs=0.001), ms(2.25, abs=0.002), "South"),
    ]
    second = found.passages[1].piece
    assert (second.performer, second.track) == ("Artist of East", 12)
    assert found.tags.title == "North"


def test_streams_with_one_serial_number_are_told_apart(analyze, tmp_path, links):
    path = tmp_path / "chain.ogg"
    first = pages_of(links[0])
    path.write_bytes(file_of(first) + file_of(first))
    found = analyze(path, fingerprint=False, true_peak=False)
    assert pieces_of(found) == [(0.0, 1.0, "North"), (1.0, 2.0, "North")]


def test_a_stream_that_ffmpeg_refuses_is_decoded_by_the_other_decoder(analyze, tmp_path, links):
    path = tmp_path / "chain.ogg"
    path.write_bytes(links[1] + with_headers_twice(links[0]) + links[1])
    found = analyze(path, fingerprint=False, true_peak=False)
    assert (found.format.decoder, found.samples) == ("libsndfile", RATE * 2)


def test_a_stream_that_cannot_be_decoded_costs_itself(analyze, tmp_path, links):
    first, second, *rest = pages_of(links[1])
    broken = file_of([first, second.__class__(0, 0, first.serial, 1, (bytes(40),)), *rest])
    path = tmp_path / "chain.ogg"
    path.write_bytes(links[0] + broken + links[2])
    found = analyze(path, fingerprint=False, true_peak=False)
    assert [title for *_, title in pieces_of(found)] == ["North", "South"]
    assert found.damage.bad_packets == 1


def test_a_file_with_one_stream_is_not_cut(analyze, tmp_path, links):
    path = tmp_path / "one.ogg"
    path.write_bytes(links[0])
    found = analyze(path, fingerprint=False, true_peak=False)
    assert (found.cut_by, found.given) == (None, None)


def test_another_title_of_a_stream_is_noticed(analyze, tmp_path, links):
    path, other = tmp_path / "chain.ogg", tmp_path / "other.ogg"
    path.write_bytes(links[0] + links[1])
    before = analyze(path, fingerprint=False, true_peak=False)
    other.write_bytes(links[1])
    write_tags(other, Tags(title="West"))
    path.write_bytes(links[0] + other.read_bytes())
    known = KnownContent(
        guid=Guid("a"),
        path=bytes(path),
        size=before.stamp.size,
        content_hash=before.content_hash,
        audio_hash=before.audio_hash,
    )
    again = analyze_file(AnalysisJob(bytes(path), FileStamp(0, 0), AnalysisRules(), known=known))
    assert pieces_of(again)[1][2] == "West"
    assert again.audio_hash == before.audio_hash
