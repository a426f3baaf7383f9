"""Sheets beside files, and what files state themselves, from the folder to the lists."""

import csv
import json
import os
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from mutagen.flac import FLAC

from passagework.demo.encoding import AudioForm, write_audio
from passagework.domain.files import display_path
from tests.support.importing import make_old

RATE = 8_000

SHEET = """REM DATE 1988
REM DISCNUMBER 4
PERFORMER "The Band"
TITLE "The Album"
FILE "album.wav" WAVE
  TRACK 05 AUDIO
    TITLE "Opening"
    ISRC USABC9900005
    INDEX 01 00:00:00
  TRACK 06 AUDIO
    TITLE "Höhepunkt"
    PERFORMER "A Guest"
    INDEX 01 00:04:00
  TRACK 07 AUDIO
    TITLE "End"
    INDEX 00 00:07:00
    INDEX 01 00:08:00
"""
BOUNDS = [(0, 4), (4, 8), (8, 12)]


pytestmark = pytest.mark.slow


@pytest.fixture
def music(tmp_path):
    """Give a folder with one file of twelve seconds without a silence, that says nothing about itself."""
    folder = tmp_path / "music"
    folder.mkdir()
    samples = np.random.default_rng(1).uniform(-0.1, 0.1, (12 * RATE, 1)).astype(np.float32)
    write_audio(folder / "album.flac", samples, RATE, AudioForm.FLAC)
    make_old(folder / "album.flac")
    return folder


def write_sheet(folder, text=SHEET, name="album.cue", encoding="cp1252"):
    (folder / name).write_text(text, encoding)
    return folder / name


def named(importing, folder, name="album.flac"):
    passages = importing.file(folder / name).passages
    return [(one.title.name, one.artists[0].name if one.artists else None, one.track) for one in passages]


OF_SHEET = [("Opening", "The Band", 5), ("Höhepunkt", "A Guest", 6), ("End", "The Band", 7)]
OF_SOUND = [("album", None, None)]


def test_what_a_sheet_says_is_in_every_list(command_line, music, tmp_path):
    write_sheet(music)
    report = command_line.report(music)
    assert (report["warnings"], report["passages"]) == ({}, 3)
    listed = [json.loads(line) for line in command_line.run_here("list", "--json").stdout.splitlines()]
    assert [(one["start_seconds"], one["end_seconds"]) for one in listed] == BOUNDS
    assert [(one["title"]["name"], one["artists"][0]["name"], one["track"]) for one in listed] == OF_SHEET
    assert {(one["album"]["name"], one["medium"]) for one in listed} == {("The Album", 4)}
    command_line.run_words("export", "csv", "--library", command_line.library, tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["title"], json.loads(row["artists"])[0], int(row["track"])) for row in rows] == OF_SHEET
    assert {(row["album"], row["medium"]) for row in rows} == {("The Album", "4")}
    with closing(sqlite3.connect(command_line.library)) as connection:
        view = connection.execute(
            "SELECT title, artists, track FROM playable_passage ORDER BY start_seconds"
        ).fetchall()
    assert view == OF_SHEET
    shown = command_line.run_here("show", music / "album.flac").stdout
    assert "because cue-sheet isrc USABC9900005" in shown
    assert "because cue-sheet album The Album" in shown
    assert "because cue-sheet date 1988" in shown
    for words in ("höhepunkt", "guest", "opening album", "band end"):
        assert command_line.run_here("list", words).stdout.count("\n") == 1, words


def test_a_sheet_that_comes_changes_and_goes_is_followed(importing_with, music):
    with importing_with() as importing:
        importing.run(music)
        assert named(importing, music) == OF_SOUND
        guid = importing.file(music / "album.flac").passages[0].guid
        sheet = write_sheet(music)
        importing.run(music)
        assert (importing.decoded, named(importing, music)) == (["album.flac"], OF_SHEET)
        importing.run(music)
        assert (importing.decoded, importing.compared) == ([], [])
        write_sheet(music, SHEET.replace("Opening", "Beginning"))
        importing.run_part(music, music)
        assert named(importing, music)[0] == ("Beginning", "The Band", 5)
        write_sheet(music, "nothing")
        summary = importing.run(music).summary
        assert named(importing, music) == OF_SOUND
        assert dict(summary.warnings) == {"sheet-unreadable": 1}
        importing.run(music)
        assert importing.decoded == []
        sheet.unlink()
        importing.run(music)
        assert (importing.decoded, named(importing, music)) == (["album.flac"], OF_SOUND)
        assert importing.file(music / "album.flac").warnings == ()
        assert importing.file(music / "album.flac").passages[0].guid == guid


