"""The arrays of one connection, kept up to date with the library.

Plays and user values are taken over at once and exactly. After other changes all is read again: at once in a small
library; in a large one by a thread with a connection of its own. Until it is done the arrays that are there are used.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from time import monotonic, perf_counter
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from passagework.domain.edits import Subject
from passagework.domain.errors import PassageworkError
from passagework.domain.passage_filter import PassageFilter
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.file.transaction import snapshot
from passagework.persistence.read.matching import matching_rows
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

_REST: Final = 20
"""So many times as long as reading everything took, it is not read again."""

_INTERRUPT_SECONDS: Final = 0.01

_MASKS: Final = 8
"""Filters of which the passages are kept."""

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
    """The arrays, and what follows from them; ``seconds`` is how long reading them took.

    ``playable`` and ``possible`` (with a chance above 0) are about passages. ``masks``: those that filters take, in
    the library of the arrays, the filter that was asked for last at the end.
    """

    arrays: Arrays
    chances: Values
    lasts: Lasts
    playable: Flags
    possible: Flags
    seconds: float
    masks: OrderedDict[PassageFilter, Flags] = field(default_factory=OrderedDict)

    def mask(self, connection: LibraryConnection, wanted: PassageFilter) -> Flags:
        """Return which passages a filter takes."""
        if (mask := self.masks.get(wanted)) is None:
            mask = np.zeros(len(self.arrays.passages), bool)
            mask[self.arrays.rows_of(np.array(matching_rows(connection, wanted), dtype=np.int64))] = True
            self.masks[wanted] = mask
            if len(self.masks) > _MASKS:
                self.masks.popitem(last=False)
        self.masks.move_to_end(wanted)
        return mask


class PlayingState:
    """What one connection knows. Used in one thread at a time; :meth:`close` ends the thread beside it.

    ``quick_seconds``: where reading everything took longer, it is done beside the questions, and not all the time.
    """

    def __init__(self, quick_seconds: float = _QUICK_SECONDS, clock: Callable[[], float] = monotonic) -> None:
        self._quick_seconds, self._clock = quick_seconds, clock
        self._current: Current | None = None
        self._beside: _Beside | None = None
        self._not_before = 0.0
        self._has_failed = False

    def take(self, connection: LibraryConnection) -> tuple[Current, bool]:
        """Bring the arrays up to date, in the caller's snapshot; return them, and whether they really are."""
        versions = versions_of(connection)
        if self._beside is not None and self._beside.has_ended:
            # What this thread could not read is read by the question itself, which raises what there is to raise.
            self._has_failed = self._beside.made is None
            self._current = self._beside.made or self._current
            self._beside = None
            self._rest()
        current = self._current
        if current is None or not _has_followed(connection, current, versions):
            return self._read(connection), True
        if current.arrays.versions.changes == versions.changes:
            return current, True
        may_read = self._clock() >= self._not_before and self._beside is None
        # The process that writes has no second connection.
        if current.seconds < self._quick_seconds or self._has_failed or (may_read and connection.may_write):
            return self._read(connection), True
        if may_read:
            self._beside = _Beside(connection, tuple(current.masks))
        return current, False

    def _read(self, connection: LibraryConnection) -> Current:
        filters = () if self._current is None else tuple(self._current.masks)
        self._current = current = _read(connection, filters)
        self._has_failed = False
        self._rest()
        return current

    def _rest(self) -> None:
        """Note until when nothing is read again, so that an import does not keep this busy."""
        if self._current is not None:
            self._not_before = self._clock() + _REST * self._current.seconds

    def close(self) -> None:
        """End the thread that reads, if there is one."""
        if self._beside is not None:
            self._beside.stop()
            self._beside = None


class _Beside:
    """Reads everything in a thread with a connection of its own."""

    def __init__(self, connection: LibraryConnection, filters: Iterable[PassageFilter]) -> None:
        self.made: Current | None = None
        self._path, self._filters = connection.path, filters
        self._connection: LibraryConnection | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="passagework-next", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        # The question that finds nothing made reads all itself, and raises what is wrong.
        with suppress(Exception), closing(open_readonly(self._path, any_thread=True)) as connection:
            self._connection = connection
            if self._stopped:
                return
            with connection.translated(), snapshot(connection):
                self.made = _read(connection, self._filters)

    @property
    def has_ended(self) -> bool:
        """Whether the thread has ended, with or without arrays."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """End the thread. What it reads is interrupted, statement by statement."""
        self._stopped = True
        while self._thread.is_alive():
            if self._connection is not None:
                with suppress(Exception):
                    self._connection.interrupt()
            self._thread.join(_INTERRUPT_SECONDS)


def _read(connection: LibraryConnection, filters: Iterable[PassageFilter] = ()) -> Current:
    began = perf_counter()
    arrays = read_arrays(connection)
    likely, playable = chances(arrays), arrays.present & ~arrays.rejected
    current = Current(arrays, likely, lasts_of(arrays, arrays.last), playable, playable & (likely > 0), 0.0)
    for wanted in filters:
        # What it is near to may be gone.
        with suppress(PassageworkError):
            current.mask(connection, wanted)
    current.seconds = perf_counter() - began
    return current


def _has_followed(connection: LibraryConnection, current: Current, versions: Versions) -> bool:
    """Take over plays and user values; tell whether the arrays have all of what these are about."""
    if current.arrays.versions == versions:
        return True
    try:
        _follow(connection, current, versions)
    except _Unknown:
        return False
    return True


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
        current.masks.clear()
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
        current.possible = current.playable & (current.chances > 0)


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
