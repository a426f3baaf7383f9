"""What the weights of all passages follow from, read from the library into arrays.

SQLite joins the numbers of a column to one text, which numpy reads: so the reading holds up no other thread, and takes
a fraction of the time of rows. All that is read lies in narrow tables and in indexes.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.json_text import write_json
from passagework.domain.search_words import search_words

Numbers = NDArray[np.int64]
Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

NEVER: Final = -(2**62)
"""The last play of what was never played."""

_PIECE: Final = 32_768
"""So many characters are read at once."""

_VERSIONS: Final = "SELECT changes, last_play, removed_plays, (SELECT coalesce(max(id), 0) FROM edit) FROM library"

_IN_USE: Final = "SELECT {} FROM passage INDEXED BY passage_link WHERE retired_ns IS NULL"

_FILES_GONE: Final = "SELECT {} FROM file WHERE missing_run IS NOT NULL"
_FILES_LEFT_OUT: Final = "SELECT {} FROM file WHERE excluded_run IS NOT NULL"

_OWN_OF_PASSAGE: Final = """
SELECT id, probability, approval IS 'rejected' FROM passage WHERE probability IS NOT NULL OR approval IS NOT NULL
"""

_OWN: Final = """
SELECT id, probability, cooldown_seconds, ramp_seconds FROM {}
WHERE probability IS NOT NULL OR cooldown_seconds IS NOT NULL OR ramp_seconds IS NOT NULL
"""

_SONGS: Final = "SELECT {} FROM passage_song INDEXED BY passage_song_song"

# The ends are in the table alone, and matter only where there is more than one song.
_SPANS: Final = """
SELECT {} FROM passage_song WHERE passage_id IN (SELECT value FROM json_each(:ids))
"""

_ARTISTS: Final = "SELECT {} FROM song_artist"
_WORKS: Final = "SELECT {} FROM song_work"
_EXACT: Final = "printf('%!.17g', weight)"

# Passages of the same span of the same audio are one piece, as those of one song are.
_TEXTS: Final = """
SELECT p.id, coalesce(p.given_performer, t.artist, t.path_artist), hex(f.audio_hash), p.start_ticks, p.end_ticks
FROM json_each(:ids) AS j CROSS JOIN passage AS p ON p.id = j.value CROSS JOIN file AS f ON f.id = p.file_id
LEFT JOIN file_tags AS t ON t.file_id = f.id
"""

LAST_PLAYS: Final = "SELECT {} FROM (SELECT passage_id, max(at_ns) AS at_ns FROM play{} GROUP BY passage_id)"


@dataclass(slots=True)
class Own:
    """What people set on songs, artists or works: NaN where they did not."""

    probability: Values
    cooldown: Values
    ramp: Values

    @classmethod
    def none(cls, size: int) -> "Own":
        """Return values of which none is set."""
        return cls(*(np.full(size, np.nan) for _ in range(3)))


@dataclass(frozen=True, slots=True)
class Versions:
    """What tells that the library has changed."""

    changes: int
    last_play: int
    removed_plays: int
    last_edit: int


def versions_of(connection: sqlite3.Connection) -> Versions:
    """Return what tells whether something has changed since."""
    return Versions(*connection.execute(_VERSIONS).fetchone())


@dataclass(slots=True)
class Arrays:
    """Passages and what they consist of. ``songs``, ``artists`` and ``works`` hold row ids, in order.

    Behind the songs come those of passages without one, behind the artists those known by text. The rows of
    ``of_passage`` are sorted by passage, those of ``artist_of`` and ``work_of`` by song; each has places, not ids.
    ``share``: the part of a song in its passage. ``last``: when each passage was played last. The three
    ``bounds`` say where the rows of each passage, or song, begin, and where the last ones end.
    """

    versions: Versions
    passages: Numbers
    present: Flags
    rejected: Flags
    probability: Values
    songs: Numbers
    artists: Numbers
    works: Numbers
    names: tuple[str, ...]
    own_of_songs: Own
    own_of_artists: Own
    own_of_works: Own
    of_passage: Numbers
    song_of: Numbers
    share: Values
    artist_of_song: Numbers
    artist_of: Numbers
    weight: Values
    work_of_song: Numbers
    work_of: Numbers
    last: Numbers
    song_count: int
    artist_count: int
    starts: Numbers = field(init=False)
    bounds: Numbers = field(init=False)
    artist_bounds: Numbers = field(init=False)
    work_bounds: Numbers = field(init=False)
    artist_groups: tuple[Numbers, Numbers] = field(init=False)
    work_groups: tuple[Numbers, Numbers] = field(init=False)

    def __post_init__(self) -> None:
        """Note where the songs of each passage begin; each passage has one at least."""
        self.bounds = _bounds(self.of_passage, len(self.passages))
        self.artist_bounds = _bounds(self.artist_of_song, self.song_count)
        self.work_bounds = _bounds(self.work_of_song, self.song_count)
        self.starts = self.bounds[:-1]
        self.artist_groups, self.work_groups = groups(self.artist_of_song), groups(self.work_of_song)

    def row_of(self, passage: int) -> int | None:
        """Return the place of a passage by its row id; None if it is not among these."""
        return place_of(self.passages, passage)

    def rows_of(self, passages: Numbers) -> Numbers:
        """Return the places of passages, those that are among these."""
        places = np.searchsorted(self.passages, passages)
        known = places < len(self.passages)
        known[known] = self.passages[places[known]] == passages[known]
        return places[known]


def _bounds(sorted_numbers: Numbers, count: int) -> Numbers:
    """Return where the rows of each of the numbers below ``count`` begin, and where the last ones end."""
    bounds = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(sorted_numbers, minlength=count), out=bounds[1:])
    return bounds


def groups(sorted_numbers: Numbers) -> tuple[Numbers, Numbers]:
    """Return each number of a sorted array once, and where it begins."""
    starts = np.flatnonzero(np.concatenate([[True], sorted_numbers[1:] != sorted_numbers[:-1]])[: len(sorted_numbers)])
    return sorted_numbers[starts], starts


def place_of(ids: Numbers, number: int) -> int | None:
    """Return where a number stands among ordered ones."""
    place = int(np.searchsorted(ids, number))
    return place if place < len(ids) and ids[place] == number else None


def read_arrays(connection: sqlite3.Connection) -> Arrays:
    """Read everything, in the caller's snapshot."""
    versions = versions_of(connection)
    in_use, of_file = _columns(connection, _IN_USE, "id", "file_id")
    gone = np.concatenate([_columns(connection, sql, "id")[0] for sql in (_FILES_GONE, _FILES_LEFT_OUT)])
    played, at = _columns(connection, LAST_PLAYS.format("{}", ""), "passage_id", "at_ns")
    passages = np.union1d(in_use, played)
    present = np.zeros(len(passages), bool)
    present[np.searchsorted(passages, in_use[~np.isin(of_file, gone)])] = True
    last = np.full(len(passages), NEVER)
    last[np.searchsorted(passages, played)] = at
    probability, rejected = np.ones(len(passages)), np.zeros(len(passages), bool)
    for number, likely, is_rejected in connection.execute(_OWN_OF_PASSAGE):
        if (place := place_of(passages, number)) is not None:
            probability[place], rejected[place] = 1.0 if likely is None else likely, is_rejected
    songs, of_passage, song_of, share, keys, named = _songs(connection, passages)
    artist_of_song, artists, artist_of, weight, names = _artists(connection, songs, named)
    work_of_song, works, work_of = _works(connection, songs)
    return Arrays(
        versions=versions,
        passages=passages,
        present=present,
        rejected=rejected,
        probability=probability,
        songs=songs,
        artists=artists,
        works=works,
        names=names,
        own_of_songs=_own(connection, "song", songs, keys),
        own_of_artists=_own(connection, "artist", artists, len(names)),
        own_of_works=_own(connection, "work", works, 0),
        of_passage=of_passage,
        song_of=song_of,
        share=share,
        artist_of_song=artist_of_song,
        artist_of=artist_of,
        weight=weight,
        work_of_song=work_of_song,
        work_of=work_of,
        last=last,
        song_count=len(songs) + keys,
        artist_count=len(artists) + len(names),
    )


