"""The weights of a song's artists: set together, because they must sum to 1."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from passagework.domain.edits import Edited, EditError, Value
from passagework.domain.ids import Mbid
from passagework.domain.user_fields import WEIGHT_TOLERANCE
from passagework.persistence.rows.statements import STATED_CREDIT
from passagework.persistence.user.planned_edits import Change, Planned, Target

WEIGHT: Final = "weight"

_WEIGHTS: Final = """
SELECT sa.artist_id, a.mbid, coalesce(a.user_name, a.name), sa.weight, sa.weight_source
FROM song_artist AS sa JOIN artist AS a ON a.id = sa.artist_id
WHERE sa.song_id = ? ORDER BY sa.position, a.mbid
"""

_SET: Final = "UPDATE song_artist SET weight = ?, weight_source = ? WHERE song_id = ? AND artist_id = ?"

_DROP: Final = "DELETE FROM song_artist WHERE song_id = ? AND artist_id = ?"

_USER: Final = "user"
_EQUAL: Final = "equal"


@dataclass(frozen=True, slots=True)
class _Weight:
    artist: int
    mbid: Mbid
    name: str | None
    weight: float
    source: str

    @property
    def user_value(self) -> float | None:
        return self.weight if self.source == _USER else None


def plan_weights(connection: sqlite3.Connection, song: Target, values: Mapping[str | None, Value]) -> Planned:
    """Plan new weights by the MBIDs of the artists; a single value None, without an artist, clears all of them.

    An artist that is not named keeps its weight, which becomes a user value like the others.

    Raises EditError unless every artist is one of the song's and the resulting weights sum to 1.
    """
    weights = [_Weight(*row) for row in connection.execute(_WEIGHTS, (song.row,))]
    if values == {None: None}:
        if all(each.user_value is None for each in weights):
            return Planned((), ())
        return _planned_without(connection, song, weights)
    _refuse_misfits(song, weights, values)
    if all(each.user_value == values[each.mbid] for each in weights if each.mbid in values):
        return Planned((), ())
    after = {each.mbid: float(values.get(each.mbid, each.weight) or 0.0) for each in weights}
    total = sum(after.values())
    if abs(total - 1) > WEIGHT_TOLERANCE + 1e-9:
        weights_set = " ".join(f"weight.{each.mbid}={after[each.mbid]:g}" for each in weights)
        raise EditError(
            f"the weights of a song must sum to 1, but these would sum to {total:g}: {weights_set}; nothing was changed"
        )
    return _planned(song, weights, after, _USER)


def _refuse_misfits(song: Target, weights: list[_Weight], values: Mapping[str | None, Value]) -> None:
    of_song = {each.mbid for each in weights}
    for part, value in values.items():
        if part is None:
            how = f"weight.ARTIST_MBID={value:g}" if value is not None else "weight= alone to clear all of them"
            raise EditError(f"a weight is of one artist of a song; write {how}; nothing was changed")
        if part not in of_song:
            artists = ", ".join(f"{each.mbid} ({each.name or '?'})" for each in weights) or "none"
            raise EditError(f"the song {song.key} has no artist {part[:40]!r}; it has {artists}; nothing was changed")
        if value is None:
            raise EditError("the weights of a song can only be cleared all together: weight=; nothing was changed")


def _planned_without(connection: sqlite3.Connection, song: Target, weights: list[_Weight]) -> Planned:
    """Plan equal weights. Artists that only their weights kept are dropped: imports no longer name them."""
    stated = {mbid for (mbid,) in connection.execute(STATED_CREDIT, {"song": song.row})}
    left, dropped = ([each for each in weights if (each.mbid in stated) is named] for named in (True, False))
    planned = _planned(song, left, {each.mbid: 1 / len(left) for each in left}, _EQUAL)
    return Planned(
        (
            *planned.changes,
            *(
                Change(Edited(song.subject, song.key, WEIGHT, each.mbid, each.weight, None), each.user_value, None)
                for each in dropped
            ),
        ),
        (*planned.updates, (_DROP, tuple((song.row, each.artist) for each in dropped))),
    )


def _planned(song: Target, weights: list[_Weight], after: Mapping[Mbid, float], source: str) -> Planned:
    touched = [each for each in weights if (each.weight, each.source) != (after[each.mbid], source)]
    return Planned(
        tuple(
            Change(
                Edited(song.subject, song.key, WEIGHT, each.mbid, each.weight, after[each.mbid]),
                each.user_value,
                after[each.mbid] if source == _USER else None,
            )
            for each in touched
        ),
        ((_SET, tuple((after[each.mbid], source, song.row, each.artist) for each in touched)),),
    )
