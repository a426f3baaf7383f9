"""Queries of passages: named by entities if they are linked, otherwise by the tags of their file."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from passagework.domain.codes import UnknownCode, open_code
from passagework.domain.errors import NotFoundError
from passagework.domain.ids import Guid
from passagework.domain.json_text import read_json, write_json
from passagework.domain.links import CandidateRow, CandidateTerm, Doubt, LinkState
from passagework.domain.measured import measures_from
from passagework.domain.views import Named, PassageView
from passagework.persistence.file.views import ORDER
from passagework.persistence.read.queries import ListPassages, ReviewList, ShowPassage
from passagework.persistence.read.search import found_passages
from passagework.persistence.read.user_values import user_values
from passagework.persistence.rows.analysis import MEASURES
from passagework.persistence.rows.columns import listed, named_rows
from passagework.persistence.rows.evidence import decode_statements
from passagework.persistence.rows.json_texts import artists_of_tags, composers_of_tags

PASSAGE_COLUMNS: Final = f"""
SELECT p.id AS id, p.guid AS guid, f.path AS path, {listed(MEASURES.names, "p")},
    coalesce(fp.packed, fp.fingerprint) AS fingerprint, p.link_state AS link_state,
    p.link_reason AS link_reason, p.link_confidence AS link_confidence,
    p.link_weights AS link_weights, p.link_doubt AS link_doubt, p.link_retry_ns AS link_retry_ns,
    p.user_title AS user_title, t.title AS tag_title, t.album AS tag_album, t.medium AS tag_medium,
    t.track AS tag_track, t.fields AS tag_fields
"""

TEXTS_OF_PASSAGE: Final = """
LEFT JOIN file_tags AS t ON t.file_id = f.id LEFT JOIN passage_fingerprint AS fp ON fp.passage_id = p.id
"""

_BY_GUID: Final = f"""
{PASSAGE_COLUMNS}
FROM passage AS p JOIN file AS f ON f.id = p.file_id {TEXTS_OF_PASSAGE}
WHERE p.guid >= :guid AND p.guid < :guid || 'g' AND p.retired_ns IS NULL
LIMIT 2
"""

_CURSOR: Final = """
SELECT f.path, p.start_ticks, p.id FROM passage AS p JOIN file AS f ON f.id = p.file_id WHERE p.guid = ?
"""

# The order of the join is the order of the result, so the cost of a page depends on its size only.
_PAGE: Final = f"""
{PASSAGE_COLUMNS}
FROM file AS f CROSS JOIN passage AS p ON p.file_id = f.id {TEXTS_OF_PASSAGE}
WHERE p.retired_ns IS NULL AND f.path >= :path AND (f.path > :path OR (p.start_ticks, p.id) > (:start, :id))
ORDER BY f.path, p.start_ticks, p.id
LIMIT :limit
"""

# A partial index, which contains exactly these passages.
_REVIEW: Final = f"""
{PASSAGE_COLUMNS}
FROM passage AS p INDEXED BY passage_review CROSS JOIN file AS f ON f.id = p.file_id {TEXTS_OF_PASSAGE}
WHERE (p.link_state = 'proposal' OR p.link_doubt IS NOT NULL) AND p.user_recording IS NULL AND p.retired_ns IS NULL
    AND f.path >= :path AND (f.path > :path OR (p.start_ticks, p.id) > (:start, :id))
