"""Find the pieces that the library has more than once, and the best of each.

Passages are compared, not files: those of the same span of the same bytes, of the same span of the same audio, and
those of one and the same recording. A passage of several songs is no copy of one of them. Only playable passages count,
so what a person rejected is no reason to leave a copy of it out.
"""

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, assert_never

from passagework.domain.duplicates import Copy, Duplicates, LeaveOut, Sameness
from passagework.domain.ids import Guid
from passagework.domain.json_text import write_json
from passagework.persistence.read.queries import ListDuplicates, WorseCopies
from passagework.persistence.rows.playable import PLAYABLE

LOSSLESS: Final = """(
    f.codec IN ('alac', 'ape', 'dst', 'flac', 'mlp', 'shorten', 'tak', 'truehd', 'tta', 'wavpack', 'wmalossless')
    OR f.codec GLOB 'dsd_*' OR (f.codec GLOB 'pcm_*' AND f.codec NOT IN ('pcm_alaw', 'pcm_mulaw', 'pcm_vidc'))
)"""

# Of lossless files the bit rate says how well they are packed; where it is not known, the size of the file tells it.
_BEST_FIRST: Final = f"""
{LOSSLESS} DESC,
iif({LOSSLESS}, f.sample_rate, coalesce(f.bit_rate, f.size * 8 * 28224000 / max(f.duration_ticks, 1))) DESC,
f.sample_rate DESC, f.bad_packets, f.missing_samples, f.path, p.start_ticks, p.id
"""

_PLAYABLE: Final = f"FROM passage AS p JOIN file AS f ON f.id = p.file_id WHERE {PLAYABLE}"

# The only song of each passage that has one.
_ONLY_SONG: Final = """
SELECT passage_id, min(song_id) AS song_id FROM passage_song GROUP BY passage_id HAVING count(*) = 1
"""

_SPAN: Final = "' ' || p.start_ticks || ' ' || p.end_ticks"

_BY_AUDIO: Final = (
    f"SELECT p.id AS id, hex(f.audio_hash) || {_SPAN} AS piece, {{}} {_PLAYABLE} AND f.audio_hash NOT NULL"
)

_BY_BYTES: Final = (
    f"SELECT p.id AS id, hex(f.content_hash) || {_SPAN} AS piece, {{}} {_PLAYABLE} AND f.content_hash NOT NULL"
)

_BY_RECORDING: Final = f"""
SELECT p.id AS id, s.mbid AS piece, {{}}
FROM ({_ONLY_SONG}) AS o JOIN song AS s ON s.id = o.song_id
JOIN passage AS p ON p.id = o.passage_id JOIN file AS f ON f.id = p.file_id WHERE {PLAYABLE}
"""

_OF: Final = {Sameness.BYTES: _BY_BYTES, Sameness.AUDIO: _BY_AUDIO, Sameness.RECORDING: _BY_RECORDING}

_PLACE: Final = f"row_number() OVER (PARTITION BY {{}} ORDER BY {_BEST_FIRST}) AS place"

_PARTITIONS: Final = {
    Sameness.BYTES: "f.content_hash, p.start_ticks, p.end_ticks",
    Sameness.AUDIO: "f.audio_hash, p.start_ticks, p.end_ticks",
    Sameness.RECORDING: "o.song_id",
}


def _ranked(sameness: Sameness) -> str:
    """Write the SELECT of passages with their piece, and their place among its copies, from 1, the best."""
    return _OF[sameness].format(_PLACE.format(_PARTITIONS[sameness]))


def _several(sameness: Sameness) -> str:
    return f"""
WITH ranked AS MATERIALIZED ({_ranked(sameness)})
SELECT piece, id FROM ranked WHERE piece IN (SELECT piece FROM ranked WHERE place = 2) ORDER BY piece, place
"""


_GROUPS: Final = {sameness: _several(sameness) for sameness in Sameness}

_WORSE: Final = {
    sameness: f"SELECT p.guid FROM ({_ranked(sameness)}) AS r JOIN passage AS p ON p.id = r.id WHERE r.place > 1"
    for sameness in (Sameness.AUDIO, Sameness.RECORDING)
}

_COPIES: Final = f"""
SELECT p.id, p.guid, f.path, n.title, n.artists, f.codec, {LOSSLESS}, f.sample_rate, f.bit_rate,
    coalesce(f.bad_packets, 0), coalesce(f.missing_samples, 0), hex(f.content_hash), hex(f.audio_hash)
FROM json_each(:ids) AS j CROSS JOIN passage AS p ON p.id = j.value CROSS JOIN file AS f ON f.id = p.file_id
JOIN passage_name AS n ON n.passage_id = p.id
"""

_AT_ONCE: Final = 500


def list_duplicates(connection: sqlite3.Connection, _query: ListDuplicates) -> tuple[Duplicates, ...]:
    """List the pieces: same bytes first, then same audio, then same recordings; each as close as it can be told.

    Copies with the same bytes are told once: a group with the same audio, or of the same recording, is left out where
    all of it is in a closer one.
    """
    return tuple(group for sameness in Sameness for group in _groups(connection, sameness))


def worse_copies(connection: sqlite3.Connection, query: WorseCopies) -> frozenset[Guid]:
    """Return the passages of which a better copy is there. Of each piece one stays."""
    levels = {
        LeaveOut.NONE: (),
        LeaveOut.AUDIO: (Sameness.AUDIO,),
        LeaveOut.RECORDING: (Sameness.AUDIO, Sameness.RECORDING),
    }[query.leave_out]
    return frozenset(Guid(guid) for level in levels for (guid,) in connection.execute(_WORSE[level]))


def _groups(connection: sqlite3.Connection, sameness: Sameness) -> Iterator[Duplicates]:
    pieces = [
        (piece, [passage for _, passage in members])
        for piece, members in groupby(connection.execute(_GROUPS[sameness]), key=itemgetter(0))
    ]
    for first in range(0, len(pieces), _AT_ONCE):
        some = pieces[first : first + _AT_ONCE]
        ids = write_json([passage for _, passages in some for passage in passages])
        found = {row[0]: row for row in connection.execute(_COPIES, {"ids": ids})}
        for piece, passages in some:
            rows = [found[passage] for passage in passages]
            if not _told_before(sameness, rows):
                yield Duplicates(sameness, piece.split(" ")[0].lower(), tuple(map(_copy, rows)))


def _told_before(sameness: Sameness, rows: list[tuple[Any, ...]]) -> bool:
    contents, audios = ({row[place] for row in rows} for place in (-2, -1))
    match sameness:
        case Sameness.BYTES:
            return False
        case Sameness.AUDIO:
            return len(contents) == 1
        case Sameness.RECORDING:
            return len(audios) == 1 and len({row[2] for row in rows}) == len(rows)
        case _:
            assert_never(sameness)


def _copy(row: tuple[Any, ...]) -> Copy:
    _, guid, path, title, artists, codec, lossless, sample_rate, bit_rate, bad_packets, missing_samples, *_ = row
    return Copy(
        guid=Guid(guid),
        path=path,
        title=title,
        artists=artists,
        codec=codec,
        lossless=bool(lossless),
        sample_rate=sample_rate,
        bit_rate=bit_rate,
        bad_packets=bad_packets,
        missing_samples=missing_samples,
    )
