"""What the library has of the artists, works, songs and albums that a batch names, and what the batch adds to it.

Nothing is remembered from one batch to the next. So there is nothing that a rollback, an undo, an edit or another kind
of write could make wrong, and memory does not grow with the library: one statement for each kind finds what is there.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final

from passagework.domain.encoded_analysis import (
    EncodedAlbum,
    EncodedAnalysis,
    EncodedArtist,
    EncodedLinks,
    EncodedSong,
    EncodedWork,
)
from passagework.domain.json_text import write_json
from passagework.persistence.rows.columns import listed
from passagework.persistence.rows.encoded import DESCRIBED

Stated = tuple[Any, ...]
"""What is stated of an entity, with the ids of its artists and works; the last value is None if tags state it."""


class DiffersError(Exception):
    """The library, or an earlier message of the batch, has other values than this message states."""


def _known(table: str, columns: Iterable[str], source: str, undisputed: str = "") -> str:
    """Write the statement that finds entities by MBID; values that are not from tags alone count as unlike any."""
    return f"""
SELECT e.mbid, e.id, e.{source} = 'tags' AND e.stated_ns IS NULL{undisputed}, {listed(columns, "e")}
FROM json_each(?) AS w CROSS JOIN {table} AS e ON e.mbid = w.value
"""


def _joined(table: str, owner: str, other: str) -> str:
    return f"""
