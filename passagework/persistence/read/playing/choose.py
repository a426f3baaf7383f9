"""Choose what plays next: a weighted random choice among what can be played now (docs/next.md)."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import numpy as np

from passagework.domain.errors import NotFoundError
from passagework.domain.flavor.sources import FlavorSource, PassageFlavor
from passagework.domain.gains import UNKNOWN
from passagework.domain.ids import Guid
from passagework.domain.json_text import write_json
from passagework.domain.playing import (
    Explanation,
    Factor,
    FactorKind,
    NextUp,
    NextWanted,
    crossfade,
    gain_without_clipping,
)
from passagework.domain.views import PassageView
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.read.flavor_sources import flavor_sources_of
from passagework.persistence.read.gains import gains_of
from passagework.persistence.read.nearness import Distance, distance_from
from passagework.persistence.read.passages import PASSAGE_COLUMNS, TEXTS_OF_PASSAGE, passage_views
from passagework.persistence.read.playing.arrays import NEVER, Arrays, Flags, Numbers, Own, Values
from passagework.persistence.read.playing.state import Current, PlayingState, lasts_until
from passagework.persistence.read.playing.weights import Lasts, Rested, free_at, rested
from passagework.persistence.read.queries import FlavorSourcesOf, GainsOf, NextPassage
from passagework.persistence.rows.pairs import DISC, TRACK
from passagework.persistence.rows.playable import PLAYABLE

_DRAWN: Final = 48
"""So many passages are drawn by their weights where a flavor is wanted, of which the nearest is taken."""

_THIS: Final = f"""
{PASSAGE_COLUMNS}
FROM passage AS p JOIN file AS f ON f.id = p.file_id {TEXTS_OF_PASSAGE} WHERE p.id = :id
"""

_NAMED: Final = """
SELECT id, retired_ns IS NOT NULL FROM passage WHERE guid >= :guid AND guid < :guid || 'g'
ORDER BY retired_ns IS NOT NULL, guid LIMIT 2
"""

_IS_PLAYABLE: Final = f"""
SELECT coalesce(p.probability, 1.0) FROM passage AS p JOIN file AS f ON f.id = p.file_id
WHERE p.id = :id AND {PLAYABLE}
"""
_SONGS_OF: Final = "SELECT DISTINCT song_id FROM passage_song WHERE passage_id = ? ORDER BY song_id"

# The passage in which the sound goes on: of the same file, or the first one of the next file of its disc.
_GOES_ON: Final = f"""
SELECT coalesce(
    (
        SELECT n.id FROM passage AS n WHERE n.file_id = p.file_id AND n.retired_ns IS NULL
            AND n.start_ticks > p.start_ticks ORDER BY n.start_ticks LIMIT 1
    ),
    (
        SELECT n.id FROM passage AS n WHERE n.retired_ns IS NULL AND n.file_id = (
            SELECT o.next FROM (
                SELECT f.id, lead(f.id) OVER (ORDER BY {DISC}, {TRACK} NULLS LAST, f.path) AS next
                FROM file AS f LEFT JOIN file_tags AS t ON t.file_id = f.id
                WHERE f.folder_id = (SELECT folder_id FROM file WHERE file.id = p.file_id)
                    AND f.missing_run IS NULL AND f.excluded_run IS NULL
                    AND EXISTS (SELECT 1 FROM passage AS e WHERE e.file_id = f.id AND e.retired_ns IS NULL)
            ) AS o WHERE o.id = p.file_id
        ) ORDER BY n.start_ticks LIMIT 1
    )
)
FROM passage AS p WHERE p.id = :id AND p.retired_ns IS NULL
"""

_GUIDS: Final = "SELECT p.id, p.guid FROM json_each(:ids) AS j CROSS JOIN passage AS p ON p.id = j.value"

_MBIDS: Final = "SELECT mbid FROM {} WHERE id = ?"


class _Kept:
    """What a connection keeps between questions."""

    def __init__(self) -> None:
        self.state = PlayingState()


@dataclass(slots=True)
class _Choice:
    """One question, with all that its answer follows from. ``weights`` are 0 for what is not allowed."""

    connection: LibraryConnection
    wanted: NextWanted
    current: Current
    lasts: Lasts
    rested: Rested
    allowed: Flags
    weights: Values
    fresh: bool

    @property
    def resting(self) -> int:
        """How many of those that are allowed rest."""
        return int((self.allowed[self.rested.rows] & (self.rested.of_rows == 0)).sum())


def next_passage(connection: LibraryConnection, query: NextPassage) -> NextUp:
    """Choose what plays next. Raises NotFoundError for a passage that is not known."""
    kept = connection.kept.get(_Kept)
    if not isinstance(kept, _Kept):
        kept = _Kept()
        connection.kept[_Kept] = kept
        connection.before_close.append(kept.state.close)
    wanted = query.wanted
    current, fresh = kept.state.take(connection)
    arrays = current.arrays
    before = None if wanted.after is None else _named(connection, wanted.after)
    lasts = lasts_until(connection, current, wanted.at_ns)
    allowed = current.possible.copy()
    if wanted.filter is not None:
        allowed &= current.mask(connection, wanted.filter)
    _leave_out_songs_of(arrays, allowed, before)
    rests = rested(arrays, lasts, wanted.rules, wanted.at_ns)
    weights = current.chances * allowed
    weights[rests.rows] *= rests.of_rows
    choice = _Choice(connection, wanted, current, lasts, rests, allowed, weights, fresh)
    view_before = None if before is None else _view(connection, before)
    if wanted.keep_gapless and view_before is not None and before is not None:
        following = _goes_on(connection, before, view_before)
        row = None if following is None else arrays.row_of(following)
        if row is not None and current.playable[row]:
            return _answer(choice, row, view_before, gapless=True)
    distance = None if wanted.near is None else distance_from(connection, wanted.near)
    drawn = _draw(choice, distance)
    if drawn is None:
        return _all_rest(choice, view_before)
    row, far = drawn
    return _answer(choice, row, view_before, far=far)


def _named(connection: sqlite3.Connection, name: str) -> int:
    found = connection.execute(_NAMED, {"guid": name}).fetchall()
    if not found or (len(found) > 1 and found[0][1] == found[1][1]):
        raise NotFoundError(f"no passage, or more than one, has a guid that begins with {name[:60]}")
    return int(found[0][0])


def _leave_out_songs_of(arrays: Arrays, allowed: Flags, before: int | None) -> None:
    """Leave out the passage that plays before, and all others with a song of it: it may not be reported yet."""
    row = None if before is None else arrays.row_of(before)
    if row is None:
        return
    first, last = np.searchsorted(arrays.of_passage, (row, row + 1))
    for song in arrays.song_of[first:last].tolist():
        allowed[arrays.of_passage[arrays.song_of == song]] = False


def _draw(choice: _Choice, distance: Distance | None) -> tuple[int, float | None] | None:
    """Draw a passage; where a flavor is wanted, some, and return the nearest. None: all of them rest."""
    chance = Random(choice.wanted.seed)  # noqa: S311 - no secret
    rows = _some(choice, chance, 1 if distance is None else _DRAWN)
    if not rows:
        return None
    if distance is None:
        return rows[0], None
    said = _flavors_of(choice, rows)
    row = min(rows, key=lambda one: (said.get(one, {}) == {}, distance(said.get(one, {})), one))
    return row, distance(said[row]) if said.get(row) else None


def _some(choice: _Choice, chance: Random, count: int) -> list[int]:
    """Draw passages by the weights, each one once; where the arrays may be old, some that are as these say."""
    rows: dict[int, None] = {}
    below = np.cumsum(choice.weights)
    while count and len(below) and below[-1] > 0:
        row = int(np.searchsorted(below, chance.random() * below[-1], side="right"))
        # Rounding may lead behind the last one that has a weight.
        row = min(row, int(np.searchsorted(below, below[-1])))
        if choice.fresh or row in rows or _is_still_so(choice, row):
            rows[row] = None
            count -= 1
        else:
            choice.allowed[row], choice.weights[row] = False, 0.0
            below = np.cumsum(choice.weights)
    return list(rows)


def _is_still_so(choice: _Choice, row: int) -> bool:
    arrays, passage = choice.current.arrays, int(choice.current.arrays.passages[row])
    found = choice.connection.execute(_IS_PLAYABLE, {"id": passage}).fetchone()
    if found is None or found[0] != arrays.probability[row]:
        return False
    first, last = np.searchsorted(arrays.of_passage, (row, row + 1))
    songs = np.unique(arrays.song_of[first:last])
    stored = [song for (song,) in choice.connection.execute(_SONGS_OF, (passage,))]
    known: list[int] = arrays.songs[songs[songs < len(arrays.songs)]].tolist()
    return stored == known


def _all_rest(choice: _Choice, before: PassageView | None) -> NextUp:
    """Return when the first passage has rested, and, where it is wanted, that passage."""
    rows = np.flatnonzero(choice.allowed)
    if not len(rows):
        return NextUp(passage=None, playable=0, resting=0, fresh=choice.fresh)
    free = free_at(choice.current.arrays, choice.lasts, choice.wanted.rules)[rows]
    first = int(np.argmin(free))
    at_ns = int(free[first])
    if not choice.wanted.even_resting:
        return NextUp(passage=None, playable=len(rows), resting=len(rows), free_ns=at_ns, fresh=choice.fresh)
    return _answer(choice, int(rows[first]), before, free_ns=at_ns)


def _answer(
    choice: _Choice,
    row: int,
    before: PassageView | None,
    *,
    gapless: bool = False,
    far: float | None = None,
    free_ns: int | None = None,
) -> NextUp:
    connection, wanted, arrays = choice.connection, choice.wanted, choice.current.arrays
    view = _view(connection, int(arrays.passages[row]))
    gains = gains_of(connection, GainsOf((view.guid,), wanted.rules.mono)).get(view.guid)
    goes_on = gapless or (
        before is not None
        and _goes_on(connection, _named(connection, before.guid), before) == int(arrays.passages[row])
    )
    return NextUp(
        passage=view,
        playable=int(choice.allowed.sum()),
        resting=choice.resting,
        free_ns=free_ns,
        is_resting=choice.rested.of(row) == 0,
        crossfade=None if before is None else crossfade(before, view, gapless=goes_on),
        gain_db=None
        if gains is None or gains.track == UNKNOWN
        else gain_without_clipping(gains, wanted.gain_of, wanted.rules.target_lufs),
        distance=far,
        explanation=_explained(choice, row) if wanted.explain else None,
        fresh=choice.fresh,
    )


def _explained(choice: _Choice, row: int) -> Explanation:
    arrays, lasts, rests = choice.current.arrays, choice.lasts, choice.rested
    (guid,) = choice.connection.execute(
        "SELECT guid FROM passage WHERE id = ?", (int(arrays.passages[row]),)
    ).fetchone()
    factors = [
        Factor(
            FactorKind.PASSAGE,
            guid,
            float(arrays.probability[row]),
            1.0,
            rests.of(row),
            _moment(arrays.last[row]),
        )
    ]
    first, last = np.searchsorted(arrays.of_passage, (row, row + 1))
    for place in range(first, last):
        song = int(arrays.song_of[place])
        key = _mbid(choice.connection, "song", int(arrays.songs[song])) if song < len(arrays.songs) else None
        factors.append(
            _factor(
                FactorKind.SONG, key, arrays.own_of_songs, float(arrays.share[place]), rests.songs, lasts.songs, song
            )
        )
        begin, end = np.searchsorted(arrays.artist_of_song, (song, song + 1))
        for at in range(begin, end):
            artist = int(arrays.artist_of[at])
            known = artist < len(arrays.artists)
            key = (
                _mbid(choice.connection, "artist", int(arrays.artists[artist]))
                if known
                else arrays.names[artist - len(arrays.artists)]
            )
            weight = float(arrays.weight[at])
            factors.append(
                _factor(FactorKind.ARTIST, key, arrays.own_of_artists, weight, rests.artists, lasts.artists, artist)
            )
        begin, end = np.searchsorted(arrays.work_of_song, (song, song + 1))
        for work in arrays.work_of[begin:end].tolist():
            key = _mbid(choice.connection, "work", int(arrays.works[work]))
            factors.append(_factor(FactorKind.WORK, key, arrays.own_of_works, 1.0, rests.works, lasts.works, work))
    total = float(choice.weights.sum())
    weight = float(choice.weights[row])
    return Explanation(weight, weight / total if total > 0 else 0.0, rests.of(row), tuple(factors))


def _factor(
    kind: FactorKind,
    key: str | None,
    own: Own,
    share: float,
    rest: Values,
    last: Numbers,
    place: int,
) -> Factor:
    probability = float(own.probability[place])
    return Factor(
        kind, key, 1.0 if np.isnan(probability) else probability, share, float(rest[place]), _moment(last[place])
    )


def _moment(last: int) -> int | None:
    return None if last == NEVER else int(last)


def _mbid(connection: sqlite3.Connection, table: str, number: int) -> str | None:
    found = connection.execute(_MBIDS.format(table), (number,)).fetchone()
    return None if found is None else str(found[0])


def _view(connection: sqlite3.Connection, passage: int) -> PassageView:
    return passage_views(connection, _THIS, {"id": passage}, with_evidence=False)[0]


def _goes_on(connection: sqlite3.Connection, passage: int, view: PassageView) -> int | None:
    """Return the passage in which the sound of one goes on."""
    if not view.gapless_with_next:
        return None
    found = connection.execute(_GOES_ON, {"id": passage}).fetchone()
    return None if found is None or found[0] is None else int(found[0])


def _flavors_of(choice: _Choice, rows: Sequence[int]) -> Mapping[int, Mapping[FlavorSource, Any]]:
    """Return what the sources say of passages, by their places."""
    numbers = choice.current.arrays.passages[list(rows)].tolist()
    guids = {Guid(guid): number for number, guid in choice.connection.execute(_GUIDS, {"ids": write_json(numbers)})}
    said: Mapping[Guid, PassageFlavor] = flavor_sources_of(choice.connection, FlavorSourcesOf(tuple(guids)))
    place = dict(zip(numbers, rows, strict=True))
    return {place[guids[guid]]: flavor.groups for guid, flavor in said.items()}
