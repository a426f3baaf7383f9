"""Files whose containers state pieces, analysed as an import does it; the bytes of each are made here."""

import struct
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import pytest
from mutagen import flac
from mutagen.id3 import APIC, CHAP, CTOC, ID3, TIT2, CTOCFlags
from mutagen.wave import WAVE

from passagework.audio.tags import read_all_tags
from passagework.demo.encoding import AudioForm, write_audio
from passagework.domain.analysis_rules import TagRules
from passagework.domain.failures import WarningCode
from passagework.domain.given_cuts import CutSource
from passagework.domain.units import TICKS_PER_SECOND
from tests.audio.test_tags_matroska import HEADER, element

RATE = 8_000
SECONDS = 45


def noise():
    return np.random.default_rng(1).uniform(-0.1, 0.1, (SECONDS * RATE, 1)).astype(np.float32)


@pytest.fixture
def written(tmp_path):
    """Give a function that writes noise without a silence in it."""

    def written(form):
        path = tmp_path / f"a{form.suffix}"
        write_audio(path, noise(), RATE, form)
        return path

    return written


@pytest.fixture
def cut(analyze):
    """Give a function that returns what cut a file, and its passages: where they begin, their tracks, titles, ISRCs."""

    def cut(path):
        found = analyze(path, fingerprint=False, true_peak=False)
        said = [
            (round(one.start / TICKS_PER_SECOND, 2), one.piece.track, one.piece.title, one.piece.isrc)
            for one in found.passages
        ]
        return found.cut_by, said, WarningCode.SHEET_UNREADABLE in found.warnings

    return cut


def pieces_in(data, container):
    """Return what the blocks of tags state: starts, ends and titles."""
    (given,) = read_all_tags(BytesIO(data), container, TagRules()).given
    return given.source, [
        (piece.start / TICKS_PER_SECOND, piece.end and piece.end / TICKS_PER_SECOND, piece.title)
        for piece in given.pieces
    ]


@pytest.mark.parametrize(("container", "codec"), [("mp4", "aac"), ("matroska", "flac"), ("opus", "libopus")])
def test_chapters_that_ffmpeg_writes_cut_the_file(tmp_path, cut, container, codec):
    path = tmp_path / "book"
    with av.open(path, "w", format=container) as written:
        stream = written.add_stream(codec, 48_000, layout="mono")
        written.set_chapters(
            [
                {"id": number, "start": start, "end": end, "time_base": Fraction(1), "metadata": {"title": title}}
                for number, (start, end, title) in enumerate([(0, 1, "One"), (1, 3, "Two"), (3, 5, "Three")])
            ]
        )
        frame = av.AudioFrame.from_ndarray(np.repeat(noise()[: 5 * RATE], 6)[None, :], "flt", "mono")
        frame.sample_rate, frame.pts = 48_000, 0
        for made in (
            *av.AudioResampler(stream.format, "mono", 48_000, stream.frame_size or 4_096).resample(frame),
            None,
        ):
            written.mux(stream.encode(made))
    source, said, broken = cut(path)
    assert (source, broken) == (CutSource.CHAPTERS, False)
    assert [one[2] for one in said] == ["One", "Two", "Three"]
    assert [one[0] for one in said] == [0, pytest.approx(1, abs=0.03), pytest.approx(3, abs=0.03)]


def test_the_table_of_contents_says_which_chapters_of_an_id3_tag_count():
    tag = ID3()
    for name, start, end, title in (
        *(
            ("a", 0, 60_000, "Whole"),
            ("b", 0, 20_000, "One"),
            ("c", 20_000, 60_000, "Two"),
            ("d", 30_000, 31_000, "Hit"),
        ),
    ):
        tag.add(CHAP(element_id=name, start_time=start, end_time=end, sub_frames=[TIT2(text=[title])]))
    assert pieces_in(saved(tag), "mp3")[1] == [(0, 20, "One"), (20, 60, "Two"), (30, 31, "Hit")]
    tag.add(CTOC(element_id="in", flags=CTOCFlags.ORDERED, child_element_ids=["b", "in", "nobody"]))
    tag.add(CTOC(element_id="top", flags=CTOCFlags.TOP_LEVEL, child_element_ids=["in", "c", "top"]))
    assert pieces_in(saved(tag), "mp3") == (CutSource.CHAPTERS, [(0, 20, "One"), (20, 60, "Two")])


def test_a_chapter_with_a_large_picture_keeps_its_times_and_a_time_that_is_none_is_left_out():
    tag = ID3()
    picture = APIC(mime="image/png", type=3, data=bytes(200_000))
    tag.add(CHAP(element_id="a", start_time=1_000, end_time=500, sub_frames=[TIT2(text=["One"]), picture]))
    tag.add(CHAP(element_id="b", start_time=0xFFFFFFFF, end_time=0xFFFFFFFF, start_offset=9))
    assert pieces_in(saved(tag), "mp3")[1] == [(1, None, "One")]


