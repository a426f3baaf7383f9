"""Go through the passages that match in an order, a page at a time.

A page begins behind a *place*: the values by which its last passage was ordered, as they were then. So passages that do
not change come once, whatever else is written meanwhile. Nothing is kept between two pages.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from passagework.domain.list_place import ListPlace
from passagework.domain.passage_filter import FilterError, PassageOrder
from passagework.persistence.read.changes import EDITED, LAST_CHANGE
from passagework.persistence.read.matching import Matching

_AT_FIRST: Final = 500
_MOST_AT_ONCE: Final = 20_000
"""So many passages are read and checked at once, where something is checked beside SQL."""

# The first song names a passage, unless the tags of its file alone say what it is (rows/printed_names.py).
_FIRST_SONG: Final = """
FROM passage_song AS ps CROSS JOIN song AS s ON s.id = ps.song_id {joins} WHERE ps.passage_id = p.id
ORDER BY ps.start_ticks, s.mbid {order} LIMIT 1
"""

_IS_PRINTED: Final = "s.user_title IS NULL AND s.stated_ns IS NULL AND instr(t.fields, s.mbid) > 0"

_TITLE: Final = f"""coalesce(
    p.user_title,
    (SELECT coalesce(iif({_IS_PRINTED}, coalesce(p.given_title, t.title), NULL), s.user_title, s.title)
     {_FIRST_SONG.format(joins="", order="")}),
    p.given_title, t.title, t.path_title
)"""

_ARTIST: Final = f"""coalesce(
    (SELECT coalesce(
        a.user_name, iif({_IS_PRINTED}, coalesce(p.given_performer, t.artist), NULL), a.name
     ) {
    _FIRST_SONG.format(
        joins="CROSS JOIN song_artist AS sa ON sa.song_id = s.id CROSS JOIN artist AS a ON a.id = sa.artist_id",
        order=", sa.position, a.mbid",
    )
}),
    p.given_performer, t.artist, t.path_artist
)"""

_ALBUM: Final = "coalesce(b.user_title, b.title, t.album, t.path_album)"

_OF_TAGS: Final = "LEFT JOIN file_tags AS t ON t.file_id = f.id"

_OF_ALBUM: Final = f"""{_OF_TAGS}
LEFT JOIN passage_album AS pa ON pa.passage_id = p.id AND pa.album_id = (
    SELECT pa2.album_id FROM passage_album AS pa2 CROSS JOIN album AS b2 ON b2.id = pa2.album_id
    WHERE pa2.passage_id = p.id ORDER BY b2.mbid DESC LIMIT 1
) LEFT JOIN album AS b ON b.id = pa.album_id"""


@dataclass(frozen=True, slots=True)
class _Key:
    """A value by which passages are ordered. ``turns``: the other way round where the order is reversed."""

    value: str
    turns: bool = True
    falling: bool = False


@dataclass(frozen=True, slots=True)
class _Order:
    """What an order goes by, before path and place, and what that has to be joined."""

    keys: tuple[_Key, ...]
    joins: str = ""
    before: str = ""


_ORDERS: Final = MappingProxyType(
    {
        PassageOrder.PATH: _Order(()),
        PassageOrder.TITLE: _Order((_Key(f"ordered_name({_TITLE})"),), _OF_TAGS),
        PassageOrder.ARTIST: _Order((_Key(f"ordered_name({_ARTIST})"),), _OF_TAGS),
        PassageOrder.ALBUM: _Order(
            (
                _Key(f"ordered_name({_ALBUM})"),
                _Key("coalesce(b.mbid, t.album_group)", turns=False),
                _Key("iif(b.id IS NULL, coalesce(t.medium, t.path_medium), pa.medium)", turns=False),
                _Key("iif(b.id IS NULL, coalesce(p.given_track, t.track, t.path_track), pa.track)", turns=False),
            ),
            _OF_ALBUM,
        ),
        PassageOrder.LENGTH: _Order((_Key("p.end_ticks - p.start_ticks"),)),
        PassageOrder.LOUDNESS: _Order((_Key("p.loudness_integrated"),)),
        PassageOrder.NEWEST: _Order((_Key("p.id", falling=True),)),
        PassageOrder.CHANGED: _Order((_Key(LAST_CHANGE, falling=True),), before=EDITED),
    }
)

# The first table is the one in whose order the rows come, where there is an index for it.
_TABLES: Final = "passage AS p CROSS JOIN file AS f ON f.id = p.file_id"
_BY_PATH: Final = "file AS f CROSS JOIN passage AS p ON p.file_id = f.id"

_BEHIND_PATH: Final = MappingProxyType(
    {
        False: "f.path >= :path AND (f.path > :path OR (p.start_ticks, p.id) > (:start, :row))",
        True: "f.path <= :path AND (f.path < :path OR (p.start_ticks, p.id) < (:start, :row))",
    }
)

Placed = tuple[int, ListPlace]
"""The row of a passage, with its place."""


def next_passages(
    connection: sqlite3.Connection,
    found: Matching,
    order: PassageOrder,
    *,
    reverse: bool,
    after: ListPlace | None,
    limit: int,
) -> list[Placed]:
    """Return at most ``limit`` passages that match, behind a place, in their order."""
    if after is not None and len(after.keys) != len(_ORDERS[order].keys):
        raise FilterError("after is of a list in another order")
    passages: list[Placed] = []
    size = limit if not found.checks else max(_AT_FIRST, limit)
    while len(passages) < limit:
        some = _behind(connection, found, order, reverse=reverse, after=after, limit=size)
        kept = set(found.checked([row for row, _ in some])) if found.checks else {row for row, _ in some}
        passages += [placed for placed in some if placed[0] in kept]
        if len(some) < size:
            break
        after, size = some[-1][1], min(4 * size, _MOST_AT_ONCE)
    return passages[:limit]


def _behind(
    connection: sqlite3.Connection,
    found: Matching,
    order: PassageOrder,
    *,
    reverse: bool,
    after: ListPlace | None,
    limit: int,
) -> list[Placed]:
    of_order = _ORDERS[order]
    columns = [(f"k{number}", key.value) for number, key in enumerate(of_order.keys)]
    selected = "".join(f", {value} AS {name}" for name, value in columns)
    tables = found.tables or (_TABLES if of_order.keys else _BY_PATH)
    values: dict[str, object] = {**found.values, "limit": limit}
    condition = found.whole_condition
    behind = "true"
    if after is not None:
        values |= {"path": after.path, "start": after.start, "row": after.row}
        values |= {f"after{number}": value for number, value in enumerate(after.keys)}
        if order is PassageOrder.NEWEST:
            condition += f" AND p.id {'>' if reverse else '<'} :row"
        elif of_order.keys:
            behind = _lexically_behind(_terms(of_order.keys, reverse=reverse))
        else:
            condition += f" AND {_BEHIND_PATH[reverse]}"
    terms = ", ".join(f"{term}{' DESC' if falls else ''}" for term, _, falls in _sorted_by(order, reverse=reverse))
    # With a limit of its own the inner SELECT stays one, and each key is computed once.
    statement = f"""{of_order.before}
