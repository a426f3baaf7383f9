"""The arrays of one connection, kept up to date with the library.

Plays and user values are taken over at once and exactly. After other changes all is read again: at once in a small
library; in a large one by a thread with a connection of its own. Until it is done the arrays that are there are used.
"""

import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from passagework.domain.edits import Subject
from passagework.domain.errors import LibraryError
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.file.transaction import snapshot
from passagework.persistence.read.playing.arrays import (
    NEVER,
    Arrays,
    Flags,
    Numbers,
    Values,
    Versions,
    last_plays,
    place_of,
    read_arrays,
    set_own,
    versions_of,
)
from passagework.persistence.read.playing.weights import Lasts, chances, lasts_of

_QUICK_SECONDS: Final = 0.02
"""Where reading everything took longer, it is done beside the questions."""

_MOST_EDITS: Final = 500

_NEW_PLAYS: Final = "SELECT passage_id, at_ns FROM play WHERE id > ? ORDER BY id"

_NEW_EDITS: Final = """
SELECT DISTINCT subject, subject_key FROM edit
WHERE id > ? AND field IN ('probability', 'approval', 'cooldown_seconds', 'ramp_seconds', 'weight')
"""

_PASSAGE: Final = "SELECT id, probability, approval IS 'rejected' FROM passage WHERE guid = ?"
_ENTITY: Final = "SELECT id, probability, cooldown_seconds, ramp_seconds FROM {} WHERE mbid = ?"
_WEIGHTS: Final = "SELECT artist_id, weight FROM song_artist WHERE song_id = ?"

_LAST_UNTIL: Final = "SELECT max(at_ns) FROM play WHERE passage_id = ? AND at_ns <= ?"
_MOST_LOOKED_UP: Final = 1_000


N = TypeVar("N", np.int64, np.float64)


class _Unknown(Exception):  # noqa: N818 - nothing failed
    """Something has changed of which the arrays know nothing."""


@dataclass(slots=True)
class Current:
    """The arrays, and what follows from them; ``seconds`` is how long reading them took."""

    arrays: Arrays
    chances: Values
    lasts: Lasts
    playable: Flags
    seconds: float


class PlayingState:
    """What one connection knows. Used in one thread at a time; :meth:`close` ends the thread beside it."""

    def __init__(self) -> None:
        self._current: Current | None = None
        self._beside: _Beside | None = None

    def take(self, connection: LibraryConnection) -> tuple[Current, bool]:
        """Bring the arrays up to date, in the caller's snapshot; return them, and whether they really are."""
        versions = versions_of(connection)
        if self._beside is not None and (made := self._beside.made) is not None:
            self._beside = None
            self._current = made
        elif self._beside is not None and self._beside.has_failed:
            self._beside = None
        current = self._current
        if current is None or current.arrays.versions == versions:
            self._current = current = current or _read(connection)
            return current, True
        try:
            _follow(connection, current, versions)
        except _Unknown:
            self._current = current = _read(connection)
            return current, True
        if current.arrays.versions.changes == versions.changes:
            return current, True
        if current.seconds < _QUICK_SECONDS or connection.may_write:
            # The process that writes has no second connection.
            self._current = current = _read(connection)
            return current, True
        if self._beside is None:
            self._beside = _Beside(connection)
        return current, False

    def close(self) -> None:
        """End the thread that reads, if there is one."""
        if self._beside is not None:
            self._beside.stop()
            self._beside = None


class _Beside:
    """Reads everything in a thread with a connection of its own."""

    def __init__(self, connection: LibraryConnection) -> None:
        self.made: Current | None = None
        self._path = connection.path
        self._connection: LibraryConnection | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="passagework-next", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with suppress(LibraryError), closing(open_readonly(self._path, any_thread=True)) as connection:
            self._connection = connection
            if self._stopped:
                return
            with connection.translated(), snapshot(connection):
                self.made = _read(connection)

    @property
    def has_failed(self) -> bool:
        """Whether the thread has ended without arrays: the library could not be read then."""
        return not self._thread.is_alive() and self.made is None

    def stop(self) -> None:
        """End the thread."""
        self._stopped = True
        if self._connection is not None:
            with suppress(Exception):
                self._connection.interrupt()
        self._thread.join()


def _read(connection: LibraryConnection) -> Current:
    began = perf_counter()
    arrays = read_arrays(connection)
    current = Current(arrays, chances(arrays), lasts_of(arrays, arrays.last), arrays.present & ~arrays.rejected, 0.0)
    current.seconds = perf_counter() - began
    return current


