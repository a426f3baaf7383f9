"""The loudness of albums and discs: that of the blocks of all their passages that can be played now.

It is computed when it is asked for and stored nowhere, so it follows whatever changes: imports, links, user values.
An album is what has one ``album_group`` (``passage_name``). A passage that is there twice counts twice. Silence, and
files with many invalid samples, have no loudness and count in none.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from passagework.domain.gains import UNKNOWN, Mono, PassageGains, Programme
from passagework.domain.ids import Guid
from passagework.domain.json_text import write_json
from passagework.domain.loudness_distribution import loudness_together
from passagework.domain.measured import Loudness, loudness_from, measured_columns
from passagework.persistence.read.queries import GainsOf
from passagework.persistence.rows.columns import each_named_row, listed, named_rows
from passagework.persistence.rows.playable import PLAYABLE

LEVELS: Final = listed((one.column for one in measured_columns(Loudness)), "p")
"""The columns of a passage of which :func:`loudness_from` reads its loudness."""

_OF_MEMBER: Final = f"f.channels AS channels, p.loudness_distribution AS distribution, {LEVELS}"

# What passage_name says, from the album to its passages: linked ones, those that only tags or paths name, or both where
# some of them are linked and others have the MBID in their tags.
MEMBERS: Final = f"""
SELECT pa.medium AS medium, {_OF_MEMBER}
FROM album AS b CROSS JOIN passage_album AS pa ON pa.album_id = b.id
CROSS JOIN passage AS p ON p.id = pa.passage_id CROSS JOIN file AS f ON f.id = p.file_id
WHERE b.mbid = :group AND {PLAYABLE} AND NOT EXISTS (
    SELECT 1 FROM passage_album AS pa2 JOIN album AS b2 ON b2.id = pa2.album_id
    WHERE pa2.passage_id = pa.passage_id AND b2.mbid > b.mbid
)
UNION ALL
SELECT coalesce(t.medium, t.path_medium), {_OF_MEMBER}
FROM file_tags AS t CROSS JOIN file AS f ON f.id = t.file_id CROSS JOIN passage AS p ON p.file_id = f.id
WHERE t.album_group = :group AND {PLAYABLE}
    AND NOT EXISTS (SELECT 1 FROM passage_album AS pa WHERE pa.passage_id = p.id)
"""

_THESE: Final = f"""
SELECT p.guid AS guid, f.channels AS channels, n.album_group AS album_group, n.medium AS medium, {LEVELS}
FROM json_each(:guids) AS j CROSS JOIN passage AS p ON p.guid = j.value CROSS JOIN file AS f ON f.id = p.file_id
CROSS JOIN passage_name AS n ON n.passage_id = p.id
"""

_KEPT: Final = 10_000
"""Albums of which the result is kept: some MB, whatever the size of the library."""


class _Member(NamedTuple):
    """A passage of an album. ``louder``: by how many dB it is played louder than it was measured."""

    medium: int | None
    loudness: Loudness
    distribution: bytes | None
    louder: float


class _Album(NamedTuple):
    together: Programme
    discs: Mapping[int | None, Programme]


_NO_ALBUM: Final = _Album(UNKNOWN, {})


class Gains:
    """The gains of passages in one snapshot of a library; each album is read once as long as it is kept."""

    def __init__(self, connection: sqlite3.Connection, mono: Mono) -> None:
        self._connection = connection
        self._mono = mono
        self._albums: OrderedDict[str, _Album] = OrderedDict()

    def of(self, loudness: Loudness, channels: int | None, group: str | None, medium: int | None) -> PassageGains:
        """Return the gains of a passage of an album, None: of no album."""
        album = _NO_ALBUM if group is None else self._album(group)
        track = Programme.of(loudness, self._mono.louder(channels))
        return PassageGains(track, album.discs.get(medium, UNKNOWN), album.together)

    def _album(self, group: str) -> _Album:
        if (known := self._albums.get(group)) is not None:
            self._albums.move_to_end(group)
            return known
        members = [self._member(row) for row in each_named_row(self._connection, MEMBERS, {"group": group})]
        together = _together(members)
        media = {member.medium for member in members}
        if len(media) == 1:
            discs = dict.fromkeys(media, together)
        else:
            discs = {medium: _together([one for one in members if one.medium == medium]) for medium in media}
        found = _Album(together, discs)
        self._albums[group] = found
        if len(self._albums) > _KEPT:
            self._albums.popitem(last=False)
        return found

    def _member(self, row: Mapping[str, Any]) -> _Member:
        return _Member(row["medium"], loudness_from(row), row["distribution"], self._mono.louder(row["channels"]))


def gains_of(connection: sqlite3.Connection, query: GainsOf) -> Mapping[Guid, PassageGains]:
    """Return the gains of some passages; those that the library does not know are left out."""
    gains = Gains(connection, query.mono)
    rows = named_rows(connection, _THESE, {"guids": write_json(query.passages)})
    return {
        Guid(row["guid"]): gains.of(loudness_from(row), row["channels"], row["album_group"], row["medium"])
        for row in rows
    }


def _together(members: Sequence[_Member]) -> Programme:
    """Gate the passages as one programme. One without a distribution that can be read leaves it unknown.

    Those have none that were measured by an earlier version.
    """
    heard = [one for one in members if one.loudness.integrated is not None]
    counted = [(one.distribution, one.louder) for one in heard if one.distribution is not None]
    integrated = None
    if counted and len(counted) == len(heard):
        with suppress(ValueError):
            integrated = loudness_together(counted)
    return Programme(
        integrated,
        _highest(members, lambda loudness: loudness.true_peak),
        _highest(members, lambda loudness: loudness.sample_peak),
    )


def _highest(members: Sequence[_Member], of: Callable[[Loudness], float | None]) -> float | None:
    return max((peak for one in members if (peak := of(one.loudness)) is not None), default=None)
