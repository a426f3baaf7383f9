"""What names of files and folders say: the table of docs/identification.md, more of what people have, and any bytes."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.path_names.component import LONGEST
from passagework.domain.path_names.folder import AlbumFolder, read_album_folder
from passagework.domain.path_names.names import PathNames, names_of_path

DOCUMENT = (Path(__file__).parents[3] / "docs" / "identification.md").read_text("utf-8")
DOCUMENTED = re.findall(r"^\| `(/[^`]+)` \|(.*)\|(.*)\|(.*)\|(.*)\|(.*)\|$", DOCUMENT, re.MULTILINE)

OTHERS = Path(__file__).with_name("paths.txt").read_text("utf-8").splitlines()


def cells(line):
    path, artist, title, album, medium, track = (cell.strip() for cell in line)
    return path, PathNames(
        title or None, artist or None, album or None, int(medium or 0) or None, int(track or 0) or None
    )


@pytest.mark.parametrize(("path", "said"), [cells(row) for row in DOCUMENTED])
def test_the_forms_that_the_document_lists_are_read(path, said):
    assert names_of_path(path.encode()) == said


def test_what_else_people_have_is_read():
    lines = [cells(line.split("|")) for line in OTHERS]
    assert [(path, names_of_path(path.encode())) for path, _ in lines] == lines


def test_the_document_has_a_row_for_each_form():
    assert len(DOCUMENTED) == 32


def test_bytes_that_are_not_utf_8_are_latin_letters_and_texts_are_composed():
    latin = "/music/Björk/Homogenic/01 - Jóga.flac".encode("latin-1")
    decomposed = unicodedata.normalize("NFD", "/music/Björk/Homogenic/01 - Jóga.flac").encode()
    assert names_of_path(latin) == names_of_path(decomposed) == PathNames("Jóga", "Björk", "Homogenic", None, 1)


COMPONENT = st.one_of(
    st.binary(max_size=40),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")),
    st.lists(
        st.sampled_from(
            [
                "03",
                "1-03",
                " - ",
                "-",
                "_",
                "Artist",
                "Album",
                "(1999)",
                "[FLAC]",
                "CD 2",
                "Various Artists",
                "19",
                ".mp3",
                "%00",
                "%ff",
            ]
        ),
        max_size=7,
    ).map(lambda parts: "".join(parts).encode()),
)


@given(st.lists(COMPONENT, max_size=6).map(b"/".join))
def test_any_path_gives_names_without_control_characters(path):
    said = names_of_path(path)
    texts = [text for text in (said.title, said.artist, said.album) if text is not None]
    assert all(text and text == text.strip() and len(text) <= LONGEST for text in texts)
    assert not {unicodedata.category(sign) for text in texts for sign in text} & {"Cc", "Cs", "Zl", "Zp"}
    assert all(number is None or 0 < number < 1000 for number in (said.medium, said.track))
    assert names_of_path(path) == said


def test_a_name_that_could_be_read_in_many_ways_takes_no_time():
    for name in (
        "(" + "16" * 120,
        "[" + "24-96 " * 40,
        "1-" * 120,
        " - " * 80,
        "cd" * 120,
        "(official " * 25,
        "%25" * 80,
    ):
        names_of_path(f"/music/{name}/{name}.mp3".encode())


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        (
            "Some_Artist-Some_Album-CD-2004-GRP",
            AlbumFolder("Some Album", "Some Artist", None, various=False, is_sure=True, group="GRP"),
        ),
        ("VA-Some_Album-CD-2004-GRP", AlbumFolder("Some Album", None, None, various=True, is_sure=True, group="GRP")),
        ("Some Album [FLAC]", AlbumFolder("Some Album", is_sure=True)),
        ("Some Album", AlbumFolder("Some Album", is_sure=False)),
    ],
)
def test_a_folder_whose_name_has_the_form_of_an_album_is_surely_one(name, folder):
    assert read_album_folder(name) == folder
