"""Queries of passages: named by entities if they are linked, otherwise by the tags of their file."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from passagework.domain.codes import UnknownCode, open_code
from passagework.domain.edits import UserValue
from passagework.domain.errors import NotFoundError
from passagework.domain.identification.evidence.likeness import titles_contradict
from passagework.domain.ids import Guid, Mbid
from passagework.domain.json_text import read_json, write_json
from passagework.domain.links import CandidateRow, CandidateTerm, Doubt, LinkState
from passagework.domain.measured import Loudness, PassageMeasures, measured_columns
from passagework.domain.quick_objects import quickly_made
from passagework.domain.views import Named, PassageView
from passagework.persistence.file.views import ORDER
from passagework.persistence.read.queries import ListPassages, ReviewList, ShowPassage
from passagework.persistence.read.search import found_passages
from passagework.persistence.read.user_values import user_values
from passagework.persistence.rows.analysis import in_effect
from passagework.persistence.rows.columns import listed, named_rows
from passagework.persistence.rows.evidence import decode_statements
from passagework.persistence.rows.json_texts import composers_of_tags
from passagework.persistence.rows.playable import PLAYABLE, REASONS, reasons_of
from passagework.persistence.rows.printed_names import is_named_by_file, shown_artists

_FIELDS: Final = {
    "guid": "p.guid",
    "path": "f.path",
    "stored_fingerprint": "coalesce(fp.packed, fp.fingerprint)",
    "reason": "p.link_reason",
    "confidence": "p.link_confidence",
    "weights": "p.link_weights",
    "retry_ns": "p.link_retry_ns",
    **{one.path[0]: in_effect(one.column, "p") for one in measured_columns(PassageMeasures) if len(one.path) == 1},
}
"""The fields of a view that are as they are stored, with their columns."""

_LOUDNESS: Final = {one.path[0]: f"p.{one.column}" for one in measured_columns(Loudness)}

_LOUDNESS_AT: Final = len(_FIELDS)
_OTHERS_AT: Final = _LOUDNESS_AT + len(_LOUDNESS)
_PATH_AT: Final = _OTHERS_AT + 13
"""Where in a row the loudness stands, the columns that passage_views unpacks, and those after them."""

_HAS_WORKS: Final = 5
"""Where the rows of _SONGS tell whether a song has works."""

_view: Final = quickly_made(PassageView, *_FIELDS)
_loudness: Final = quickly_made(Loudness, *_LOUDNESS)
_name: Final = quickly_made(Named, "name", "mbid", "set_by_user")

PASSAGE_COLUMNS: Final = f"""
SELECT {listed((*_FIELDS.values(), *_LOUDNESS.values()))},
    p.id, p.link_state, p.link_doubt, p.user_title, p.user_recording,
    coalesce(p.given_title, t.title), p.given_performer, t.artist, t.album, t.medium, coalesce(p.given_track, t.track),
    t.fields,
    {REASONS},
    t.path_title, t.path_artist, t.path_album, t.path_medium, t.path_track, t.album_group,
    p.gapless_with_next IS 1 AND coalesce(p.user_lead_out_ticks, 0) = 0
"""

TEXTS_OF_PASSAGE: Final = """
LEFT JOIN file_tags AS t ON t.file_id = f.id LEFT JOIN passage_fingerprint AS fp ON fp.passage_id = p.id
"""

_BY_GUID: Final = f"""
{PASSAGE_COLUMNS}
FROM passage AS p JOIN file AS f ON f.id = p.file_id {TEXTS_OF_PASSAGE}
WHERE p.guid >= :guid AND p.guid < :guid || 'g' AND (p.retired_ns IS NOT NULL) = :retired
LIMIT 2
"""

_CURSOR: Final = """
SELECT f.path, f.id, p.start_ticks, p.id FROM passage AS p JOIN file AS f ON f.id = p.file_id WHERE p.guid = ?
"""

# The order of the join is the order of the result, so the cost of a page depends on its size only.
_PAGE: Final = f"""
{PASSAGE_COLUMNS}
FROM file AS f CROSS JOIN passage AS p ON p.file_id = f.id {TEXTS_OF_PASSAGE}
WHERE p.retired_ns IS NULL AND (NOT :playable OR ({PLAYABLE}))
    AND f.path >= :path AND (f.path > :path OR (p.start_ticks, p.id) > (:start, :id))