def saved(tag):
    file = BytesIO()
    tag.save(file)
    return file.getvalue()


def atom(start, *inside, end=None, title=None):
    second = 1_000_000_000
    times = [element("91", (start * second).to_bytes(8))]
    times += [] if end is None else [element("92", (end * second).to_bytes(8))]
    times += [] if title is None else [element("80", element("85", title))]
    return element("b6", *times, *inside)


def edition(*atoms):
    return element("45b9", *atoms)


@pytest.mark.parametrize(
    ("editions", "pieces"),
    [
        ([edition(atom(0, end=9, title="One"), atom(9, title="Two"))], [(0, 9, "One"), (9, None, "Two")]),
        ([edition(atom(0, atom(3, title="in")), atom(9, atom(12)))], [(0, None, None), (9, None, None)]),
        ([edition(atom(0, atom(0, title="One"), atom(9, title="Two"), end=20))], [(0, None, "One"), (9, None, "Two")]),
        ([edition(atom(1)), edition(element("45db", b"\1"), atom(2))], [(2, None, None)]),
        ([edition(element("45bd", b"\1"), atom(1)), edition(atom(2))], [(2, None, None)]),
        ([edition(atom(1, element("98", b"\1")), atom(2, element("4598", b"\0")), atom(3))], [(3, None, None)]),
        ([edition(atom(9), atom(2))], [(2, None, None), (9, None, None)]),
    ],
)
def test_of_matroska_the_edition_that_is_shown_counts_with_its_first_level(editions, pieces):
    data = HEADER + element("18538067", element("1043a770", *editions))
    assert pieces_in(data, "matroska") == (CutSource.CHAPTERS, pieces)


def test_tracks_of_a_flac_file_are_exact_to_the_sample(written, cut):
    path = written(AudioForm.FLAC)
    file = flac.FLAC(path)
    sheet = flac.CueSheet(None)
    isrcs = (b"USABC9900001", b"", b"nonsense")
    for number, (start, isrc) in enumerate(zip((0, 10 * RATE + 1, 30 * RATE), isrcs, strict=True), 1):
        track = flac.CueSheetTrack(number, start, isrc)
        track.indexes = [flac.CueSheetTrackIndex(0, 0), flac.CueSheetTrackIndex(1, 80)] if number == 3 else []
        sheet.tracks.append(track)
    sheet.tracks += [flac.CueSheetTrack(4, 40 * RATE, type_=1), flac.CueSheetTrack(170, SECONDS * RATE)]
    file.metadata_blocks.append(sheet)
    file.save()
    assert cut(path) == (
        CutSource.EMBEDDED_SHEET,
        [(0, 1, None, "USABC9900001"), (10, 2, None, None), (30.01, 3, None, None)],
        False,
    )


SHEET = 'FILE "x.wav" WAVE\nTRACK 1 AUDIO\nTITLE One\nINDEX 01 0:00:00\nTRACK 2 AUDIO\nTITLE Two\nINDEX 01 {}\n'


def test_a_sheet_in_the_tags_goes_before_the_block_and_chapters(written, cut):
    path = written(AudioForm.FLAC)
    file = flac.FLAC(path)
    file["CUESHEET"] = SHEET.format("0:20:00")
    file["CHAPTER001"], file["CHAPTER002"] = "00:00:00.000", "00:00:30.000"
    file.save()
    assert cut(path) == (CutSource.EMBEDDED_SHEET, [(0, 1, "One", None), (20, 2, "Two", None)], False)


def test_a_sheet_about_a_longer_file_is_reported_and_the_next_list_counts(written, cut):
    path = written(AudioForm.FLAC)
    file = flac.FLAC(path)
    file["CUESHEET"] = SHEET.format("1:20:00")
    file["CHAPTER001"], file["CHAPTER002"], file["CHAPTER002NAME"] = "00:00:00.000", "00:00:30.000", "Second"
    file.save()
    assert cut(path) == (CutSource.CHAPTERS, [(0, None, None, None), (30, None, "Second", None)], True)


def points(path, *marks):
    """Append cue points to a WAV file: places in seconds, labels, and lengths of regions in seconds."""
    cue = struct.pack("<L", len(marks))
    texts = b"adtl"
    for number, (start, label, length) in enumerate(marks, 1):
        cue += struct.pack("<LL4sLLL", number, 0, b"data", 0, 0, start * RATE)
        if label is not None:
            texts += riff_chunk(b"labl", struct.pack("<L", number) + label + b"\0")
        if length:
            texts += riff_chunk(b"ltxt", struct.pack("<LL4s8x", number, length * RATE, b"rgn "))
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.write(riff_chunk(b"cue ", cue) + riff_chunk(b"LIST", texts))
        size = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<L", size))


