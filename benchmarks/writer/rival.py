"""The contenders that write row by row, as steps of one file: what the earlier work counted, with the same content.

The earlier work's counts for a file of N passages come out of this division, and it is the only one that gives both
numbers of both:

- *one statement, one transaction*, 9N+1 locks and 6N+1 write transactions: the file with its passages (1); then for
  each passage is its song there? its artists? its album? (3 reads), write each of them (3), link each of them (3).
- *its batch pattern*, 3N+5 and 3N+2: the three questions for the whole file (3), the entities (1), the file with its
  passages (1), and then each link of each passage (3N).

This schema has more tables than the earlier one. What belongs together goes into one step and one transaction, in
favour of these contenders: works with songs, evidence with the link to the song, artists of the album with the link to
the album. What one statement, one transaction means to the letter here is the third of them, ``every statement``:
the steps of the first, with no transaction around the statements of a step.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from passagework.domain.links import PassageLinks
from writer import rival_statements as sql
from writer.rival_rows import RUN, FileRows, album_of, artists_of, song_of, works_of

Execute = Callable[..., sqlite3.Cursor]
"""Executes a statement, for as long as it takes until the library is free."""

Ids = dict[str, int]


class Rival:
    """Stores files through one connection. ``execute`` waits out SQLITE_BUSY."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute
        self._step: Callable[[], AbstractContextManager[None]] = self._transaction

    def store_batched(self, rows: FileRows) -> None:
        """Ask first, then write: entities at once, file and passages at once, links one by one."""
        ids = self._ask(rows.links)
        with self._transaction():
            self._write_songs(rows.links, ids)
            self._write_artists(rows.links, ids)
            self._write_albums(rows.links, ids)
        passages = self._write_file(rows)
        for passage, link in zip(passages, rows.links, strict=True):
            self._write_links(passage, link, ids)

    def store_singly(self, rows: FileRows) -> None:
        """Check and write each thing by itself."""
        passages = self._write_file(rows)
        for passage, link in zip(passages, rows.links, strict=True):
            ids = self._ask((link,))
            for write in (self._write_songs, self._write_artists, self._write_albums):
                with self._step():
                    write((link,), ids)
            self._write_links(passage, link, ids)

    def store_by_statement(self, rows: FileRows) -> None:
        """Check and write each row by itself."""
        self._step = nullcontext
        self.store_singly(rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._execute("BEGIN IMMEDIATE")
        yield
        self._execute("COMMIT")

    def _ask(self, links: Iterable[PassageLinks]) -> Ids:
        links = tuple(links)
        songs = [song_of(link).mbid for link in links] + [work.mbid for work in works_of(links)]
        ids = self._known(sql.KNOWN_SONGS, songs)
        ids |= self._known(sql.KNOWN_ARTISTS, [artist.mbid for artist in artists_of(links)])
        return ids | self._known(sql.KNOWN_ALBUMS, [album_of(link).mbid for link in links])

    def _known(self, question: str, mbids: Sequence[str]) -> Ids:
        return dict(self._execute(question, (json.dumps(mbids),)).fetchall())

    def _write_entity(self, ids: Ids, statement: str, table: str, mbid: str, *values: object) -> None:
        """Insert what was not known when it was asked for; another connection may have been quicker."""
        if mbid in ids:
            return
        written = self._execute(statement, (mbid, *values, RUN))
        if written.rowcount and written.lastrowid is not None:
            ids[mbid] = written.lastrowid
        else:
            (ids[mbid],) = self._execute(f"SELECT id FROM {table} WHERE mbid = ?", (mbid,)).fetchone()

    def _write_songs(self, links: Iterable[PassageLinks], ids: Ids) -> None:
        for link in links:
            song = song_of(link)
            self._write_entity(ids, sql.SONG, "song", song.mbid, song.title)
            for work in song.works:
                self._write_entity(ids, sql.WORK, "work", work.mbid, work.title)

    def _write_artists(self, links: Iterable[PassageLinks], ids: Ids) -> None:
        for artist in artists_of(links):
            self._write_entity(ids, sql.ARTIST, "artist", artist.mbid, artist.name)

    def _write_albums(self, links: Iterable[PassageLinks], ids: Ids) -> None:
        for album in {link.album.album for link in links if link.album}:
            self._write_entity(ids, sql.ALBUM, "album", album.mbid, album.title, album.release_group, album.date)

    def _write_file(self, rows: FileRows) -> list[int]:
        """Write the file with its passages in one step; give the passages' ids."""
        passages = []
        with self._step():
            self._execute(sql.FOLDER, rows.folder)
            file = self._execute(sql.FILE, rows.file).lastrowid
            self._execute(sql.TAGS, (file, *rows.tags))
            self._execute(sql.CURVES, (file, *rows.curves))
            self._execute(sql.RUN_FILE, (RUN, file, *rows.summary))
            for link, row, fingerprint in zip(rows.links, rows.passages, rows.fingerprints, strict=True):
                passage = self._execute(sql.PASSAGE, (link.passage, file, *row)).lastrowid
                assert passage is not None
                passages.append(passage)
                if fingerprint is not None:
                    self._execute(sql.FINGERPRINT, (passage, *fingerprint))
        return passages

    def _write_links(self, passage: int, link: PassageLinks, ids: Ids) -> None:
        """Write the links of one passage in three steps."""
        (span,), place, song, album = link.songs, link.album, song_of(link), album_of(link)
        assert place is not None
        with self._step():
            for position, credit in enumerate(song.credits):
                row = (ids[song.mbid], ids[credit.artist.mbid], position, credit.weight, RUN)
                self._execute(sql.SONG_ARTIST, row)
            for position, work in enumerate(song.works):
                self._execute(sql.SONG_WORK, (ids[song.mbid], ids[work.mbid], position, RUN))
        with self._step():
            self._execute(sql.PASSAGE_SONG, (passage, ids[song.mbid], span.start, span.end, RUN))
            for position, told in enumerate(link.evidence):
                self._execute(sql.EVIDENCE, (passage, told.source, told.kind, told.value, position, RUN))
        with self._step():
            self._execute(sql.PASSAGE_ALBUM, (passage, ids[album.mbid], place.medium, place.track, RUN))
            for position, artist in enumerate(album.artists):
                self._execute(sql.ALBUM_ARTIST, (ids[album.mbid], ids[artist.mbid], position, RUN))
