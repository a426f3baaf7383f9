"""Names follow the tags of real files: corrected, wrong in one file of many, deleted, and copied from another piece."""

import json
import shutil
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner
from mutagen.flac import FLAC

from passagework.cli.group import cli

BAND, WRONG = "22222222-2222-4222-8222-222222222222", "66666666-6666-4666-8666-666666666666"
ALBUM = "33333333-3333-4333-8333-333333333333"


def recording(number):
    return f"1111111{number}-1111-4111-8111-111111111111"


@pytest.fixture
def retag(pieces, tmp_path):
    """Give a function that makes a file, or replaces all of its tags."""
    source = next(piece for piece in pieces if piece.suffix == ".flac")
    folder = tmp_path / "music"
    folder.mkdir()

    def write(number, **tags):
        path = folder / f"{number}.flac"
        if not path.exists():
            shutil.copyfile(source, path)
        file = FLAC(path)
        file.delete()
        file.update(
            {
                "title": f"Song {number}",
                "artist": "The Band",
                "album": "Album",
                "albumartist": "The Band",
                "date": "1975",
                "musicbrainz_trackid": recording(number),
                "musicbrainz_artistid": BAND,
                "musicbrainz_albumartistid": BAND,
                "musicbrainz_albumid": ALBUM,
            }
            | tags
        )
        file.save()
        return path

    return write


@pytest.fixture
def listed(command_line, tmp_path):
    """Give a function that imports, and says what is then shown of each file."""

    def shown():
        command_line.import_here(tmp_path / "music")
        lines = command_line.run_here("list", "--json").stdout.splitlines()
        return [
            (one["title"]["name"], " & ".join(artist["name"] for artist in one["artists"]), one["album"]["name"])
            for one in map(json.loads, lines)
        ]

    return shown


def rows(command_line, query):
    with closing(sqlite3.connect(command_line.library)) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.slow
def test_what_is_corrected_in_a_file_is_corrected_in_the_library(command_line, retag, listed):
    retag(1, title="Bohemian Rapsody", artist="Qeen", album="A Nigth at the Opera", date="1970")
    assert listed() == [("Bohemian Rapsody", "Qeen", "A Nigth at the Opera")]
    retag(1, title="Bohemian Rhapsody", artist="Queen", albumartist="Queen", album="A Night at the Opera")
    assert listed() == [("Bohemian Rhapsody", "Queen", "A Night at the Opera")]
    assert rows(command_line, "SELECT s.title, a.name, b.title, b.date FROM song AS s, artist AS a, album AS b") == [
        ("Bohemian Rhapsody", "Queen", "A Night at the Opera", "1975")
    ]


@pytest.mark.slow
def test_one_wrong_tag_of_many_renames_nobody_and_a_wrong_artist_goes_with_it(command_line, retag, listed):
    for number in range(1, 5):
        retag(number)
    last = retag(5, albumartist="Various Artists")
    names = "SELECT name FROM artist WHERE mbid = " + f"'{BAND}'"
    listed()
    assert rows(command_line, names) == [("The Band",)]
    last.unlink()
    retag(1, artist="The Band & Wrong Person", artists=["The Band", "Wrong Person"], musicbrainz_artistid=[BAND, WRONG])
    assert listed()[0] == ("Song 1", "The Band & Wrong Person", "Album")
    retag(1)
    assert listed()[0] == ("Song 1", "The Band", "Album")
    credit = f"SELECT weight FROM song_artist JOIN song ON song.id = song_id WHERE mbid = '{recording(1)}'"
    assert rows(command_line, credit) == [(1.0,)]


@pytest.mark.slow
def test_chapters_with_the_mbid_of_one_recording_keep_their_titles_and_are_in_conflict(command_line, retag, listed):
    titles = ["Prologue", "Chapter One", "Chapter Two", "Epilogue"]
    for number, title in enumerate(titles, 1):
        retag(number, title=title, musicbrainz_trackid=recording(1))
    assert [title for title, _, _ in listed()] == titles
    review = [json.loads(line) for line in command_line.run_here("review", "--json").stdout.splitlines()]
    assert [one["title"]["name"] for one in review] == titles
    assert [one["doubts"] for one in review] == [["conflict"]] * 4
    assert [one["reason"].partition(": ")[2] for one in review] == [
        '"Prologue" and "Chapter One"',
        '"Chapter One" and "Chapter Two"',
        '"Chapter Two" and "Chapter One"',
        '"Epilogue" and "Chapter One"',
    ]
    export = CliRunner().invoke(cli, ["export", "json", "--library", str(command_line.library), "-"])
    exported = [json.loads(line) for line in export.stdout.splitlines()]
    assert [(one["title"], one["doubt"]) for one in exported] == [(title, "conflict") for title in titles]
    for number, title in enumerate(titles, 1):
        retag(number, title=title, musicbrainz_trackid=recording(number))
    assert [title for title, _, _ in listed()] == titles
    assert "nothing to decide" in command_line.run_here("review").stdout
