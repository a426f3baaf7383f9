import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.given_cuts import CutSource, GivenCuts, GivenPiece
from passagework.domain.sheets.cue_sheet import LARGEST_SHEET, MOST_TRACKS, parse_cue_sheet
from passagework.domain.units import TICKS_PER_SECOND
from tests.support.effort import examples

FRAME = TICKS_PER_SECOND // 75

WHOLE = """REM GENRE Rock
REM DATE 1999-05-17
REM DISCNUMBER 2/3
CATALOG 4012345678901
PERFORMER "The Band"
TITLE "The Album"
SONGWRITER "Nobody"
FILE "album.wav" WAVE
  TRACK 01 AUDIO
    TITLE "One "and" only"
    PERFORMER "A. Singer"
    ISRC US-ABC-99-12345
    PREGAP 00:02:00
    INDEX 01 00:00:00
  track 2 audio
    title Two
    INDEX 00 01:02:03
    INDEX 01 01:04:05
    INDEX 02 01:30:00
  TRACK 03 AUDIO
    FLAGS DCP
    TITLE ""
    ISRC nonsense
    INDEX 01 100:59:74
"""


def pieces_of(text):
    sheet = parse_cue_sheet(text)
    return [sheet.cuts(file, CutSource.CUE_SHEET).pieces for file in sheet.files]


def test_a_sheet_says_where_pieces_begin_and_what_they_are_called():
    sheet = parse_cue_sheet(WHOLE)
    assert sheet.fault is None
    (file,) = sheet.files
    assert file.name == "album.wav"
    assert sheet.cuts(file, CutSource.EMBEDDED_SHEET) == GivenCuts(
        source=CutSource.EMBEDDED_SHEET,
        album="The Album",
        performer="The Band",
        date="1999-05-17",
        disc=2,
        pieces=(
            GivenPiece(start=0, track=1, title='One "and" only', performer="A. Singer", isrc="USABC9912345"),
            GivenPiece(start=(64 * 75 + 5) * FRAME, track=2, title="Two"),
            GivenPiece(start=((100 * 60 + 59) * 75 + 74) * FRAME, track=3),
        ),
    )


def test_what_carriage_returns_and_tabs_separate_is_read():
    assert pieces_of(WHOLE.replace("\n", "\r")) == pieces_of(WHOLE.replace("    ", "\t\t")) == pieces_of(WHOLE)


def test_each_file_has_its_own_tracks():
    text = """FILE "a.wav" WAVE
TRACK 01 AUDIO
INDEX 01 00:00:00
TRACK 02 AUDIO
INDEX 01 03:00:00
TRACK 03 AUDIO
INDEX 00 05:58:00
FILE "b.wav" WAVE
INDEX 01 00:00:00
TRACK 04 AUDIO
INDEX 01 02:00:00
"""
    assert [[(piece.track, piece.start // FRAME) for piece in file] for file in pieces_of(text)] == [
        [(1, 0), (2, 180 * 75)],
        [(3, 0), (4, 120 * 75)],
    ]


def test_tracks_of_data_are_no_pieces():
    text = 'FILE "a" BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 01 01:00:00\n'
    assert [piece.track for (piece,) in pieces_of(text)] == [2]
    apart = text.replace("TRACK 02", "FILE b WAVE\nTRACK 02")
    assert [file.name for file in parse_cue_sheet(apart).files] == ["b"]


def test_the_first_beginning_of_a_track_counts_and_a_disc_has_a_number_from_1_on():
    text = "REM DISC 0\nFILE a WAVE\nTRACK 1 AUDIO\nINDEX 01 00:01:00\nINDEX 01 00:03:00\n"
    assert [[piece.start // FRAME for piece in pieces] for pieces in pieces_of(text)] == [[75]]
    assert parse_cue_sheet(text).disc is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "it has no track of audio"),
        ("Hello, world", "it has no track of audio"),
        ("FILE a WAVE\nTRACK 01 AUDIO\n", "track 1 has no beginning"),
        ("FILE a WAVE\nTRACK 01 AUDIO\nINDEX 00 00:00:00\n", "track 1 has no beginning"),
        ("FILE a WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:75\n", "track 1 begins at no time: 00:00:75"),
        ("FILE a WAVE\nTRACK 01 AUDIO\nINDEX 01 -1:00:00\n", "track 1 begins at no time: -1:00:00"),
        ("FILE a WAVE\nTRACK one AUDIO\n", "a track has no number: one AUDIO"),
        (
            "FILE a WAVE\nTRACK 1 AUDIO\nINDEX 01 02:00:00\nTRACK 2 AUDIO\nINDEX 01 01:00:00\n",
            "its tracks are not in the order of their beginnings",
        ),
        ("TRACK 1 AUDIO\nINDEX 01 00:00:00\n" * (MOST_TRACKS + 1), f"more than {MOST_TRACKS} tracks"),
    ],
)
def test_a_sheet_that_contradicts_itself_gives_no_pieces_and_says_why(text, fault):
    sheet = parse_cue_sheet(text)
    assert sheet.fault == fault
    assert not any(sheet.cuts(file, CutSource.CUE_SHEET).pieces for file in sheet.files)


def test_a_long_sheet_is_read_in_a_moment():
    line = 'PERFORMER "' + '"' * 1_000 + "\n"
    assert parse_cue_sheet(line * (LARGEST_SHEET // len(line))).fault == "it has no track of audio"


_WORDS = (
    "FILE",
    "TRACK",
    "INDEX",
    "TITLE",
    "REM",
    '"',
    "AUDIO",
    "01",
    "00:0",
    ":",
    "DATE",
    "\n",
    " ",
    "9",
    "é",
    "\x00",
)


@examples(60)
@given(st.lists(st.sampled_from(_WORDS) | st.text(max_size=3), max_size=40).map("".join))
def test_no_text_raises_and_pieces_ascend(text):
    for pieces in pieces_of(text):
        starts = [piece.start for piece in pieces]
        assert starts == sorted(starts)
        assert all(start >= 0 for start in starts)


def test_a_file_that_is_named_before_each_of_its_tracks_is_one_file():
    tracks = [f'FILE "a.wav" WAVE\nTRACK {number} AUDIO\nINDEX 01 0{number}:00:00\n' for number in (1, 2)]
    (pieces,) = pieces_of("".join(tracks))
    assert [(piece.track, piece.start) for piece in pieces] == [(1, 4_500 * FRAME), (2, 9_000 * FRAME)]