SELECT id, path, start{"".join(f", {name}" for name, _ in columns)} FROM (
    SELECT p.id AS id, f.path AS path, p.start_ticks AS start{selected} FROM {tables} {of_order.joins}
    WHERE {condition} {"LIMIT -1" if of_order.keys and order is not PassageOrder.NEWEST else ""}
) WHERE {behind} ORDER BY {terms} LIMIT :limit
"""
    return [
        (row, ListPlace(keys=tuple(keys), path=path, start=start, row=row))
        for row, path, start, *keys in connection.execute(statement, values)
    ]


_Term = tuple[str, str, bool]
"""An expression to sort by, the value of the place in it, and whether it falls."""

_AT_LAST: Final = (("path", ":path"), ("start", ":start"), ("id", ":row"))


def _sorted_by(order: PassageOrder, *, reverse: bool) -> Sequence[_Term]:
    keys = _ORDERS[order].keys
    if order is PassageOrder.NEWEST:
        return [("id", ":row", not reverse)]
    if not keys:
        return [(name, value, reverse) for name, value in _AT_LAST]
    return list(_terms(keys, reverse=reverse))


def _terms(keys: Sequence[_Key], *, reverse: bool) -> Iterator[_Term]:
    """Give what to sort by: each key, with what is not known last, and then the path and the place in it."""
    for number, key in enumerate(keys):
        yield f"(k{number} IS NULL)", f"(:after{number} IS NULL)", False
        yield f"k{number}", f":after{number}", key.falling != (reverse and key.turns)
    for name, value in _AT_LAST:
        yield name, value, False


def _lexically_behind(terms: Iterator[_Term]) -> str:
    """Return the condition that the first term that differs from the place is behind it."""
    term = next(terms, None)
    if term is None:
        return "false"
    name, value, falls = term
    return f"({name} {'<' if falls else '>'} {value} OR ({name} IS {value} AND {_lexically_behind(terms)}))"
