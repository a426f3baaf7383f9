import pytest

from passagework.domain.sheets.cue_sheet import parse_cue_sheet
from passagework.domain.sheets.naming import cuts_by_file, files_named


def sheet(*names, title="Album"):
    files = "".join(f'FILE "{name}" WAVE\nTRACK {n} AUDIO\nINDEX 01 0:0:0\n' for n, name in enumerate(names, 1))
    return parse_cue_sheet(f"TITLE {title}\n{files}")


def albums(sheets, names):
    return {name: cuts.album for name, cuts in cuts_by_file(sheets, names).items()}


@pytest.mark.parametrize(
    ("name", "files", "meant"),
    [
        ("a.wav", [b"a.wav", b"A.WAV", b"a.flac"], [b"a.wav"]),
        ("A.wav", [b"a.WAV", b"a.flac"], [b"a.WAV"]),
        ("a.wav", [b"A.flac", b"b.flac"], [b"A.flac"]),
        ("a.wav", [b"a.ape", b"a.flac"], [b"a.ape", b"a.flac"]),
        ("C:\\Music\\a.wav", [b"a.wav"], [b"a.wav"]),
        ("../up/a.wav", [b"a.wav"], [b"a.wav"]),
        ("a. live", [b"a. live.flac"], [b"a. live.flac"]),
        ("Cafe\u0301.wav", ["Café.wav".encode()], ["Café.wav".encode()]),
        ("b.wav", [b"a.wav"], []),
        ("", [b"a.wav"], []),
        ("dir/", [b"dir"], []),
    ],
)
def test_a_name_means_the_files_that_are_likest_it(name, files, meant):
    assert files_named(name, files) == tuple(meant)


def test_a_sheet_is_about_the_files_that_it_names():
    assert albums({b"x.cue": sheet("a.wav", "b.wav")}, [b"a.flac", b"b.flac", b"x.flac"]) == {
        b"a.flac": "Album",
        b"b.flac": "Album",
    }


def test_a_sheet_that_names_one_file_which_is_not_there_is_about_the_one_named_like_it():
    assert albums({b"X.cue": sheet("CDImage.wav")}, [b"a.flac", b"x.flac"]) == {b"x.flac": "Album"}
    assert albums({b"x.flac.cue": sheet("CDImage.wav")}, [b"a.flac", b"x.flac"]) == {b"x.flac": "Album"}
    assert albums({b"x.cue": sheet("a.wav", "gone.wav")}, [b"a.flac", b"x.flac"]) == {b"a.flac": "Album"}


def test_of_two_sheets_the_one_named_like_the_file_counts_and_then_the_first():
    both = {b"album.cue": sheet("x.wav", title="other"), b"x.cue": sheet("x.wav", title="own")}
    assert albums(both, [b"x.flac"]) == {b"x.flac": "own"}
    both = {b"x.cue": sheet("x.wav", title="own"), b"x.flac.cue": sheet("x.wav", title="other")}
    assert albums(both, [b"x.flac"]) == {b"x.flac": "own"}
    both = {b"b.cue": sheet("x.wav", title="second"), b"a.cue": sheet("x.wav", title="first")}
    assert albums(both, [b"x.flac"]) == {b"x.flac": "first"}


def test_a_broken_sheet_gives_its_file_no_pieces():
    (cuts,) = cuts_by_file({b"x.cue": parse_cue_sheet("nothing")}, [b"x.flac"]).values()
    assert cuts.pieces == ()
    (cuts,) = cuts_by_file({b"y.cue": parse_cue_sheet("FILE x.wav WAVE\nTRACK 1 AUDIO")}, [b"x.flac"]).values()
    assert cuts.pieces == ()
