"""Music without tags: what its path says is shown, marked, found and exported, and identifies nothing."""

import csv
import io
import json
import sqlite3
import unicodedata
from contextlib import closing

import pytest

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.tags import Tags
from tests.cli.conftest import import_into

RATE = 22_050
UNTAGGED = "Some Artist/Some Album/CD 2/07 - Some Title.flac"
TAGGED = "Some Artist/Some Album/CD 1/08 - Wrong Title.flac"
SIGNS = "Some Artist/Some Album/CD 1/09 - !!!.flac"
DECOMPOSED = unicodedata.normalize("NFD", "Björk/Jóga.flac")
COMPOSED = unicodedata.normalize("NFC", "Åsa/Jailer.flac")


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    folder = tmp_path_factory.mktemp("named") / "music"
    for seed, name in enumerate((UNTAGGED, TAGGED, SIGNS, DECOMPOSED, COMPOSED), 1):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(path, compose(RATE, RATE, seed), RATE, AudioForm.FLAC)
    write_tags(folder / TAGGED, Tags(title="Right", artist_credit="Somebody", album="SOME ALBUM"))
    return folder


@pytest.fixture(scope="module")
def library(music, tmp_path_factory):
    path = tmp_path_factory.mktemp("named library") / "music.passages"
    import_into(path, music)
    return path


@pytest.fixture
def listed(run, library):
    """Give a function that lists the passages that are found, by the ends of their paths."""

    def listed(*words):
        lines = run("list", "--json", "--library", library, *words).output.splitlines()
        return {"/".join(one["path"].split("/")[-2:]): one for one in map(json.loads, lines)}

    return listed


def test_names_of_paths_are_marked_and_tags_are_never_overridden(run, library):
    text = run("list", "--library", library).output
    assert "  ~~Some Artist - ~~Some Title (~~Some Album)  [" in text
    assert "  ~Somebody - ~Right (~SOME ALBUM)  [" in text
    assert "Wrong" not in text.replace("08 - Wrong Title.flac", "")


def test_json_says_where_each_name_comes_from_and_nobody_is_identified(listed):
    untagged, tagged = listed()["CD 2/07 - Some Title.flac"], listed()["CD 1/08 - Wrong Title.flac"]
    nobody = {"mbid": None, "set_by": None}
    assert untagged["title"] == {"name": "Some Title", "source": "file-name", **nobody}
    assert untagged["artists"] == [{"name": "Some Artist", "source": "file-name", **nobody}]
    assert untagged["album"] == {"name": "Some Album", "source": "file-name", **nobody}
    assert (untagged["medium"], untagged["track"]) == (2, 7)
    assert tagged["title"] == {"name": "Right", "source": "tags", **nobody}
    assert (tagged["medium"], tagged["track"]) == (None, None)
    assert (untagged["state"], untagged["evidence_items"]) == ("unidentified", [])


def test_passages_of_one_album_have_one_group_whether_tags_or_paths_name_it(listed):
    groups = {name: one["album_group"] for name, one in listed().items()}
    of_album = {groups[name] for name in groups if name.startswith("CD ")}
    assert len(of_album) == 1
    assert None not in of_album
    assert groups["Åsa/Jailer.flac"] is None


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (unicodedata.normalize("NFC", "jóga Björk"), unicodedata.normalize("NFD", "Björk/Jóga.flac")),
        ("joga", unicodedata.normalize("NFD", "Björk/Jóga.flac")),
        (unicodedata.normalize("NFD", "Åsa"), COMPOSED),
        ("jail asa", COMPOSED),
        ("title SOME 07 artist", "CD 2/07 - Some Title.flac"),
        ("!!!", "CD 1/09 - !!!.flac"),
        ("!", "CD 1/09 - !!!.flac"),
    ],
)
def test_names_of_files_are_found_in_any_form_and_order(listed, words, found):
    assert list(listed(words)) == [found]


def test_views_and_exports_say_that_the_path_says_it(run, library, tmp_path):
    with closing(sqlite3.connect(library)) as connection:
        said = connection.execute(
            "SELECT title, title_source, artists, artists_source, album, album_source, medium, track, album_group"
            " FROM passage_name WHERE title = 'Some Title'"
        ).fetchall()
    ((*_, group),) = said
    assert said == [
        (*("Some Title", "file-name", "Some Artist", "file-name", "Some Album", "file-name"), *(2, 7, group)),
    ]
    run("export", "csv", tmp_path / "out.csv", "--library", library)
    rows = {row["title"]: row for row in csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text("utf-8")))}
    row = rows["Some Title"]
    assert (row["artists"], row["artists_source"]) == ('["Some Artist"]', "file-name")
    assert (row["title_source"], row["album"], row["album_source"]) == ("file-name", "Some Album", "file-name")
    assert row["album_group"] == rows["Right"]["album_group"] == group