def test_neither_the_order_of_imports_nor_a_new_place_changes_what_a_sheet_says(importing_with, music, tmp_path):
    write_sheet(music)
    with importing_with() as importing:
        importing.run(music)
        assert named(importing, music) == OF_SHEET
        guids = [one.guid for one in importing.file(music / "album.flac").passages]
        moved = music / "in"
        moved.mkdir()
        for name in ("album.flac", "album.cue"):
            (music / name).rename(moved / name)
        importing.run(music)
        assert (importing.decoded, named(importing, moved)) == ([], OF_SHEET)
        assert [one.guid for one in importing.file(moved / "album.flac").passages] == guids
        # A file that goes away from its sheet keeps its passages until the next import has looked.
        (moved / "album.flac").rename(music / "album.flac")
        importing.run(music)
        importing.run(music)
        assert named(importing, music) == OF_SOUND


def test_what_is_no_file_or_too_large_is_not_read_as_a_sheet(importing_with, music):
    os.mkfifo(music / "album.cue")
    (music / "large.cue").write_bytes(SHEET.encode() + b" " * (300 << 10))
    (music / "outside").mkdir()
    write_sheet(music / "outside", SHEET.replace("album.wav", "../album.flac"), name="x.cue")
    (music / "link.cue").symlink_to("nowhere")
    with importing_with() as importing:
        importing.run(music)
        assert named(importing, music) == OF_SOUND
        assert importing.file(music / "album.flac").warnings == ("sheet-unreadable",)


def test_other_tags_keep_the_pieces_and_other_pieces_in_the_tags_are_cut_anew(importing_with, music):
    path = music / "album.flac"
    with importing_with() as importing:
        importing.run(music)
        file = FLAC(path)
        file["CUESHEET"] = SHEET
        file.save()
        make_old(path)
        importing.run(music)
        assert (importing.decoded, named(importing, music)) == (["album.flac"], OF_SHEET)
        file["GENRE"] = "Noise"
        file.save()
        importing.run(music)
        assert (importing.compared, importing.decoded) == (["album.flac"], [])
        assert (named(importing, music), importing.file(path).passages[0].album.name) == (OF_SHEET, "The Album")
        # A person's cuts go before; the sheet beside goes before the one in the tags.
        write_sheet(music, SHEET.replace("The Album", "Beside"))
        importing.run(music)
        assert importing.file(path).passages[0].album.name == "Beside"
        importing.library.cut(os.fsencode(path), at=[1.0])
        importing.run(music)
        assert [one.title.name for one in importing.file(path).passages] == ["album", "Opening", "Höhepunkt", "End"]


def test_a_sheet_for_files_that_are_split_already_names_those_without_a_title(importing_with, music):
    (music / "album.flac").rename(music / "one.flac")
    titled = FLAC(music / "one.flac")
    (music / "two.flac").write_bytes((music / "one.flac").read_bytes() + bytes(3))
    titled["TITLE"] = "Own title"
    titled.save()
    tracks = "".join(
        f'FILE "{name}.wav" WAVE\nTRACK {number} AUDIO\nTITLE "{name} of the sheet"\nINDEX 01 00:00:00\n'
        for number, name in enumerate(("one", "two"), 1)
    )
    write_sheet(music, f'TITLE "Album"\n{tracks}')
    with importing_with() as importing:
        importing.run(music)
        titles = {
            display_path(path): importing.file(path).passages[0].title.name
            for path in (music / "one.flac", music / "two.flac")
            for path in (os.fsencode(path),)
        }
        assert list(titles.values()) == ["Own title", "two of the sheet"]


def test_a_file_that_moved_with_other_pieces_in_its_tags_is_the_same_file_cut_anew(importing_with, music):
    moved = music / "moved.flac"
    with importing_with() as importing:
        importing.run(music)
        before = importing.file(music / "album.flac")
        (music / "album.flac").rename(moved)
        file = FLAC(moved)
        file["CUESHEET"] = SHEET
        file.save()
        importing.run(music)
        assert (importing.file(moved).guid, named(importing, music, moved.name)) == (before.guid, OF_SHEET)


def test_what_a_person_cut_is_never_cut_otherwise_when_the_file_leaves_its_sheet(importing_with, music):
    write_sheet(music)
    (music / "other").mkdir()
    os.link(music / "album.flac", music / "other" / "link.flac")
    with importing_with() as importing:
        importing.run(music)
        importing.library.cut(os.fsencode(music / "album.flac"), at=[6.0])
        importing.run(music)
        guids = [one.guid for one in importing.file(music / "album.flac").passages]
        (music / "album.flac").unlink()
        importing.run(music)
        assert [one.guid for one in importing.file(music / "other" / "link.flac").passages] == guids
        assert importing.decoded == ["link.flac"]


def test_a_passage_that_a_cut_has_made_keeps_what_was_set_on_it_when_its_neighbour_moves(importing_with, music):
    path = os.fsencode(music / "album.flac")
    with importing_with() as importing:
        importing.run(music)
        importing.library.cut(path, at=[4.0])
        importing.run(music)
        made, other = importing.file(music / "album.flac").passages
        importing.library.set(made.guid, title="Mine")
        importing.library.set(other.guid, start=1.0)
        importing.run(music)
        assert importing.file(music / "album.flac").passages[0].title.name == "Mine"
        importing.library.set(made.guid, start=0.5)
