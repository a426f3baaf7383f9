"""The columns of the tags of a file, and what its path adds to them."""

import json
import sqlite3
from contextlib import closing

from passagework.domain.tags import Tags
from passagework.persistence.rows.json_texts import encode_fields
from passagework.persistence.rows.tag_rows import PATH_COLUMNS, TAGS, add_path_columns, path_columns, tag_row


def in_sql(fields, path):
    """Give the columns as the function of a connection does."""
    with closing(sqlite3.connect(":memory:")) as connection:
        add_path_columns(connection)
        return json.loads(connection.execute("SELECT path_columns(?, ?)", (fields, path)).fetchone()[0])


PATH = b"/music/Some Artist/Some Album/CD 2/03 Some Title.flac"


def test_each_tag_that_is_searched_for_or_sorted_by_has_its_column():
    tags = Tags(
        title="T\u00eftle", artist_credit="Credit", artists=("One",), album="Album", disc_number=2, track_number=3
    )
    row = tag_row(tags, b"/m/Path")
    assert tuple(row) == TAGS
    assert row.pop("album_group") is not None
    assert row == {
        "title": "T\u00eftle",
        "artist": "Credit",
        "album": "Album",
        "medium": 2,
        "track": 3,
        "search_text": "title credit one album m path",
        "fields": encode_fields(tags),
        "raw": "[]",
        **dict.fromkeys(("path_title", "path_artist", "path_album", "path_medium", "path_track")),
    }


def test_a_path_names_what_has_no_tags():
    said = path_columns(Tags(), PATH)
    assert tuple(said) == PATH_COLUMNS
    assert [said[f"path_{name}"] for name in ("title", "artist", "album", "medium", "track")] == [
        *("Some Title", "Some Artist", "Some Album", 2, 3),
    ]
    assert [*said.values()] == in_sql("{}", PATH)


def test_what_follows_from_the_path_is_the_same_when_the_tags_are_read_from_their_column():
    tags = Tags(artist_credit="Credit", album="!!!", album_artist_credit="Artist", disc_number=7)
    assert in_sql(encode_fields(tags), PATH) == [*path_columns(tags, PATH).values()]


def test_texts_are_searched_by_their_folded_words():
    assert path_columns(Tags(), b"STRASSE/\xc3\x9f")["search_text"] == "ss strasse"
