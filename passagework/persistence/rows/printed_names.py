"""The names of a passage as its own file prints them, if its tags alone say what it is.

An entity has one name, and takes it from all files that name it; a passage shows what its own file prints. What a
person or MusicBrainz says goes before both. ``passage_name`` says the same in SQL (persistence/file/views.py).
"""

from collections.abc import Sequence
from typing import Any

from passagework.domain.identification.evidence.normalise import names_guests
from passagework.domain.json_text import read_json
from passagework.domain.views import Named


def is_named_by_file(songs: Sequence[Named], encoded_fields: str | None, *, elsewhere: bool) -> bool:
    """Tell whether the tags of a file name the one song of its passage, and nobody names it elsewhere."""
    return not elsewhere and len(songs) == 1 and str(songs[0].mbid) in (encoded_fields or "")


def shown_artists(
    linked: tuple[Named, ...], credit: str | None, encoded_fields: str | None, *, named_by_file: bool
) -> tuple[Named, ...]:
    """Return the artists to show, given those of the songs of a passage, and credit and tags of its file.

    There are four cases; the first that holds counts:

    - The songs have artists with names, and another than this file states them, or a person one of them: these.
    - The file has as many names as MBIDs: each name with its MBID.
    - The file prints a credit: it is shown as one name, and split no further.
    - Otherwise the artists that have a name.
    """
    # These two are almost all, and reading the tags takes long.
    if not linked and '"artists"' not in (encoded_fields or ""):
        return (Named(credit, None),) if credit else ()
    has_names = bool(linked) and all(artist.name is not None for artist in linked)
    is_as_printed = len(linked) == 1 and linked[0].name == credit
    if has_names and (is_as_printed or not named_by_file or any(artist.set_by_user for artist in linked)):
        return linked
    tags: dict[str, Any] = read_json(encoded_fields or "{}")
    names: list[str] = tags.get("artists") or ([credit] if credit else [])
    if not linked:
        return tuple(Named(name, None) for name in names)
    mbids = tags.get("artist_ids", [])
    is_list = len(names) != 1 or not names_guests(names[0])
    if named_by_file and names and is_list and len(names) == len(mbids):
        return tuple(dict.fromkeys(Named(name, mbid) for name, mbid in zip(names, mbids, strict=True)))
    if credit is not None:
        return (Named(credit, None),)
    return tuple(artist for artist in linked if artist.name is not None)
