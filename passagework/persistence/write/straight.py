"""The straight path: what the library knows nothing of is inserted as it is, without staging and without comparison.

It takes a message if these hold; everything else takes the staged path, which is also the oracle in the tests:

- it begins an attempt on a file, or stores the analysis of one, in the newest run;
- the library does not know the file, or has no result of it yet;
- the artists, works, songs and albums that it names are new, or the library has them exactly as it states them.

Ids are given out here, since there is one writer. Rows that are only inserted need no journal: undo deletes the rows
that carry the number of the run.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from passagework.domain.changes import Found
from passagework.domain.encoded_analysis import EncodedAnalysis, EncodedArtist, EncodedLinks, EncodedPassage, Values
from passagework.domain.files import display_path
from passagework.domain.ids import Guid, RunId
from passagework.persistence.rows.analysis import AUDIO, PASSAGE, STAMP, stamp_row
from passagework.persistence.rows.encoded import DESCRIBED, PLACE, STATE, mbid_list
from passagework.persistence.rows.evidence import NO_EVIDENCE
from passagework.persistence.rows.flavor import FLAVOR
from passagework.persistence.rows.packed import CURVES, FINGERPRINT
from passagework.persistence.rows.passage_values import VALUE
from passagework.persistence.rows.statements import NAMELESS, stated
from passagework.persistence.rows.tag_rows import TAGS
from passagework.persistence.write.guids import new_guids
from passagework.persistence.write.known_entities import DiffersError, KnownEntities, last_id
from passagework.persistence.write.many_rows import ManyRows
from passagework.persistence.write.writes import BeginAttempt

Row = tuple[object, ...]
Analysis = tuple[RunId, EncodedAnalysis]
Linked = tuple[list[int], int | None]
"""The songs of a passage, in their order, and its album: by their ids."""

_UNKNOWN: Final = 0
"""No id of a file."""

# Of the row with the largest id: https://www.sqlite.org/lang_select.html#bareagg
_NEWEST_RUN: Final = "SELECT max(id), provenance_id FROM run"

_FILE: Final = """
SELECT f.id, f.state = 'pending' AND f.analysis_run IS NULL AND coalesce(f.missing_run, f.excluded_run) IS NULL
    AND f.user_cuts IS NULL AND NOT EXISTS (SELECT 1 FROM passage AS p WHERE p.file_id = f.id)
FROM file AS f WHERE f.path = ?
"""

_FOLDER: Final = "SELECT id FROM folder WHERE path = ?"

_LOCATED: Final = ("id", "guid", "folder_id", "path", "path_text", *STAMP)
_FOUND: Final = (*STAMP, *AUDIO, "warnings")
_UNDECIDED: Final[Values] = ("waiting", *(None for _ in STATE[1:]))


# In the order in which they run: each row comes after those that it refers to.
_INSERTS: Final = {
    "folder": ManyRows("folder", "id", "path", "path_text", "first_run"),
    "begun_file": ManyRows("file", *_LOCATED, "first_run", state="'pending'"),
    "attempt": ManyRows(
        "attempt",
        *("file_id", "run_id", "number", "was_alone", "alone", *STAMP, "begun_ns"),
        open="1",
        attempts="1",
    ),
    "file": ManyRows(
        "file",
        *(*_LOCATED, *AUDIO, "warnings", "state_run", "analysis_run", "first_run", "provenance_id"),
        state="'analysed'",
        link_revision="1",
    ),
    "file_tags": ManyRows("file_tags", "file_id", *TAGS, "run_id"),
    "file_curves": ManyRows("file_curves", "file_id", *CURVES, "run_id"),
    "run_file": ManyRows(
        "run_file", "run_id", "file_id", "warnings", "duration_ticks", "passages", what=f"'{Found.ADDED}'"
    ),
    "artist": ManyRows("artist", "id", "mbid", "name", "first_run"),
    "work": ManyRows("work", "id", "mbid", "title", "first_run"),
    "song": ManyRows("song", "id", "mbid", "title", "first_run"),
    "album": ManyRows("album", "id", "mbid", *DESCRIBED, "first_run"),
    "song_artist": ManyRows("song_artist", "song_id", "artist_id", "position", "weight", "first_run"),
    "song_work": ManyRows("song_work", "song_id", "work_id", "position", "first_run"),
    "album_artist": ManyRows("album_artist", "album_id", "artist_id", "position", "first_run"),
    "passage": ManyRows(
        "passage",
        *("id", "guid", "file_id", *PASSAGE.names, *(f"link_{column}" for column in STATE)),
        *("link_run", "analysis_run", "first_run"),
    ),
    "passage_fingerprint": ManyRows("passage_fingerprint", "passage_id", *FINGERPRINT, "run_id"),
    "passage_flavor": ManyRows("passage_flavor", "passage_id", *FLAVOR, "run_id"),
    "passage_value": ManyRows("passage_value", "passage_id", *VALUE, "run_id"),
    "passage_song": ManyRows(
        *("passage_song", "passage_id", "song_id", "start_ticks", "end_ticks"),
        *(*stated(("title", "artists", "works")), "run_id"),
    ),
    "passage_album": ManyRows(
        *("passage_album", "passage_id", "album_id", *stated(DESCRIBED), *PLACE, *stated(("artists",)), "run_id")
    ),
    "artist_statement": ManyRows("artist_statement", "passage_id", "artist_id", "name", "run_id"),
    "work_statement": ManyRows("work_statement", "passage_id", "work_id", "title", "run_id"),
    "passage_evidence": ManyRows("passage_evidence", "passage_id", "statements", "run_id"),
}

_UPDATES: Final = {
    "analysed_file": f"""