ORDER BY f.path, p.start_ticks, p.id
LIMIT :limit
"""

_THESE: Final = f"""
{PASSAGE_COLUMNS}
FROM json_each(:found) AS j CROSS JOIN passage AS p ON p.id = j.value CROSS JOIN file AS f ON f.id = p.file_id
{TEXTS_OF_PASSAGE}
ORDER BY j.key
"""

_OF_THESE: Final = "WHERE passage_id IN (SELECT value FROM json_each(:ids))"

# The same as passage_name says, for a page at once; its views are for SQL, which asks for one passage after the other.
_SONGS: Final = f"""
SELECT passage_id, title, mbid, set_by_user FROM passage_song_name {_OF_THESE}
ORDER BY passage_id, {ORDER["passage_song_name"]}
"""

_ALBUMS: Final = f"""
SELECT pa.passage_id, coalesce(b.user_title, b.title), b.mbid, b.user_title IS NOT NULL, pa.medium, pa.track
FROM passage_album AS pa CROSS JOIN album AS b ON b.id = pa.album_id {_OF_THESE}
ORDER BY pa.passage_id, b.mbid
"""

# In the order of passage_artist_name, each as often as there are songs of the passage that have it.
_ARTISTS: Final = f"""
SELECT ps.passage_id, coalesce(a.user_name, a.name), a.mbid, a.user_name IS NOT NULL
FROM passage_song AS ps CROSS JOIN song AS s ON s.id = ps.song_id CROSS JOIN song_artist AS sa ON sa.song_id = s.id
CROSS JOIN artist AS a ON a.id = sa.artist_id {_OF_THESE}
ORDER BY ps.passage_id, ps.start_ticks, s.mbid, sa.position, a.mbid
"""


def _names_in(view: str, name: str) -> str:
    return f"""
SELECT passage_id, {name}, mbid, set_by_user FROM {view} {_OF_THESE} ORDER BY passage_id, {ORDER[view]}
"""


_WORKS: Final = _names_in("passage_work_name", "title")
_COMPOSERS: Final = _names_in("passage_composer_name", "name")

_EVIDENCE: Final = """
SELECT passage_id, statements FROM passage_evidence WHERE passage_id IN (SELECT value FROM json_each(:ids))
"""

_CANDIDATES: Final = """
SELECT c.passage_id, c.recording, c.title, c.artists, c.confidence, c.log_odds, c.terms, c.caps, c.seconds, c.release,
    c.album, c.medium, c.track
