"""From a path to the names that it says. The table in docs/identification.md lists the forms.

The names are shown where the tags of a file have none, and marked. They are no evidence for what a passage is: a name
of a file is as often that of another piece, and a search by a wrong artist finds a wrong recording that fits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from passagework.domain.path_names.component import spaced, text_of, without_extras, without_suffix
from passagework.domain.path_names.folder import PARTED, AlbumFolder, disc_of, is_various, read_album_folder
from passagework.domain.path_names.number import Numbered, read_number, read_number_between
from passagework.domain.path_names.places import holds_music, names_nothing, places_before_music
from passagework.domain.search_words import search_words


class PathNames(NamedTuple):
    """What a path says. Everything may be unknown."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    medium: int | None = None
    track: int | None = None


@dataclass(frozen=True, slots=True)
class _Folders:
    """What the folders say. ``artist`` is the folder above the album, ``is_strong``: it is more than a guess.

    ``below_music``: how many folders lead from one that holds artists to the file; None if there is none.
    """

    album: AlbumFolder
    artist: str | None
    below_music: int | None


def names_of_path(path: bytes) -> PathNames:
    """Return what the names of a file and of its folders say. Depends on nothing but the path."""
    folder, _, name = path.rpartition(b"/")
    found = _read_folders(folder)
    stem = without_suffix(text_of(name))
    number = read_number(spaced(stem), in_album=found.album.album is not None)
    parts = _parts(stem, number, found.album)
    return _named(parts, number, found)


# The files of a folder come one after the other.
@lru_cache(maxsize=64)
def _read_folders(path: bytes) -> _Folders:
    folders = [text_of(component) or "_" for component in path.split(b"/") if component]
    places = places_before_music(folders)
    medium = None
    if len(folders) > places and (medium := disc_of(folders[-1])) is not None:
        folders = folders[:-1]
    below = next((at for at, folder in enumerate(reversed(folders)) if holds_music(folder)), None)
    album, above = AlbumFolder(medium=medium), None
    if len(folders) > places and not names_nothing(folders[-1]):
        album = read_album_folder(folders[-1])
        album = replace(album, medium=medium or album.medium, is_sure=album.is_sure or medium is not None)
        if len(folders) - 1 > places and not names_nothing(folders[-2]):
            above = spaced(folders[-2])
    if above is not None and is_various(above):
        album, above = replace(album, various=True), None
    return _Folders(album, above, below)


def _parts(stem: str, number: Numbered, album: AlbumFolder) -> list[str]:
    """Return the parts of a name behind its number."""
    parts = PARTED.split(number.rest)
    is_scene = number.has_number and " " not in stem and "-" in number.rest and ("_" in stem or album.group is not None)
    if len(parts) == 1 and is_scene:
        parts = number.rest.split("-")
        if album.group is not None and len(parts) > 1 and parts[-1].casefold() == album.group.casefold():
            del parts[-1]
    return [part for part in (part.strip() for part in parts) if part] or [number.rest]


def _named(parts: Sequence[str], number: Numbered, folders: _Folders) -> PathNames:
    """Put parts, number and folders together.

    A file of several parts is read in one of these ways; the first that holds counts:

    - A number stands between: artist, perhaps album, number, title.
    - The first part is the artist of the folder: what follows is the title, perhaps behind the album.
    - The folder has another artist: all of it is the title.
    - Otherwise the first part is the artist.
    """
    album = folders.album
    medium, track = number.medium or album.medium, number.track
    for at in range(1, len(parts) - 1):
        if (between := read_number_between(parts[at])) is not None and not number.has_number:
            inner = " - ".join(parts[1:at]) or _album_title(folders, numbered=True)
            title = " - ".join(parts[at + 1 :])
            return _clean(title, parts[0], inner, between[0] or album.medium, between[1])
    title_of_album = _album_title(folders, numbered=number.has_number)
    artist = _folder_artist(folders, title_of_album)
    rest = list(parts)
    if len(parts) > 1:
        is_same = artist is not None and _same(parts[0], artist)
        above_is_same = folders.artist is not None and _same(parts[0], folders.artist)
        if is_same or above_is_same or artist is None or _is_guess(folders, number):
            _, *rest = parts
            artist = artist if is_same else folders.artist if above_is_same else parts[0]
            if above_is_same:
                title_of_album = album.album
        if len(rest) > 1 and title_of_album is not None and _same(rest[0], title_of_album):
            del rest[0]
    return _clean(" - ".join(rest), artist, title_of_album, medium, track)


def _album_title(folders: _Folders, *, numbered: bool) -> str | None:
    """Return the title of the album if more than any folder says it: a form, a number, or a place below artists."""
    album = folders.album
    is_album = numbered or album.is_sure or (folders.below_music == 2 and folders.artist is not None)  # noqa: PLR2004 - artist and album
    return album.album if is_album else None


def _folder_artist(folders: _Folders, title_of_album: str | None) -> str | None:
    """Return the artist that the folders name: beside the album, above it, or alone below a folder of artists."""
    if folders.album.various:
        return None
    if title_of_album is not None:
        return folders.album.artist or folders.artist
    return folders.album.album if folders.below_music == 1 else None


def _is_guess(folders: _Folders, number: Numbered) -> bool:
    """Tell whether the artist of the folders is nothing but the name of the folder that the file is in."""
    return folders.album.artist is None and folders.artist is None and not number.has_number


def _same(one: str, other: str) -> bool:
    words = search_words(one)
    return bool(words) and words == search_words(other)


def _clean(title: str, artist: str | None, album: str | None, medium: int | None, track: int | None) -> PathNames:
    named = None if artist is None or is_various(artist) else artist
    return PathNames(without_extras(title) or None, named or None, album or None, medium, track)
