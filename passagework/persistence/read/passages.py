"""Passages with what they are: entities where they are linked, the tags of their file where not."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from passagework.domain.codes import open_code
from passagework.domain.errors import NotFoundError
from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.ids import Guid
from passagework.domain.links import CandidateRow, CandidateTerm, Doubt, LinkState
from passagework.domain.measured import Loudness
from passagework.domain.views import Named, PassageView
from passagework.persistence.read.queries import ListPassages, ReviewList, ShowPassage
from passagework.persistence.read.user_values import user_values
from passagework.persistence.rows.tags import decode_tags

PASSAGE_COLUMNS: Final = """
SELECT p.id, p.guid, f.path, p.start_ticks, p.end_ticks, p.lead_in_ticks, p.lead_out_ticks,
    p.fade_in_ticks, p.fade_out_ticks, p.loudness_integrated, p.loudness_range, p.true_peak, p.sample_peak,
    fp.fingerprint, p.link_state, p.link_reason, p.link_confidence, p.link_weights, p.link_doubt, p.link_retry_ns,
    p.user_title, t.title, t.fields, t.album, t.medium, t.track
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

# The order of the join is the order of the answer, so that a page costs what it holds.
_PAGE: Final = f"""
{PASSAGE_COLUMNS}
FROM file AS f CROSS JOIN passage AS p ON p.file_id = f.id {TEXTS_OF_PASSAGE}
WHERE p.retired_ns IS NULL AND f.path >= :path AND (f.path > :path OR (p.start_ticks, p.id) > (:start, :id))
ORDER BY f.path, p.start_ticks, p.id
LIMIT :limit
"""

# The index holds them alone.
_REVIEW: Final = f"""
{PASSAGE_COLUMNS}
FROM passage AS p INDEXED BY passage_review CROSS JOIN file AS f ON f.id = p.file_id {TEXTS_OF_PASSAGE}
WHERE (p.link_state = 'proposal' OR p.link_doubt IS NOT NULL) AND p.user_recording IS NULL AND p.retired_ns IS NULL
    AND f.path >= :path AND (f.path > :path OR (p.start_ticks, p.id) > (:start, :id))
ORDER BY f.path, p.start_ticks, p.id
LIMIT :limit
"""

_PAGE_WITH_TEXT: Final = f"""
WITH song_found AS (
    SELECT id FROM song WHERE instr(casefold(title), :text)
        OR (user_title IS NOT NULL AND instr(casefold(user_title), :text))
    UNION SELECT sa.song_id FROM artist AS a JOIN song_artist AS sa ON sa.artist_id = a.id
    WHERE instr(casefold(a.name), :text) OR (a.user_name IS NOT NULL AND instr(casefold(a.user_name), :text))
), passage_found AS (
    SELECT passage_id FROM passage_song WHERE song_id IN (SELECT id FROM song_found)
    UNION SELECT pa.passage_id FROM album AS a JOIN passage_album AS pa ON pa.album_id = a.id
    WHERE instr(casefold(a.title), :text) OR (a.user_title IS NOT NULL AND instr(casefold(a.user_title), :text))
)
{PASSAGE_COLUMNS}
FROM file AS f CROSS JOIN passage AS p ON p.file_id = f.id {TEXTS_OF_PASSAGE}
WHERE p.retired_ns IS NULL AND f.path >= :path AND (f.path > :path OR (p.start_ticks, p.id) > (:start, :id))
    AND (
        instr(t.search_text, :text) OR p.id IN (SELECT passage_id FROM passage_found)
        OR (p.user_title IS NOT NULL AND instr(casefold(p.user_title), :text))
    )
ORDER BY f.path, p.start_ticks, p.id
LIMIT :limit
"""  # noqa: S608 - a constant of this module

_SONGS: Final = """
SELECT ps.passage_id, s.mbid, coalesce(s.user_title, s.title), s.user_title IS NOT NULL
FROM passage_song AS ps JOIN song AS s ON s.id = ps.song_id
WHERE ps.passage_id IN (SELECT value FROM json_each(:ids))
ORDER BY ps.passage_id, ps.start_ticks, s.mbid
"""

_ARTISTS: Final = """
SELECT ps.passage_id, a.mbid, coalesce(a.user_name, a.name), a.user_name IS NOT NULL
FROM passage_song AS ps
JOIN song AS s ON s.id = ps.song_id
JOIN song_artist AS sa ON sa.song_id = s.id
JOIN artist AS a ON a.id = sa.artist_id
WHERE ps.passage_id IN (SELECT value FROM json_each(:ids))
ORDER BY ps.passage_id, ps.start_ticks, s.mbid, sa.position, a.mbid
"""