def _follow(connection: LibraryConnection, current: Current, versions: Versions) -> None:
    """Take over plays and user values. Raises _Unknown for those of what the arrays do not have."""
    arrays, known = current.arrays, current.arrays.versions
    same = known.changes == versions.changes
    if known.removed_plays != versions.removed_plays:
        arrays.last = _placed(arrays, *last_plays(connection), same=same)
        current.lasts = lasts_of(arrays, arrays.last)
    elif known.last_play != versions.last_play:
        for passage, at_ns in connection.execute(_NEW_PLAYS, (known.last_play,)):
            row = arrays.row_of(passage)
            if row is not None:
                _note(current, row, at_ns)
            elif same:
                raise _Unknown
    if known.last_edit != versions.last_edit:
        _take_edits(connection, current, known.last_edit, same=same)
    # What else has changed is not known yet.
    arrays.versions = Versions(known.changes, versions.last_play, versions.removed_plays, versions.last_edit)


def _placed(arrays: Arrays, played: Numbers, at: Numbers, *, same: bool) -> Numbers:
    last = np.full(len(arrays.passages), NEVER)
    places = np.searchsorted(arrays.passages, played)
    known = places < len(arrays.passages)
    known[known] = arrays.passages[places[known]] == played[known]
    if same and not known.all():
        raise _Unknown
    last[places[known]] = at[known]
    return last


def _note(current: Current, row: int, at_ns: int) -> None:
    """Note a play of a passage, of its songs, and of what these consist of."""
    arrays, lasts = current.arrays, current.lasts
    arrays.last[row] = max(arrays.last[row], at_ns)
    songs = _slice(arrays.of_passage, arrays.song_of, row)
    np.maximum.at(lasts.songs, songs, at_ns)
    for song in songs.tolist():
        artists = _slice(arrays.artist_of_song, arrays.artist_of, song)
        weights = _slice(arrays.artist_of_song, arrays.weight, song)
        np.maximum.at(lasts.artists, artists[weights > 0], at_ns)
        np.maximum.at(lasts.works, _slice(arrays.work_of_song, arrays.work_of, song), at_ns)


def _slice(of: Numbers, values: NDArray[N], number: int) -> NDArray[N]:
    first, last = np.searchsorted(of, (number, number + 1))
    return values[first:last]


def _take_edits(connection: LibraryConnection, current: Current, last: int, *, same: bool) -> None:
    arrays = current.arrays
    edits = connection.execute(_NEW_EDITS, (last,)).fetchmany(_MOST_EDITS + 1)
    if len(edits) > _MOST_EDITS:
        raise _Unknown
    entities = {
        Subject.SONG: (arrays.songs, arrays.own_of_songs),
        Subject.ARTIST: (arrays.artists, arrays.own_of_artists),
        Subject.WORK: (arrays.works, arrays.own_of_works),
    }
    for subject, key in edits:
        if subject == Subject.PASSAGE:
            row = connection.execute(_PASSAGE, (key,)).fetchone()
            place = None if row is None else place_of(arrays.passages, row[0])
            if place is not None:
                arrays.probability[place] = 1.0 if row[1] is None else row[1]
                arrays.rejected[place] = row[2]
        elif subject in entities:
            ids, own = entities[subject]
            row = connection.execute(_ENTITY.format(subject), (key,)).fetchone()
            place = None if row is None else place_of(ids, row[0])
            if place is not None:
                set_own(own, place, *row[1:])
                if subject == Subject.SONG:
                    _take_weights(connection, arrays, place, row[0], same=same)
    if edits:
        current.chances = chances(arrays)
        current.lasts = lasts_of(arrays, arrays.last)
        current.playable = arrays.present & ~arrays.rejected


def _take_weights(connection: LibraryConnection, arrays: Arrays, place: int, song: int, *, same: bool) -> None:
    first, last = np.searchsorted(arrays.artist_of_song, (place, place + 1))
    stored = dict(connection.execute(_WEIGHTS, (song,)).fetchall())
    here = arrays.artists[arrays.artist_of[first:last]].tolist()
    if set(here) == set(stored):
        arrays.weight[first:last] = [stored[artist] for artist in here]
    elif same:
        raise _Unknown


def lasts_until(connection: LibraryConnection, current: Current, at_ns: int) -> Lasts:
    """Return when everything was played last up to a moment; plays after it do not count."""
    arrays = current.arrays
    later = np.flatnonzero(arrays.last > at_ns)
    if not len(later):
        return current.lasts
    if len(later) > _MOST_LOOKED_UP:
        return lasts_of(arrays, _placed(arrays, *last_plays(connection, at_ns), same=False))
    last = arrays.last.copy()
    for row in later.tolist():
        (found,) = connection.execute(_LAST_UNTIL, (int(arrays.passages[row]), at_ns)).fetchone()
        last[row] = NEVER if found is None else found
    return lasts_of(arrays, last)