BARE_WAV = b"RIFF\0\0\0\0WAVE" + b"fmt " + struct.pack("<LHHLLHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)


def riff_chunk(name, data):
    return name + struct.pack("<L", len(data)) + data + bytes(len(data) % 2)


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ([(0, b"One", 0), (15, "Zw\xf6lf".encode("latin-1"), 0)], [(0, None, "One", None), (15, None, "Zwölf", None)]),
        ([(12, b"One", 0), (25, b"Two", 0)], [(0, None, None, None), (12, None, "One", None), (25, None, "Two", None)]),
        ([(0, None, 15), (20, b"Two", 20)], [(0, None, None, None), (20, None, "Two", None)]),
    ],
)
def test_labels_and_regions_of_a_wav_file_are_pieces(written, cut, marks, found):
    path = written(AudioForm.WAV)
    points(path, *marks)
    assert cut(path) == (CutSource.CUE_POINTS, found, False)


@pytest.mark.parametrize(
    "marks",
    [
        [(20, b"One", 0)],
        [(0, None, 0), (20, None, 0)],
        [(0, b"Marker 1", 0), (20, b"Marker 2", 0)],
        [(0, b"MARK_01", 0), (20, b"MARK_02", 0)],
        [(0, b"Intro", 0), (15, b"Verse 2", 0)],
        [(0, b"One", 0), (5, b"Two", 0), (30, b"Three", 0)],
        [(0, b"One", 0), (20, b"One", 0)],
        [(0, None, 25), (20, None, 20)],
    ],
)
def test_other_marks_are_in_a_piece(tmp_path, marks):
    path = tmp_path / "a.wav"
    path.write_bytes(BARE_WAV)
    points(path, *marks)
    assert read_all_tags(BytesIO(path.read_bytes()), "wav", TagRules()).given == ()


def test_of_places_with_one_number_the_first_counts_and_those_of_no_other_chunk(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(BARE_WAV)
    points(path, (0, b"One", 0), (20, b"Two", 0))
    in_a_list = struct.pack("<L", 2) + struct.pack("<LL4sLLL", 3, 0, b"slnt", 0, 0, 9) + struct.pack("<L20x", 1)
    data = path.read_bytes() + riff_chunk(b"cue ", in_a_list)
    assert pieces_in(data, "wav") == (CutSource.CUE_POINTS, [(0, None, "One"), (20, None, "Two")])


def test_markers_of_an_aiff_file_are_pieces(written, cut):
    path = written(AudioForm.AIFF)
    marks = [(0, b"One"), (20 * RATE, b"Twos")]
    data = struct.pack(">H", len(marks)) + b"".join(
        struct.pack(">hLB", number, start, len(label)) + label + bytes((len(label) + 1) % 2)
        for number, (start, label) in enumerate(marks, 1)
    )
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.write(b"MARK" + struct.pack(">L", len(data)) + data + bytes(len(data) % 2))
        size = file.tell() - 8
        file.seek(4)
        file.write(struct.pack(">L", size))
    assert cut(path) == (CutSource.CUE_POINTS, [(0, None, "One", None), (20, None, "Twos", None)], False)


def test_chapters_in_an_id3_chunk_go_before_cue_points(written, cut):
    path = written(AudioForm.WAV)
    points(path, (0, b"One", 0), (15, b"Two", 0))
    file = WAVE(path)
    file.add_tags()
    file.tags.add(CHAP(element_id="a", start_time=0, end_time=30_000))
    file.tags.add(CHAP(element_id="b", start_time=30_000, end_time=45_000))
    file.save()
    assert cut(path) == (CutSource.CHAPTERS, [(0, None, None, None), (30, None, None, None)], False)


@pytest.mark.parametrize("data", [b"", bytes(10), bytes(430), bytes(395) + b"\x05" + bytes(40)])
def test_a_broken_block_of_tracks_costs_neither_the_file_nor_its_tags(written, analyze, data):
    path = written(AudioForm.FLAC)
    file = flac.FLAC(path)
    file["title"] = "Title"
    file.save()
    content = path.read_bytes()
    path.write_bytes(content[:42] + bytes([5]) + len(data).to_bytes(3) + data + content[42:])
    found = analyze(path, fingerprint=False, true_peak=False)
    assert (found.tags.title, found.cut_by, len(found.passages)) == ("Title", None, 1)


@pytest.mark.parametrize("size", [0, 1, 3, 5, 20, 27])
def test_cue_points_that_end_too_early_are_none(size):
    cut_short = riff_chunk(b"cue ", b"\xff" * size) + riff_chunk(b"LIST", b"adtl" + riff_chunk(b"labl", b"\1" * size))
    assert read_all_tags(BytesIO(BARE_WAV + cut_short), "wav", TagRules()).given == ()