_WORKS: Final = """
SELECT ps.passage_id, w.mbid, coalesce(w.user_title, w.title), w.user_title IS NOT NULL
FROM passage_song AS ps
JOIN song AS s ON s.id = ps.song_id
JOIN song_work AS sw ON sw.song_id = s.id
JOIN work AS w ON w.id = sw.work_id
WHERE ps.passage_id IN (SELECT value FROM json_each(:ids))
ORDER BY ps.passage_id, ps.start_ticks, s.mbid, sw.position, w.mbid
"""

_COMPOSERS: Final = """
SELECT ps.passage_id, a.mbid, coalesce(a.user_name, a.name), a.user_name IS NOT NULL
FROM passage_song AS ps
JOIN song AS s ON s.id = ps.song_id
JOIN song_work AS sw ON sw.song_id = s.id
JOIN work AS w ON w.id = sw.work_id
JOIN work_artist AS wa ON wa.work_id = w.id AND wa.role = 'composer'
JOIN artist AS a ON a.id = wa.artist_id
WHERE ps.passage_id IN (SELECT value FROM json_each(:ids))
ORDER BY ps.passage_id, ps.start_ticks, s.mbid, sw.position, w.mbid, wa.position, a.mbid
"""

_ALBUMS: Final = """
SELECT pa.passage_id, a.mbid, coalesce(a.user_title, a.title), a.user_title IS NOT NULL, pa.medium, pa.track
FROM passage_album AS pa JOIN album AS a ON a.id = pa.album_id
WHERE pa.passage_id IN (SELECT value FROM json_each(:ids))
ORDER BY pa.passage_id, a.mbid
"""

_EVIDENCE: Final = """
SELECT e.passage_id, e.source, e.kind, e.value, e.strength FROM evidence AS e
WHERE e.passage_id IN (SELECT value FROM json_each(:ids))
ORDER BY e.passage_id, e.position, e.source, e.kind, e.value
"""

_CANDIDATES: Final = """
SELECT c.passage_id, c.recording, c.title, c.artists, c.confidence, c.log_odds, c.terms, c.caps, c.seconds, c.release,
    c.album, c.medium, c.track
FROM candidate AS c WHERE c.passage_id IN (SELECT value FROM json_each(:ids))
ORDER BY c.passage_id, c.rank
"""

_SHORTEST_GUID: Final = 6


def show_passage(connection: sqlite3.Connection, query: ShowPassage) -> PassageView | None:
    """Find a passage by its guid, or by a beginning that only one has."""
    if len(query.guid) < _SHORTEST_GUID:
        return None
    rows = connection.execute(_BY_GUID, {"guid": query.guid.lower()}).fetchall()
    return passage_views(connection, rows)[0] if len(rows) == 1 else None


def list_passages(connection: sqlite3.Connection, query: ListPassages) -> tuple[PassageView, ...]:
    """Give one page. A passage that was retired meanwhile still marks the place where its page ended."""
    values = _behind(connection, query.after, query.limit)
    if not query.text:
        return passage_views(connection, connection.execute(_PAGE, values).fetchall())
    values["text"] = query.text.casefold()
    return passage_views(connection, connection.execute(_PAGE_WITH_TEXT, values).fetchall())


def review_list(connection: sqlite3.Connection, query: ReviewList) -> tuple[PassageView, ...]:
    """Give one page of what a person should decide about."""
    values = _behind(connection, query.after, query.limit)
    return passage_views(connection, connection.execute(_REVIEW, values).fetchall())


def _behind(connection: sqlite3.Connection, after: Guid | None, limit: int) -> dict[str, object]:
    """Give what binds a page: where it begins, and how long it is."""
    place: tuple[bytes, int, int] = (b"", -1, -1)
    if after is not None:
        place = connection.execute(_CURSOR, (after,)).fetchone()
        if place is None:
            raise NotFoundError(f"the library knows no passage {after}")
    path, start, row = place
    return {"path": path, "start": start, "id": row, "limit": limit}


