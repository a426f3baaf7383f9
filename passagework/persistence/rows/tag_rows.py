"""The columns of ``file_tags``: what the tags of a file say, and what its path says where they say nothing.

What follows from the path is in PATH_COLUMNS. Whoever changes the path of a file writes these anew.
"""

import sqlite3
from typing import Final

from passagework.domain.files import display_path
from passagework.domain.json_text import write_json
from passagework.domain.search_words import search_words
from passagework.domain.tags import Tags
from passagework.persistence.rows.columns import Value
from passagework.persistence.rows.json_texts import decode_tags, encode_fields, encode_raw

PATH_COLUMNS: Final = (
    *("search_text", "path_title", "path_artist", "path_album", "path_medium", "path_track", "album_group"),
)
TAGS: Final = ("title", "artist", "album", "medium", "track", "fields", "raw", *PATH_COLUMNS)
COMPARED: Final = ("fields", "raw", *PATH_COLUMNS)
"""The columns from which all others follow."""


def tag_row(tags: Tags, path: bytes) -> dict[str, Value]:
    """Return the columns TAGS, in their order."""
    return {
        "title": tags.title,
        "artist": tags.artist_credit,
        "album": tags.album,
        "medium": tags.disc_number,
        "track": tags.track_number,
        "fields": encode_fields(tags),
        "raw": encode_raw(tags),
        **path_columns(tags, path),
    }


def path_columns(tags: Tags, path: bytes) -> dict[str, Value]:
    """Return the columns PATH_COLUMNS, in their order, of a file with these tags at this path."""
    from passagework.domain.path_names.beside_tags import album_group, names_beside_tags  # noqa: PLC0415 - readers need none of it

    said = names_beside_tags(tags, path)
    return {
        "search_text": search_words(
            *(tags.title, tags.artist_credit, *tags.artists, tags.album),
            *(said.title, said.artist, said.album, display_path(path)),
        ),
        "path_title": said.title,
        "path_artist": said.artist,
        "path_album": said.album,
        "path_medium": said.medium,
        "path_track": said.track,
        "album_group": album_group(tags, path, said),
    }


def add_path_columns(connection: sqlite3.Connection) -> None:
    """Give a connection ``display_path``, and the function that gives the columns PATH_COLUMNS as a JSON array.

    The arguments of that are the column ``fields`` of the tags of a file, and the path of the file.
    """
    connection.create_function("display_path", 1, display_path, deterministic=True)
    connection.create_function(
        "path_columns",
        2,
        lambda encoded_fields, path: write_json([*path_columns(decode_tags(encoded_fields, None), path).values()]),
        deterministic=True,
    )