SELECT k.{owner}, k.{other}, k.position FROM json_each(?) AS w CROSS JOIN {table} AS k ON k.{owner} = w.value
ORDER BY k.{owner}, k.position, k.{other}
"""


_ARTISTS: Final = _known("artist", ("name",), "name_source")
_WORKS: Final = _known("work", ("title",), "title_source")
_SONGS: Final = _known("song", ("title",), "title_source", " AND e.rival_title IS NULL")
_ALBUMS: Final = _known("album", DESCRIBED, "title_source")
_ARTISTS_OF_SONGS: Final = _joined("song_artist", "song_id", "artist_id")
_WORKS_OF_SONGS: Final = _joined("song_work", "song_id", "work_id")
_ARTISTS_OF_ALBUMS: Final = _joined("album_artist", "album_id", "artist_id")


class Kind:
    """The entities of one kind. ``new`` are those that the batch adds, in order, with id and what is stated."""

    def __init__(self, last_id: int, known: Mapping[str, tuple[int, Stated]]) -> None:
        self._known = dict(known)
        self._next_id = last_id + 1
        self.new: list[tuple[str, int, Stated]] = []

    def settle(self, mbid: str, stated: Stated) -> int:
        """Return the id of an entity of which this is stated; DiffersError if something else is known of it."""
        found = self._known.get(mbid)
        if found is None:
            if stated[-1] is not None:
                raise DiffersError(mbid)
            found = self._known[mbid] = self._next_id, stated
            self.new.append((mbid, self._next_id, stated))
            self._next_id += 1
        elif found[1] != stated:
            raise DiffersError(mbid)
        return found[0]

    def number(self, mbid: str) -> int:
        """Return the id of an entity that is settled."""
        return self._known[mbid][0]

    def forget(self, since: int) -> None:
        """Forget what was added after there were ``since``."""
        for mbid, _, _ in self.new[since:]:
            del self._known[mbid]
        self._next_id -= len(self.new) - since
        del self.new[since:]


class KnownEntities:
    """The entities that some analyses name."""

    def __init__(self, connection: sqlite3.Connection, analyses: Iterable[EncodedAnalysis]) -> None:
        named = _Named()
        for analysis in analyses:
            for passage in analysis.passages:
                if passage.links is not None:
                    named.add(passage.links)
        self.artists = _kind(connection, "artist", _ARTISTS, named.artists)
        self.works = _kind(connection, "work", _WORKS, named.works)
        self.songs = _kind(connection, "song", _SONGS, named.songs, _ARTISTS_OF_SONGS, _WORKS_OF_SONGS)
        self.albums = _kind(connection, "album", _ALBUMS, named.albums, _ARTISTS_OF_ALBUMS)
        self._kinds = (self.artists, self.works, self.songs, self.albums)
        # Messages state the same again and again.
        self._settled_artists: dict[EncodedArtist, int] = {}
        self._settled_works: dict[EncodedWork, int] = {}
        self._settled_albums: dict[Stated, int] = {}

    def mark(self) -> tuple[int, ...]:
        """Return what :meth:`forget` takes back to this moment."""
        return tuple(len(kind.new) for kind in self._kinds)

    def forget(self, mark: tuple[int, ...]) -> None:
        """Forget what was added since then."""
        for settled in (self._settled_artists, self._settled_works, self._settled_albums):
            settled.clear()
        for kind, since in zip(self._kinds, mark, strict=True):
            kind.forget(since)

    def song(self, song: EncodedSong) -> int:
        """Return the id of a song, with its artists and works; DiffersError if something else is known of them."""
        if song.former:
            raise DiffersError(song.mbid)
        artists = tuple(dict.fromkeys([self._settled_artists.get(one) or self._artist(one) for one in song.credits]))
        works = tuple(dict.fromkeys([self._settled_works.get(one) or self._work(one) for one in song.works]))
        return self.songs.settle(song.mbid, (song.title, artists, works, song.stated_ns))

    def album(self, album: EncodedAlbum) -> int:
        """Return the id of an album with its artists; DiffersError if something else is known of them."""
        stated = (album.mbid, album.described, album.stated_ns, album.artists, album.former)
        return self._settled_albums.get(stated) or self._album(album, stated)

    def _album(self, album: EncodedAlbum, stated: Stated) -> int:
        if album.former:
            raise DiffersError(album.mbid)
        artists = tuple(dict.fromkeys([self._settled_artists.get(one) or self._artist(one) for one in album.artists]))
        number = self.albums.settle(album.mbid, (*album.described, artists, album.stated_ns))
        self._settled_albums[stated] = number
        return number

    def _artist(self, artist: EncodedArtist) -> int:
        number = self._settled_artists[artist] = self.artists.settle(artist.mbid, artist[1:])
        return number

    def _work(self, work: EncodedWork) -> int:
        if work.composers:
            raise DiffersError(work.mbid)
        number = self._settled_works[work] = self.works.settle(work.mbid, (work.title, work.stated_ns))
        return number


class _Named:
    """The MBIDs that links name, each once."""

    def __init__(self) -> None:
        self.artists: set[str] = set()
        self.works: set[str] = set()
        self.songs: set[str] = set()
        self.albums: set[str] = set()

    def add(self, links: EncodedLinks) -> None:
        for song in links.songs:
            self.songs.add(song.mbid)
            for artist in song.credits:
                self.artists.add(artist.mbid)
            for work in song.works:
                self.works.add(work.mbid)
        if (album := links.album) is not None and album.mbid not in self.albums:
            self.albums.add(album.mbid)
            self.artists.update([artist.mbid for artist in album.artists])


def last_id(connection: sqlite3.Connection, table: str) -> int:
    """Return the largest id of a table; there is one writer, so the ids after it are free."""
    (last,) = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
    return int(last)


def _kind(connection: sqlite3.Connection, table: str, find: str, mbids: set[str], *joined: str) -> Kind:
    found = connection.execute(find, (write_json(list(mbids)),)).fetchall() if mbids else []
    ids = [row[1] for row in found]
    others = [_others(connection, join, ids) for join in joined] if ids else [{} for _ in joined]
    known: dict[str, tuple[int, Stated]] = {}
    for mbid, number, from_tags, *described in found:
        # The last value is None like that of every statement of tags, or unlike all that can be stated.
        stated = (*described, *(other.get(number, ()) for other in others), None if from_tags else "")
        known[mbid] = number, stated
    return Kind(last_id(connection, table), known)


def _others(connection: sqlite3.Connection, join: str, ids: list[int]) -> dict[int, tuple[int, ...]]:
    """Return the ids of the others by owner, in order. Where positions have gaps, no order equals that."""
    found: dict[int, list[int]] = {}
    for owner, other, position in connection.execute(join, (write_json(ids),)):
        others = found.setdefault(owner, [])
        others.append(other if position == len(others) else -other)
    return {owner: tuple(others) for owner, others in found.items()}