FROM candidate AS c WHERE c.passage_id IN (SELECT value FROM json_each(:ids))
ORDER BY c.passage_id, c.rank
"""

_SHORTEST_GUID: Final = 6


def show_passage(connection: sqlite3.Connection, query: ShowPassage) -> PassageView | None:
    """Find a passage by its guid, or by an unambiguous prefix."""
    if len(query.guid) < _SHORTEST_GUID:
        return None
    rows = named_rows(connection, _BY_GUID, {"guid": query.guid.lower()})
    return passage_views(connection, rows)[0] if len(rows) == 1 else None


def list_passages(connection: sqlite3.Connection, query: ListPassages) -> tuple[PassageView, ...]:
    """Return one page. It continues after ``after`` even if that passage was retired meanwhile."""
    values = _behind(connection, query.after, query.limit)
    if not query.text:
        return passage_views(connection, named_rows(connection, _PAGE, values), with_evidence=query.evidence)
    found = found_passages(connection, query.text, values, query.limit)
    return passage_views(
        connection, named_rows(connection, _THESE, {"found": write_json(found)}), with_evidence=query.evidence
    )


def review_list(connection: sqlite3.Connection, query: ReviewList) -> tuple[PassageView, ...]:
    """Return one page of the passages that need a decision by a person."""
    values = _behind(connection, query.after, query.limit)
    return passage_views(connection, named_rows(connection, _REVIEW, values))


def _behind(connection: sqlite3.Connection, after: Guid | None, limit: int) -> dict[str, object]:
    """Return the parameters of a page: where it begins, and its limit."""
    place: tuple[bytes, int, int] = (b"", -1, -1)
    if after is not None:
        place = connection.execute(_CURSOR, (after,)).fetchone()
        if place is None:
            raise NotFoundError(f"the library knows no passage {after}")
    path, start, row = place
    return {"path": path, "start": start, "id": row, "limit": limit}


def passage_views(
    connection: sqlite3.Connection, rows: Sequence[Mapping[str, Any]], *, with_evidence: bool = True
) -> tuple[PassageView, ...]:
    """Make views of rows with PASSAGE_COLUMNS; eight more statements fetch the related rows of all of them."""
    ids = {"ids": write_json([row["id"] for row in rows])}
    songs = _named(connection, _SONGS, ids)
    albums = {row[0]: row for row in connection.execute(_ALBUMS, ids)}
    artists = _named(connection, _ARTISTS, ids)
    works = _named(connection, _WORKS, ids)
    composers = _named(connection, _COMPOSERS, ids)
    evidence = (
        {passage: decode_statements(text) for passage, text in connection.execute(_EVIDENCE, ids)}
        if with_evidence
        else {}
    )
    candidates: defaultdict[int, list[CandidateRow]] = defaultdict(list)
    for row in named_rows(connection, _CANDIDATES, ids):
        candidates[row["passage_id"]].append(_candidate(row))
    own = user_values(connection, ids)
    return tuple(
        PassageView(
            **measures_from(row),
            guid=Guid(row["guid"]),
            path=row["path"],
            stored_fingerprint=row["fingerprint"],
            link_state=open_code(LinkState, row["link_state"]),
            title=_title(row, songs.get(number, ())),
            artists=tuple(dict.fromkeys(artists.get(number, ()))) or _texts(artists_of_tags(row["tag_fields"])),
            album=Named(name, mbid, bool(set_by_user)),
            medium=medium,
            track=track,
            works=tuple(works.get(number, ())),
            composers=tuple(composers.get(number, ())) or _texts(composers_of_tags(row["tag_fields"])),
            evidence=evidence.get(number, ()),
            own=tuple(own.get(number, ())),
            reason=row["link_reason"],
            confidence=row["link_confidence"],
            weights=row["link_weights"],
            doubts=_doubts(row["link_doubt"]),
            candidates=tuple(candidates.get(number, ())),
            retry_ns=row["link_retry_ns"],
        )
        for row in rows
        for number in (row["id"],)
        for _, name, mbid, set_by_user, medium, track in (albums.get(number) or _album_of_tags(row),)
    )


def _named(connection: sqlite3.Connection, sql: str, ids: Mapping[str, str]) -> dict[int, list[Named]]:
    found: defaultdict[int, list[Named]] = defaultdict(list)
    for passage, name, mbid, set_by_user in connection.execute(sql, ids):
        found[passage].append(Named(name, mbid, bool(set_by_user)))
    return found


def _title(row: Mapping[str, Any], songs: Sequence[Named]) -> Named:
    """Name a passage: by its own title, by those of its songs, or by that of its tags."""
    mbid = songs[0].mbid if songs else None
    if row["user_title"] is not None:
        return Named(row["user_title"], mbid, set_by_user=True)
    titles = [song.name for song in songs if song.name is not None]
    if titles:
        return Named(" / ".join(titles), mbid, any(song.set_by_user for song in songs))
    return Named(row["tag_title"], mbid)


def _album_of_tags(row: Mapping[str, Any]) -> tuple[int, str | None, None, bool, int | None, int | None]:
    return row["id"], row["tag_album"], None, False, row["tag_medium"], row["tag_track"]


def _doubts(listed_codes: str | None) -> frozenset[Doubt | UnknownCode]:
    # Most passages have none.
    return frozenset(open_code(Doubt, code) for code in listed_codes.split()) if listed_codes else frozenset()


def _texts(names: tuple[str, ...]) -> tuple[Named, ...]:
    return tuple(Named(name, None) for name in names)


def _candidate(row: Mapping[str, Any]) -> CandidateRow:
    return CandidateRow(
        recording=row["recording"],
        title=row["title"],
        artists=tuple(read_json(row["artists"])),
        confidence=row["confidence"],
        log_odds=row["log_odds"],
        terms=tuple(
            CandidateTerm(kind=kind, value=value, weight=weight, note=note)
            for kind, value, weight, note in read_json(row["terms"])
        ),
        caps=tuple(read_json(row["caps"])),
        seconds=row["seconds"],
        release=row["release"],
        album=row["album"],
        medium=row["medium"],
        track=row["track"],
    )