def last_plays(connection: sqlite3.Connection, at_ns: int | None = None) -> tuple[Numbers, Numbers]:
    """Return the passages that were played, and when each was last: up to a moment, or at all."""
    until = "" if at_ns is None else f" WHERE at_ns <= {at_ns:d}"
    played, at = _columns(connection, LAST_PLAYS.format("{}", until), "passage_id", "at_ns")
    return played, at


def _songs(
    connection: sqlite3.Connection, passages: Numbers
) -> tuple[Numbers, Numbers, Numbers, Values, int, dict[str, set[int]]]:
    """Return the songs, the rows of passages (passage, song, share), the number of pieces without one, and artists."""
    of, song, start = _columns(connection, _SONGS, "passage_id", "song_id", "start_ticks")
    known = np.isin(of, passages)
    of, song, start = of[known], song[known], start[known]
    order = np.lexsort((song, start, of))
    of, song, start = of[order], song[order], start[order]
    songs = np.unique(song)
    share = _shares(connection, of)
    without = np.setdiff1d(passages, of)
    pieces = dict[str, int]()
    named = dict[str, set[int]]()
    piece_of = np.zeros(len(without), np.int64)
    texts = connection.execute(_TEXTS, {"ids": write_json(without.tolist())}) if len(without) else ()
    for number, artist, audio, begin, end in texts:
        key = f"{number}" if audio is None or audio == "" else f"{audio} {begin} {end}"
        piece = pieces.setdefault(key, len(pieces))
        piece_of[np.searchsorted(without, number)] = len(songs) + piece
        if artist is not None and (folded := search_words(artist)):
            named.setdefault(folded, set()).add(len(songs) + piece)
    all_of = np.concatenate([of, without])
    order = np.argsort(all_of, kind="stable")
    return (
        songs,
        np.searchsorted(passages, all_of[order]),
        np.concatenate([np.searchsorted(songs, song), piece_of])[order],
        np.concatenate([share, np.ones(len(without))])[order],
        len(pieces),
        named,
    )