UPDATE file SET {", ".join(f"{column} = ?" for column in (*_FOUND, "state_run", "analysis_run", "provenance_id"))},
    state = 'analysed', link_revision = link_revision + 1
WHERE id = ?
""",
    "ended_attempt": "UPDATE attempt SET open = 0, attempts = 0, alone = 0 WHERE file_id = ?",
}


class StraightRows:
    """The rows of the messages of a batch that take the straight path. Made and written inside the transaction.

    ``linked`` has the guids of the passages that a message links, by its index in the batch.
    """

    def __init__(self, connection: sqlite3.Connection, now_ns: int) -> None:
        self._connection = connection
        self._now = now_ns
        self._guids = new_guids()
        self._run, self._made_by = self._newest()
        self._rows: dict[str, list[Row]] = {table: [] for table in (*_INSERTS, *_UPDATES)}
        self._folders: dict[bytes, int] = {}
        self._lists: dict[tuple[EncodedArtist, ...], str | None] = {}
        self._last_folder = last_id(connection, "folder")
        self._last_file = last_id(connection, "file")
        self._last_passage = last_id(connection, "passage")
        self.linked: dict[int, tuple[Guid, ...]] = {}

    def take(self, attempts: Mapping[int, BeginAttempt], analyses: Mapping[int, Analysis]) -> set[int]:
        """Make the rows of all messages that can take this path; return their indexes."""
        taken = set()
        for index, attempt in attempts.items():
            if attempt.run == self._run and self._look_up(attempt.path) == _UNKNOWN:
                self._begin(attempt)
                taken.add(index)
        possible = [
            (index, analysis, known)
            for index, (run, analysis) in analyses.items()
            if run == self._run and (known := self._look_up(analysis.path)) is not None
        ]
        self._entities = KnownEntities(self._connection, [analysis for _, analysis, _ in possible])
        for index, analysis, known in possible:
            if (links := self._settled(analysis)) is not None:
                self._store(index, analysis, known, links)
                taken.add(index)
        self._add_entities()
        return taken

    def write(self) -> tuple[int, int]:
        """Insert the rows; return the number of statements, and of rows that they changed."""
        rows = self._rows
        inserts = [(insert, rows[name]) for name, insert in _INSERTS.items() if rows[name]]
        updates = [(update, rows[name]) for name, update in _UPDATES.items() if rows[name]]
        changed = sum(insert.insert(self._connection, of_table) for insert, of_table in inserts)
        changed += sum(self._connection.executemany(update, of_table).rowcount for update, of_table in updates)
        return len(inserts) + len(updates), changed

    def _newest(self) -> tuple[RunId | None, int | None]:
        """Return the newest run, and the provenance of what it makes."""
        run, provenance = self._connection.execute(_NEWEST_RUN).fetchone()
        return run, provenance

    def _look_up(self, path: bytes) -> int | None:
        """Return the id of a file without a result, _UNKNOWN for a new one, None for any other."""
        found = self._connection.execute(_FILE, (path,)).fetchone()
        if found is None:
            return _UNKNOWN
        number, is_pending = found
        return int(number) if is_pending else None

    def _settled(self, analysis: EncodedAnalysis) -> list[Linked | None] | None:
        """Find the entities of all decisions; None if the library has other values than these state."""
        before = self._entities.mark()
        try:
            return [None if one.links is None else self._linked(one.links) for one in analysis.passages]
        except DiffersError:
            self._entities.forget(before)
            return None

    def _linked(self, links: EncodedLinks) -> Linked:
        if links.candidates:
            raise DiffersError
        songs = [self._entities.song(song) for song in links.songs]
        return songs, None if links.album is None else self._entities.album(links.album)

    def _begin(self, attempt: BeginAttempt) -> None:
        file, stamp = self._new_file(), tuple(stamp_row(attempt.stamp).values())
        located = (file, next(self._guids), *self._placed(attempt.path), *stamp)
        self._rows["begun_file"].append((*located, self._run))
        alone = int(attempt.alone)
        self._rows["attempt"].append((file, self._run, attempt.number, alone, alone, *stamp, self._now))

    def _store(self, index: int, analysis: EncodedAnalysis, known: int, links: Sequence[Linked | None]) -> None:
        rows, run = self._rows, self._run
        stamp, audio = tuple(stamp_row(analysis.stamp).values()), (*analysis.audio, analysis.warnings)
        if known == _UNKNOWN:
            file = self._new_file()
            located = (file, next(self._guids), *self._placed(analysis.path), *stamp)
            rows["file"].append((*located, *audio, run, run, run, self._made_by))
        else:
            file = known
            rows["analysed_file"].append((*stamp, *audio, run, run, self._made_by, file))
            rows["ended_attempt"].append((file,))
        rows["file_tags"].append((file, *analysis.tags, run))
        rows["file_curves"].append((file, *analysis.curves, run))
        rows["run_file"].append((run, file, analysis.warnings, analysis.duration, len(analysis.passages)))
        guids = [
            self._add_passage(file, passage, linked) for passage, linked in zip(analysis.passages, links, strict=True)
        ]
        if any(linked is not None for linked in links):
            self.linked[index] = tuple(guids)

    def _add_passage(self, file: int, passage: EncodedPassage, linked: Linked | None) -> Guid:
        rows, run = self._rows, self._run
        measures, fingerprint, flavor, links, _, values = passage
        guid = Guid(next(self._guids))
        self._last_passage = number = self._last_passage + 1
        state, link_run = (_UNDECIDED, None) if links is None else (links.state, run)
        rows["passage"].append((number, guid, file, *measures, *state, link_run, run, run))
        if fingerprint is not None:
            rows["passage_fingerprint"].append((number, *fingerprint, run))
        if flavor is not None:
            rows["passage_flavor"].append((number, *flavor, run))
        if values:
            rows["passage_value"].extend([(number, *value, run) for value in values])
        if links is not None and linked is not None:
            self._add_links(number, links, linked)
            if links.evidence != NO_EVIDENCE:
                rows["passage_evidence"].append((number, links.evidence, run))
        return guid

    def _add_links(self, passage: int, links: EncodedLinks, linked: Linked) -> None:
        """Make the rows of what a passage is linked to, each with what is stated of it."""
        rows, run = self._rows, self._run
        songs, album = linked
        # An artist has one name here, and a work one title: a message that states others takes the staged path.
        names: dict[str, str | None] = {}
        titles: dict[str, str | None] = {}
        for number, song in zip(songs, links.songs, strict=True):
            said = song.title, self._listed(song.credits), mbid_list(song.works)
            rows["passage_song"].append((passage, number, song.start, song.end, *said, run))
            for artist in song.credits:
                names[artist.mbid] = artist.name
            for work in song.works:
                titles[work.mbid] = work.title
        if (about := links.album) is not None:
            said_of = *about.described, *about.place, self._listed(about.artists)
            rows["passage_album"].append((passage, album, *said_of, run))
            for artist in about.artists:
                names[artist.mbid] = artist.name
        artist_id, work_id = self._entities.artists.number, self._entities.works.number
        rows["artist_statement"].extend(
            [(passage, artist_id(mbid), NAMELESS if name is None else name, run) for mbid, name in names.items()]
        )
        if titles:
            rows["work_statement"].extend([(passage, work_id(mbid), title, run) for mbid, title in titles.items()])

    def _listed(self, artists: tuple[EncodedArtist, ...]) -> str | None:
        """Return the MBIDs of some artists; most passages of a batch name the same."""
        if artists not in self._lists:
            self._lists[artists] = mbid_list(artists)
        return self._lists[artists]

    def _new_file(self) -> int:
        self._last_file += 1
        return self._last_file

    def _placed(self, path: bytes) -> tuple[int, bytes, str]:
        """Return the columns that say where a file is."""
        folder = path.rpartition(b"/")[0]
        number = self._folders.get(folder)
        if number is None:
            found = self._connection.execute(_FOLDER, (folder,)).fetchone()
            if found is None:
                self._last_folder += 1
                self._rows["folder"].append((self._last_folder, folder, display_path(folder), self._run))
            number = self._folders[folder] = self._last_folder if found is None else found[0]
        return number, path, display_path(path)

    def _add_entities(self) -> None:
        """Make the rows of new entities and of what joins them."""
        rows, run, entities = self._rows, self._run, self._entities
        rows["artist"] = [(number, mbid, name, run) for mbid, number, (name, _) in entities.artists.new]
        rows["work"] = [(number, mbid, title, run) for mbid, number, (title, _) in entities.works.new]
        for mbid, number, (title, artists, works, _) in entities.songs.new:
            rows["song"].append((number, mbid, title, run))
            weight = 1.0 / max(1, len(artists))
            rows["song_artist"].extend([(number, one, place, weight, run) for place, one in enumerate(artists)])
            rows["song_work"].extend([(number, one, place, run) for place, one in enumerate(works)])
        for mbid, number, (*described, artists, _) in entities.albums.new:
            rows["album"].append((number, mbid, *described, run))
            rows["album_artist"].extend([(number, one, place, run) for place, one in enumerate(artists)])