def passage_views(connection: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> tuple[PassageView, ...]:
    """Make views of rows with PASSAGE_COLUMNS; eight more statements fetch the links of all of them."""
    ids = {"ids": json.dumps([row[0] for row in rows])}
    songs: defaultdict[int, list[Named]] = defaultdict(list)
    for passage, mbid, title, is_own in connection.execute(_SONGS, ids):
        songs[passage].append(Named(title, mbid, bool(is_own)))
    artists = _named(connection, _ARTISTS, ids)
    works = _named(connection, _WORKS, ids)
    composers = _named(connection, _COMPOSERS, ids)
    albums = {row[0]: row[1:] for row in connection.execute(_ALBUMS, ids)}
    evidence: defaultdict[int, list[Statement]] = defaultdict(list)
    for passage, source, kind, value, strength in connection.execute(_EVIDENCE, ids):
        evidence[passage].append(Statement(open_code(EvidenceSource, source), kind, value, strength))
    candidates: defaultdict[int, list[CandidateRow]] = defaultdict(list)
    for passage, *candidate in connection.execute(_CANDIDATES, ids):
        candidates[passage].append(_candidate(candidate))
    own = user_values(connection, ids)
    views = []
    for row in rows:
        (number, guid, path, start, end, lead_in, lead_out, fade_in, fade_out, *loudness, fingerprint, state) = row[:15]
        reason, confidence, weights, doubts, retry_ns = row[15:20]
        user_title, tag_title, tag_fields, tag_album, tag_medium, tag_track = row[20:]
        if number in albums:
            album_mbid, album_title, is_own, medium, track = albums[number]
            album = Named(album_title, album_mbid, bool(is_own))
        else:
            album, medium, track = Named(tag_album, None), tag_medium, tag_track
        views.append(
            PassageView(
                guid=Guid(guid),
                path=path,
                start=start,
                end=end,
                lead_in=lead_in,
                lead_out=lead_out,
                fade_in=fade_in,
                fade_out=fade_out,
                loudness=Loudness(*loudness),
                fingerprint=fingerprint,
                link_state=open_code(LinkState, state),
                title=_title(user_title, songs[number], tag_title),
                artists=tuple(artists[number]) or _artists_of_tags(tag_fields),
                album=album,
                medium=medium,
                track=track,
                works=tuple(works[number]),
                composers=tuple(composers[number]) or _composers_of_tags(tag_fields),
                evidence=tuple(evidence[number]),
                own=tuple(own[number]),
                reason=reason,
                confidence=confidence,
                weights=weights,
                doubts=frozenset(open_code(Doubt, doubt) for doubt in (doubts or "").split()),
                candidates=tuple(candidates[number]),
                retry_ns=retry_ns,
            )
        )
    return tuple(views)


def _named(connection: sqlite3.Connection, sql: str, ids: Mapping[str, str]) -> defaultdict[int, dict[Named, None]]:
    """Give names by passage, each once, in the order in which they come first."""
    found: defaultdict[int, dict[Named, None]] = defaultdict(dict)
    for passage, mbid, name, is_own in connection.execute(sql, ids):
        found[passage][Named(name, mbid, bool(is_own))] = None
    return found


def _candidate(row: Sequence[Any]) -> CandidateRow:
    recording, title, artists, confidence, log_odds, terms, caps, *place = row
    found = tuple(CandidateTerm(*term) for term in json.loads(terms))
    of = (tuple(json.loads(artists)), confidence, log_odds, found, tuple(json.loads(caps)))
    return CandidateRow(recording, title, *of, *place)


def _title(user_title: str | None, songs: list[Named], tag_title: str | None) -> Named:
    """Give what a person said; or the title of a song, or of several in a row under the id of the first."""
    mbid = songs[0].mbid if songs else None
    if user_title is not None:
        return Named(user_title, mbid, set_by_user=True)
    if not songs:
        return Named(tag_title, None)
    joined = " / ".join(song.name for song in songs if song.name) or None
    return Named(joined, mbid, any(song.set_by_user for song in songs))


def _artists_of_tags(fields: str | None) -> tuple[Named, ...]:
    tags = decode_tags(fields, None)
    names = tags.artists or ((tags.artist_credit,) if tags.artist_credit else ())
    return tuple(Named(name, None) for name in names)


def _composers_of_tags(fields: str | None) -> tuple[Named, ...]:
    # Few files name any, and to decode the tags of all would take most of the time of a page.
    if fields is None or '"composers"' not in fields:
        return ()
    return tuple(Named(name, None) for name in decode_tags(fields, None).composers)