def _shares(connection: sqlite3.Connection, of: Numbers) -> Values:
    """Return the part of each song in its passage, for rows by passage, start and song."""
    share = np.ones(len(of))
    if len(of) < 2:  # noqa: PLR2004 - a passage has several rows where there are two
        return share
    several = np.unique(of[1:][of[1:] == of[:-1]])
    if not len(several):
        return share
    rows = connection.execute(
        _SPANS.format("passage_id, start_ticks, song_id, end_ticks - start_ticks"),
        {"ids": write_json(several.tolist())},
    ).fetchall()
    found = np.array(sorted(rows), dtype=np.int64)
    total = np.bincount(np.searchsorted(several, found[:, 0]), found[:, 3])
    share[np.isin(of, several)] = found[:, 3] / total[np.searchsorted(several, found[:, 0])]
    return share


def _artists(
    connection: sqlite3.Connection, songs: Numbers, named: dict[str, set[int]]
) -> tuple[Numbers, Numbers, Numbers, Values, tuple[str, ...]]:
    song, artist, weight = _columns(connection, _ARTISTS, "song_id", "artist_id", _EXACT, kind=np.float64)
    known = np.isin(song, songs)
    song, artist = song[known].astype(np.int64), artist[known].astype(np.int64)
    artists = np.unique(artist)
    names = tuple(sorted(named))
    by_text = [(piece, len(artists) + place) for place, name in enumerate(names) for piece in sorted(named[name])]
    more = np.array(by_text, dtype=np.int64).reshape(-1, 2)
    # A piece whose copies name several artists has all of them alike.
    of_pieces = 1 / np.bincount(more[:, 0])[more[:, 0]] if len(more) else np.zeros(0)
    of = np.concatenate([np.searchsorted(songs, song), more[:, 0]])
    order = np.argsort(of, kind="stable")
    return (
        of[order],
        artists,
        np.concatenate([np.searchsorted(artists, artist), more[:, 1]])[order],
        np.concatenate([weight[known], of_pieces])[order],
        names,
    )


def _works(connection: sqlite3.Connection, songs: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    song, work = _columns(connection, _WORKS, "song_id", "work_id")
    known = np.isin(song, songs)
    song, work = song[known], work[known]
    works = np.unique(work)
    order = np.argsort(song, kind="stable")
    return np.searchsorted(songs, song[order]), works, np.searchsorted(works, work[order])


def _own(connection: sqlite3.Connection, table: str, ids: Numbers, more: int) -> Own:
    own = Own.none(len(ids) + more)
    for number, probability, cooldown, ramp in connection.execute(_OWN.format(table)):
        if (place := place_of(ids, number)) is not None:
            set_own(own, place, probability, cooldown, ramp)
    return own


def set_own(own: Own, place: int, probability: float | None, cooldown: float | None, ramp: float | None) -> None:
    """Set what a person said about one, None: nothing."""
    for values, value in ((own.probability, probability), (own.cooldown, cooldown), (own.ramp, ramp)):
        values[place] = np.nan if value is None else value


def _columns(
    connection: sqlite3.Connection, sql: str, *names: str, kind: type[np.int64 | np.float64] = np.int64
) -> list[NDArray[np.int64]]:
    """Return columns of numbers; their texts are one value each, so SQLite gives them in one step."""
    texts: Iterable[str | None] = connection.execute(sql.format(_joined(names))).fetchone()
    return [_numbers(text or "", kind) for text in texts]


def _numbers(text: str, kind: type[np.int64 | np.float64]) -> NDArray[np.int64]:
    """Read numbers from a text, in pieces: other threads wait no longer than for one of them."""
    pieces, first = list[NDArray[np.int64]](), 0
    while first < len(text):
        last = text.find(",", first + _PIECE)
        last = len(text) if last < 0 else last
        pieces.append(np.fromstring(text[first:last], dtype=kind, sep=","))
        first = last + 1
    return np.concatenate(pieces) if pieces else np.zeros(0, kind)


def _joined(names: Iterable[str]) -> str:
    return ", ".join(f"group_concat({name})" for name in names)