ORDER BY f.path, p.start_ticks, p.id
LIMIT :limit
"""

# Two partial indexes, which contain exactly the passages and the songs that are asked for.
_REVIEW: Final = f"""
{PASSAGE_COLUMNS}
FROM (
    SELECT p.id FROM passage AS p INDEXED BY passage_review
    WHERE (p.link_state = 'proposal' OR p.link_doubt IS NOT NULL) AND p.user_recording IS NULL AND p.retired_ns IS NULL
    UNION SELECT ps.passage_id FROM song AS s INDEXED BY song_rival CROSS JOIN passage_song AS ps ON ps.song_id = s.id
    WHERE s.rival_title IS NOT NULL
) AS r
CROSS JOIN passage AS p ON p.id = r.id CROSS JOIN file AS f ON f.id = p.file_id {TEXTS_OF_PASSAGE}
WHERE p.user_recording IS NULL AND p.retired_ns IS NULL
    AND {PLAYABLE}
    AND f.path >= :path AND (f.path > :path OR (p.start_ticks, p.id) > (:start, :id))
ORDER BY f.path, p.start_ticks, p.id
LIMIT :limit
"""

THESE: Final = f"""
{PASSAGE_COLUMNS}
FROM json_each(:found) AS j CROSS JOIN passage AS p ON p.id = j.value CROSS JOIN file AS f ON f.id = p.file_id
{TEXTS_OF_PASSAGE}
ORDER BY j.key
"""

_OF_THESE: Final = "FROM json_each(:ids) AS j"

# The same as passage_name says, for a page at once; its views are for SQL, which asks for one passage after the other.
_SONGS: Final = f"""
SELECT ps.passage_id, coalesce(s.user_title, s.title), s.mbid, s.user_title IS NOT NULL, s.stated_ns IS NOT NULL,
    EXISTS (SELECT 1 FROM song_work AS sw WHERE sw.song_id = s.id), s.title, s.rival_title
{_OF_THESE} CROSS JOIN passage_song AS ps ON ps.passage_id = j.value CROSS JOIN song AS s ON s.id = ps.song_id
ORDER BY j.key, ps.start_ticks, s.mbid
"""

_ALBUMS: Final = f"""
SELECT pa.passage_id, coalesce(b.user_title, b.title), b.mbid, b.user_title IS NOT NULL, pa.medium, pa.track
{_OF_THESE} CROSS JOIN passage_album AS pa ON pa.passage_id = j.value CROSS JOIN album AS b ON b.id = pa.album_id
ORDER BY j.key, b.mbid
"""

# In the order of passage_artist_name, each as often as there are songs of the passage that have it.
_ARTISTS: Final = f"""
SELECT ps.passage_id, coalesce(a.user_name, a.name), a.mbid, a.user_name IS NOT NULL
{_OF_THESE} CROSS JOIN passage_song AS ps ON ps.passage_id = j.value CROSS JOIN song AS s ON s.id = ps.song_id
CROSS JOIN song_artist AS sa ON sa.song_id = s.id CROSS JOIN artist AS a ON a.id = sa.artist_id
ORDER BY j.key, ps.start_ticks, s.mbid, sa.position, a.mbid
"""


def _names_in(view: str, name: str) -> str:
    return f"""
