"""What sheets say about the files of folders, and about which files they say something else than before."""

import os

import pytest

from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner import folder_sheets
from passagework.actors.scanner.folder_sheets import FolderSheets
from passagework.actors.scanner.walk import Listing
from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import Given, cuts_hash
from passagework.domain.scan_scope import ScanPart
from passagework.domain.sheets.cue_sheet import LARGEST_SHEET
from passagework.persistence.read.queries import SheetFolders, SheetHashes

SHEET = 'TITLE "{}"\nFILE "a.wav" WAVE\nTRACK 1 AUDIO\nINDEX 01 00:00:00\n'


class Known:
    """Answers what a library would in which these files were analysed with a sheet."""

    def __init__(self):
        self.hashes = {}
        self.asked = []

    def query(self, query):
        self.asked.append(query)
        match query:
            case SheetFolders():
                return tuple(map(os.path.dirname, self.hashes))
            case SheetHashes():
                return self.hashes


@pytest.fixture
def known():
    return Known()


@pytest.fixture
def music(tmp_path):
    for name in (b"a.flac", b"b.flac", b"a.txt"):
        (tmp_path / os.fsdecode(name)).touch()
    return os.fsencode(tmp_path)


@pytest.fixture
def sheets(known, music):
    return FolderSheets(known, (ScanPart(music, below=True),), lambda name: name.endswith(b".flac"))


def listing(folder):
    return Listing(folder, [(folder + b"/" + name, 1, 2, 3, 4, 5, None) for name in (b"b.flac", b"a.flac")])


def look(sheets, folder, text):
    """Have it look at a folder with such a sheet; None: without one."""
    path = folder + b"/a.cue"
    if text is not None:
        with open(path, "w") as file:
            file.write(text)
    sheets.listed([listing(folder)], [path] if text is not None else [])


def said(sheets, path, given=None):
    return sheets.with_sheet(FileInHand(run=1, path=path, stamp=FileStamp(1, 2), given=given)).given


def otherwise(sheets, folder, unchanged=lambda _: True):
    return [os.path.basename(file[0]) for file in sheets.said_otherwise([listing(folder)], unchanged)]


def test_a_sheet_is_read_again_when_its_folder_is_listed_again_and_forgotten_when_it_is_gone(sheets, music):
    a, b = music + b"/a.flac", music + b"/b.flac"
    look(sheets, music, SHEET.format("One"))
    assert said(sheets, a).sheet.album == "One"
    assert (said(sheets, b), said(sheets, music + b"/a.txt")) == (None, None)
    look(sheets, music, SHEET.format("Two"))
    assert said(sheets, a).sheet.album == "Two"
    look(sheets, music, None)
    assert said(sheets, a) is None


def test_what_a_person_gave_stays_beside_what_a_sheet_says(sheets, music):
    look(sheets, music, SHEET.format("One"))
    given = said(sheets, music + b"/a.flac", Given(bounds="[]"))
    assert (given.bounds, given.sheet.album) == ("[]", "One")
    assert said(sheets, music + b"/b.flac", Given(bounds="[]")) == Given(bounds="[]")


def test_files_are_found_whose_sheet_came_changed_or_went_and_no_others(known, sheets, music):
    assert otherwise(sheets, music) == []
    look(sheets, music, SHEET.format("One"))
    assert otherwise(sheets, music) == [b"a.flac"]
    assert otherwise(sheets, music, lambda file: not file[0].endswith(b"a.flac")) == []
    known.hashes[music + b"/a.flac"] = cuts_hash([said(sheets, music + b"/a.flac").sheet])
    assert otherwise(sheets, music) == []
    look(sheets, music, SHEET.format("Two"))
    assert otherwise(sheets, music) == [b"a.flac"]


def test_a_sheet_that_went_is_noticed_where_this_scan_looks(known, sheets, music):
    known.hashes[music + b"/b.flac"] = b"hash"
    assert otherwise(sheets, music) == [b"b.flac"]
    alone = FolderSheets(known, (ScanPart(music, below=False),), lambda _: True)
    known.asked.clear()
    assert otherwise(alone, music) == [b"b.flac"]
    assert known.asked == [SheetHashes([music])], "the folders below do not matter"


def test_the_largest_sheet_is_read_and_of_a_larger_one_nothing(sheets, music):
    text = SHEET.format("One").ljust(LARGEST_SHEET)
    for size, pieces in ((0, 1), (1, 0)):
        look(sheets, music, text + " " * size)
        assert len(said(sheets, music + b"/a.flac").sheet.pieces) == pieces


def test_a_sheet_is_there_also_when_those_of_more_folders_were_read_than_are_kept(sheets, music, monkeypatch):
    monkeypatch.setattr(folder_sheets, "_KEPT_FOLDERS", 1)
    folders = [music, music + b"/below"]
    os.mkdir(folders[1])
    with open(folders[1] + b"/a.flac", "w"):
        pass
    for number, folder in enumerate(folders):
        look(sheets, folder, SHEET.format(number))
    found = [said(sheets, folder + b"/a.flac").sheet.album for folder in (*folders, music)]
    assert found == ["0", "1", "0"]
