import pytest

from passagework.domain.given_cuts import CutSource, GivenCuts, GivenPiece
from passagework.domain.sheets.embedded import chapters_in_tags, sheet_in_tags
from passagework.domain.tags import Tags
from passagework.domain.units import TICKS_PER_SECOND

SHEET = 'FILE "{}" WAVE\nTRACK 1 AUDIO\nTITLE "{}"\nINDEX 01 0:01:00\n'


def titles(text, name=b"a.flac", tag="CUESHEET"):
    return [piece.title for piece in sheet_in_tags(Tags(raw=((tag, (text,)),)), name).pieces]


@pytest.mark.parametrize("tag", ["cuesheet", "TXXX:CUESHEET", "----:com.apple.iTunes:CueSheet", "ape-2:Cuesheet"])
def test_a_sheet_is_found_in_every_format(tag):
    assert titles(SHEET.format("x.wav", "One"), tag=tag) == ["One"]


def test_a_sheet_of_one_file_is_about_the_file_in_which_it_is():
    assert titles(SHEET.format("other.wav", "One")) == ["One"]


def test_of_a_sheet_of_several_files_only_the_one_of_this_name_counts():
    both = SHEET.format("b.wav", "of b") + SHEET.format("a.wav", "of a")
    assert titles(both) == ["of a"]
    assert titles(both, b"c.flac") == []


def test_a_file_without_a_sheet_says_nothing():
    assert sheet_in_tags(Tags(raw=(("TITLE", ("CUESHEET",)),)), b"a.flac") is None


def test_chapters_in_comments_have_times_and_names():
    raw = (
        *(("CHAPTER002", ("01:02:03.25",)), ("CHAPTER002NAME", ("Two",))),
        *(("chapter001", ("00:00:00.000",)), ("CHAPTER001NAME", ("One",)), ("CHAPTER003", ("later",))),
    )
    assert chapters_in_tags(Tags(raw=raw)) == GivenCuts(
        source=CutSource.CHAPTERS,
        pieces=(
            GivenPiece(start=0, title="One"),
            GivenPiece(start=3723 * TICKS_PER_SECOND + TICKS_PER_SECOND // 4, title="Two"),
        ),
    )
    assert chapters_in_tags(Tags()) is None


def test_of_very_many_chapters_the_first_count():
    raw = tuple((f"CHAPTER{number:04}", (f"00:{number // 60:02}:{number % 60:02}",)) for number in range(1_001))
    pieces = chapters_in_tags(Tags(raw=raw)).pieces
    assert (len(pieces), pieces[-1].start) == (1_000, 999 * TICKS_PER_SECOND)