SELECT passage_id, {name}, mbid, set_by_user FROM {view} WHERE passage_id IN (SELECT value FROM json_each(:ids))
ORDER BY passage_id, {ORDER[view]}
"""


_WORKS: Final = _names_in("passage_work_name", "title")
_COMPOSERS: Final = _names_in("passage_composer_name", "name")

_EVIDENCE: Final = """
SELECT passage_id, statements FROM passage_evidence WHERE passage_id IN (SELECT value FROM json_each(:ids))
"""

_CANDIDATES: Final = f"""
SELECT c.passage_id, c.recording, c.title, c.artists, c.confidence, c.log_odds, c.terms, c.caps, c.seconds, c.release,
    c.album, c.medium, c.track
{_OF_THESE} CROSS JOIN candidate AS c ON c.passage_id = j.value ORDER BY j.key, c.rank
"""

_SHORTEST_GUID: Final = 6


def show_passage(connection: sqlite3.Connection, query: ShowPassage) -> PassageView | None:
    """Find a passage by its guid, or by an unambiguous prefix."""
    if len(query.guid) < _SHORTEST_GUID:
        return None
    # A retired passage is found by what names no other one: programs may have stored its guid.
    for retired in (False, True):
        found = passage_views(connection, _BY_GUID, {"guid": query.guid.lower(), "retired": retired})
        if found:
            return found[0] if len(found) == 1 else None
    return None


def list_passages(connection: sqlite3.Connection, query: ListPassages) -> tuple[PassageView, ...]:
    """Return one page. It continues after ``after`` even if that passage was retired meanwhile."""
    values = {**_behind(connection, query.after, query.limit), "playable": query.playable}
    if not query.text:
        return passage_views(connection, _PAGE, values, with_evidence=query.evidence)
    found = found_passages(connection, query.text, values, query.limit)
    return passage_views(connection, THESE, {"found": write_json(found)}, with_evidence=query.evidence)


def review_list(connection: sqlite3.Connection, query: ReviewList) -> tuple[PassageView, ...]:
    """Return one page of the passages that need a decision by a person."""
    values = _behind(connection, query.after, query.limit)
    return passage_views(connection, _REVIEW, values)


def _behind(connection: sqlite3.Connection, after: Guid | None, limit: int) -> dict[str, object]:
    """Return the parameters of a page: where it begins, and its limit."""
    place: tuple[bytes, int, int, int] = (b"", -1, -1, -1)
    if after is not None:
        place = connection.execute(_CURSOR, (after,)).fetchone()
        if place is None:
            raise NotFoundError(f"the library knows no passage {after}")
    path, file, start, row = place
    return {"path": path, "file": file, "start": start, "id": row, "limit": limit}


@dataclass(frozen=True, slots=True)
class PassageRows:
    """What :func:`views_of` makes views of: rows of PASSAGE_COLUMNS, and those of all that is related to them.

    Plain values, which travel between processes in a fraction of the time of views.
    """

    rows: list[tuple[Any, ...]]
    songs: list[tuple[Any, ...]]
    albums: list[tuple[Any, ...]]
    artists: list[tuple[Any, ...]]
    works: list[tuple[Any, ...]]
    composers: list[tuple[Any, ...]]
    evidence: list[tuple[Any, ...]]
    candidates: list[dict[str, Any]]
    own: dict[int, list[UserValue]]


def passage_views(
    connection: sqlite3.Connection, sql: str, values: Mapping[str, object], *, with_evidence: bool = True
) -> tuple[PassageView, ...]:
    """Make views of the rows of a statement with PASSAGE_COLUMNS; some more statements fetch their related rows."""
    return views_of(passage_rows(connection, sql, values, with_evidence=with_evidence))


def passage_rows(
    connection: sqlite3.Connection, sql: str, values: Mapping[str, object], *, with_evidence: bool
) -> PassageRows:
    """Fetch the rows of a statement with PASSAGE_COLUMNS, and their related rows."""

    def all_of(statement: str, these: Mapping[str, object]) -> list[tuple[Any, ...]]:
        return connection.execute(statement, these).fetchall()

    rows = all_of(sql, values)
    ids = {"ids": write_json([row[_OTHERS_AT] for row in rows])}
    songs = all_of(_SONGS, ids)
    with_works = [song[0] for song in songs if song[_HAS_WORKS]]
    of_works = {"ids": write_json(with_works)}
    return PassageRows(
        rows=rows,
        songs=songs,
        albums=all_of(_ALBUMS, ids),
        artists=all_of(_ARTISTS, ids),
        works=all_of(_WORKS, of_works) if with_works else [],
        composers=all_of(_COMPOSERS, of_works) if with_works else [],
        evidence=all_of(_EVIDENCE, ids) if with_evidence else [],
        candidates=named_rows(connection, _CANDIDATES, ids),
        own=dict(user_values(connection, ids)),
    )


def views_of(found: PassageRows) -> tuple[PassageView, ...]:
    """Make the views of rows."""
    songs, named_elsewhere, disputed = _songs(found.songs)
    albums = {row[0]: row for row in found.albums}
    artists = _named(found.artists)
    works = _named(found.works)
    composers = _named(found.composers)
    evidence = {passage: decode_statements(text) for passage, text in found.evidence}
    candidates: defaultdict[int, list[CandidateRow]] = defaultdict(list)
    for one in found.candidates:
        candidates[one["passage_id"]].append(_candidate(one))
    own = found.own
    views = []
    for row in found.rows:
        (
            number,
            state,
            doubts,
            user_title,
            decided,
            tag_title,
            performer,
            credit,
            tag_album,
            tag_medium,
            tag_track,
            tags,
            why_not,
        ) = row[_OTHERS_AT:_PATH_AT]
        path_title, path_artist, path_album, path_medium, path_track, group, gapless = row[_PATH_AT:]
        of_songs = songs.get(number, ())
        by_file = is_named_by_file(of_songs, tags, elsewhere=number in named_elsewhere)
        if (of_album := albums.get(number)) is not None:
            _, name, mbid, set_by_user, medium, track = of_album
            album = _text(tag_album, path_album, mbid) if name is None else _name(name, mbid, set_by_user == 1)
            group = mbid
        else:
            album = _text(tag_album, path_album)
            medium = path_medium if tag_medium is None else tag_medium
            track = path_track if tag_track is None else tag_track
        view = _view(
            *row[:_LOUDNESS_AT],
            loudness=_loudness(*row[_LOUDNESS_AT:_OTHERS_AT]),
            link_state=open_code(LinkState, state),
            title=_title(user_title, of_songs, tag_title, path_title, by_file=by_file),
            artists=_artists(_each_once(artists.get(number, ())), performer, credit, tags, by_file=by_file)
            or ((_text(None, path_artist),) if path_artist else ()),
            album=album,
            medium=medium,
            track=track,
            works=works.get(number, ()),
            composers=composers.get(number, ()) or _texts(composers_of_tags(tags)),
            evidence=evidence.get(number, ()),
            own=tuple(own.get(number, ())),
            doubts=_doubts(doubts),
            candidates=tuple(candidates.get(number, ())),
            not_playable_because=reasons_of(why_not),
            album_group=group,
            gapless_with_next=gapless == 1,
        )
        views.append(_in_conflict(view, disputed[number]) if number in disputed and decided is None else view)
    return tuple(views)


def _in_conflict(view: PassageView, titles: tuple[str, str]) -> PassageView:
    """Return the view of a passage whose song has two titles that contradict each other.

    Where one of them contradicts what the passage itself is called, these two are named.
    """
    own = view.title.name or ""
    one, other = next(((own, title) for title in titles if titles_contradict(own, title)), titles)
    conflict = f'files with this recording have titles that contradict each other: "{one}" and "{other}"'
    reason = conflict if view.reason is None else f"{view.reason}; {conflict}"
    return replace(view, reason=reason, doubts=view.doubts | {Doubt.CONFLICT})


def _songs(
    rows: Iterable[tuple[Any, ...]],
) -> tuple[dict[int, tuple[Named, ...]], set[int], dict[int, tuple[str, str]]]:
    """Name the songs of passages; tell which have a song that not tags alone name, and which a disputed one.

    Of a disputed song the last value has both titles.
    """
    found: dict[int, tuple[Named, ...]] = {}
    named_elsewhere = set()
    disputed: dict[int, tuple[str, str]] = {}
    for passage, title, mbid, set_by_user, is_stated, _, shown, rival in rows:
        found[passage] = (*found.get(passage, ()), _name(title, mbid, set_by_user == 1))
        if set_by_user or is_stated:
            named_elsewhere.add(passage)
        if rival is not None:
            disputed.setdefault(passage, (shown, rival))
    return found, named_elsewhere, disputed


def _named(rows: Iterable[tuple[Any, ...]]) -> dict[int, tuple[Named, ...]]:
    found: dict[int, tuple[Named, ...]] = {}
    for passage, name, mbid, set_by_user in rows:
        found[passage] = (*found.get(passage, ()), _name(name, mbid, set_by_user == 1))
    return found


def _each_once(names: tuple[Named, ...]) -> tuple[Named, ...]:
    # Most passages have one, and a name takes long to hash.
    return names if len(names) <= 1 else tuple(dict.fromkeys(names))


def _title(
    user_title: str | None, songs: Sequence[Named], tag_title: str | None, path_title: str | None, *, by_file: bool
) -> Named:
    """Name a passage: by its own title, by those of its songs, or by that of its tags, first if they name its song."""
    if len(songs) == 1 and user_title is None and songs[0].name is not None and not by_file:
        return songs[0]
    mbid = songs[0].mbid if songs else None
    if user_title is not None:
        return _name(user_title, mbid, set_by_user=True)
    if by_file and tag_title is not None:
        return _name(tag_title, mbid, set_by_user=False)
    titles = [song.name for song in songs if song.name is not None]
    if titles:
        return _name(" / ".join(titles), mbid, set_by_user=any(song.set_by_user for song in songs))
    return _text(tag_title, path_title, mbid)


def _artists(
    linked: tuple[Named, ...], performer: str | None, credit: str | None, tags: str | None, *, by_file: bool
) -> tuple[Named, ...]:
    """Name the artists of a passage. What is said about its piece goes before the artists of its file."""
    if performer is not None:
        return shown_artists(linked, performer, None, named_by_file=by_file)
    return shown_artists(linked, credit, tags, named_by_file=by_file)


def _text(said_by_tags: str | None, said_by_path: str | None, mbid: Mbid | None = None) -> Named:
    """Return the name that the tags say, or else the one that the path says."""
    if said_by_tags is None and said_by_path is not None:
        return _name(said_by_path, mbid, set_by_user=False, from_file_name=True)
    return _name(said_by_tags, mbid, set_by_user=False)


def _doubts(listed_codes: str | None) -> frozenset[Doubt | UnknownCode]:
    # Most passages have none.
    return frozenset(open_code(Doubt, code) for code in listed_codes.split()) if listed_codes else frozenset()


def _texts(names: tuple[str, ...]) -> tuple[Named, ...]:
    return tuple(_name(name, None, set_by_user=False) for name in names)


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
