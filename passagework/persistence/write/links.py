"""The links of passages: the statements that store decisions for a whole batch at once.

The order matters. First the passage of each staged link is found, and links to ignore are deleted, so that no entity
is stored for them. Then come the entities (entities.py), since links refer to their rows. Then the links: of each
kind, rows that the decision no longer names are deleted before the others are inserted or updated. A message that is
written twice changes no row.
"""

from typing import Final

from passagework.persistence.rows.columns import listed, upsert
from passagework.persistence.rows.encoded import DESCRIBED, PLACE
from passagework.persistence.rows.statements import NAMELESS, STATED_AT, stated

# There are four cases in which no passage is found, and the link is ignored:
# - the passage was retired;
# - it belongs to another file than the message says;
# - tags or passages of the file have changed since the linker pulled it: the revision differs;
# - a user value contradicts it. "none" agrees with no song at all, an MBID with songs that all have it, or the MBID
#   into which it was merged. A failed decision is stored all the same, or the linker would try for ever.
_RESOLVE: Final = """
UPDATE temp.staged_link SET passage_id = (
    SELECT p.id FROM passage AS p JOIN file ON file.id = p.file_id
    WHERE p.guid = staged_link.guid AND file.path = staged_link.path AND p.retired_ns IS NULL
        AND coalesce(staged_link.revision, file.link_revision) = file.link_revision
        AND (p.user_recording IS NULL OR staged_link.state = 'failed' OR p.user_recording = (
            SELECT CASE
                WHEN count(*) = 0 THEN 'none'
                WHEN min(s.mbid = p.user_recording OR EXISTS (
                    SELECT 1 FROM merged_mbid AS m WHERE m.old = p.user_recording AND m.new = s.mbid
                )) THEN p.user_recording
            END
            FROM temp.staged_song AS s WHERE s.link_id = staged_link.id
        ))
)
"""

# A decision that came with the analysis is for a passage of that message. It counts if the passage waits for one now,
# and nobody said what it is, and is then found like any other, by its guid.
_OWN: Final = """
UPDATE temp.staged_link SET guid = (
    SELECT p.guid FROM temp.staged_passage AS n CROSS JOIN passage AS p ON p.id = n.passage_id
    WHERE n.id = staged_link.staged_id AND p.link_state = 'waiting' AND p.user_recording IS NULL
)
WHERE staged_id IS NOT NULL
"""

_IGNORE_UNKNOWN: Final = "DELETE FROM temp.staged_link WHERE passage_id IS NULL"

# The links of a passage are replaced: what the decision no longer names is deleted, the rest stays or is inserted.
_DROP_SONGS: Final = """
DELETE FROM passage_song
WHERE passage_id IN (SELECT passage_id FROM temp.staged_link) AND NOT EXISTS (
    SELECT 1 FROM temp.staged_link AS l CROSS JOIN temp.staged_song AS s ON s.link_id = l.id
    CROSS JOIN song ON song.mbid = s.mbid
    WHERE l.passage_id = passage_song.passage_id AND song.id = passage_song.song_id
        AND s.start_ticks = passage_song.start_ticks
)
"""

_OF_SONG: Final = ("end_ticks", "title", "artists", "works", "stated_ns")

# Of two statements about one span of one song the larger values count, whatever their order.
_PASSAGE_SONGS: Final = upsert(
    "passage_song",
    ("passage_id", "start_ticks", "song_id"),
    ("end_ticks", *stated(("title", "artists", "works")), STATED_AT),
    f"""
    SELECT l.passage_id, s.start_ticks, song.id, {", ".join(f"max(s.{column})" for column in _OF_SONG)}, l.run_id
    FROM temp.staged_song AS s
    CROSS JOIN temp.staged_link AS l ON l.id = s.link_id
    CROSS JOIN song ON song.mbid = s.mbid
    WHERE true
    GROUP BY l.passage_id, s.start_ticks, song.id
    """,
)

_DROP_ALBUMS: Final = """
DELETE FROM passage_album
WHERE passage_id IN (SELECT passage_id FROM temp.staged_link) AND NOT EXISTS (
    SELECT 1 FROM temp.staged_link AS l CROSS JOIN temp.staged_album AS a ON a.link_id = l.id
    CROSS JOIN album ON album.mbid = a.mbid
    WHERE l.passage_id = passage_album.passage_id AND album.id = passage_album.album_id
)
"""

_OF_ALBUM: Final = (*PLACE, *DESCRIBED, "artists", "stated_ns")

_PASSAGE_ALBUMS: Final = upsert(
    "passage_album",
    ("passage_id", "album_id"),
    (*PLACE, *stated((*DESCRIBED, "artists")), STATED_AT),
    f"""
    SELECT l.passage_id, album.id, {listed(_OF_ALBUM, "a")}, l.run_id
    FROM temp.staged_album AS a
    CROSS JOIN temp.staged_link AS l ON l.id = a.link_id
    CROSS JOIN album ON album.mbid = a.mbid
    WHERE true
    """,
)

_NAMED: Final = f"""
SELECT l.passage_id, artist.id AS artist_id, coalesce(c.name, '{NAMELESS}') AS name, max(c.stated_ns) AS stated_ns,
    l.run_id
FROM temp.staged_artist AS c
CROSS JOIN temp.staged_link AS l ON l.id = c.link_id
CROSS JOIN artist ON artist.mbid = c.mbid
WHERE true
GROUP BY l.passage_id, artist.id, coalesce(c.name, '{NAMELESS}')
"""

_DROP_ARTIST_STATEMENTS: Final = f"""
DELETE FROM artist_statement
WHERE passage_id IN (SELECT passage_id FROM temp.staged_link)
    AND (passage_id, artist_id, name) NOT IN (SELECT passage_id, artist_id, name FROM ({_NAMED}))
"""

_ARTIST_STATEMENTS: Final = upsert("artist_statement", ("passage_id", "artist_id", "name"), (STATED_AT,), _NAMED)

_DROP_WORK_STATEMENTS: Final = """
DELETE FROM work_statement
WHERE passage_id IN (SELECT passage_id FROM temp.staged_link) AND NOT EXISTS (
    SELECT 1 FROM temp.staged_link AS l CROSS JOIN temp.staged_work AS w ON w.link_id = l.id
    CROSS JOIN work ON work.mbid = w.mbid
    WHERE l.passage_id = work_statement.passage_id AND work.id = work_statement.work_id
)
"""

_OF_WORK: Final = ("title", "composers", "stated_ns")

_WORK_STATEMENTS: Final = upsert(
    "work_statement",
    ("passage_id", "work_id"),
    ("title", "composers", STATED_AT),
    f"""
    SELECT l.passage_id, work.id, {", ".join(f"max(w.{column})" for column in _OF_WORK)}, l.run_id
    FROM temp.staged_work AS w
    CROSS JOIN temp.staged_link AS l ON l.id = w.link_id
    CROSS JOIN work ON work.mbid = w.mbid
    WHERE true
    GROUP BY l.passage_id, work.id
    """,
)

# A passage without evidence has no document.
_DROP_EVIDENCE: Final = """
DELETE FROM passage_evidence WHERE passage_id IN (SELECT passage_id FROM temp.staged_link WHERE evidence = '[]')
"""

_EVIDENCE: Final = """
INSERT INTO passage_evidence (passage_id, statements, run_id)
SELECT passage_id, evidence, run_id FROM temp.staged_link WHERE evidence <> '[]'
ON CONFLICT (passage_id) DO UPDATE SET statements = excluded.statements, run_id = excluded.run_id
WHERE passage_evidence.statements <> excluded.statements
"""

# Ranks have no gaps, so the candidates to delete are those after the last new rank.
_DROP_CANDIDATES: Final = """
DELETE FROM candidate
WHERE passage_id IN (SELECT passage_id FROM temp.staged_link) AND rank > (
    SELECT l.candidates FROM temp.staged_link AS l WHERE l.passage_id = candidate.passage_id
)
"""

_CANDIDATES: Final = """
INSERT INTO candidate (
    passage_id, rank, recording, title, artists, seconds, confidence, log_odds, terms, caps, release, album, medium,
    track, run_id
)
SELECT l.passage_id, c.rank, c.recording, c.title, c.artists, c.seconds, c.confidence, c.log_odds, c.terms, c.caps,
    c.release, c.album, c.medium, c.track, l.run_id
FROM temp.staged_candidate AS c CROSS JOIN temp.staged_link AS l ON l.id = c.link_id
WHERE true
ON CONFLICT (passage_id, rank) DO UPDATE SET
    recording = excluded.recording, title = excluded.title, artists = excluded.artists, seconds = excluded.seconds,
    confidence = excluded.confidence, log_odds = excluded.log_odds, terms = excluded.terms, caps = excluded.caps,
    release = excluded.release, album = excluded.album, medium = excluded.medium, track = excluded.track,
    run_id = excluded.run_id
WHERE (
    candidate.recording, candidate.title, candidate.artists, candidate.seconds, candidate.confidence,
    candidate.log_odds, candidate.terms, candidate.caps, candidate.release, candidate.album, candidate.medium,
    candidate.track
) IS NOT (
    excluded.recording, excluded.title, excluded.artists, excluded.seconds, excluded.confidence,
    excluded.log_odds, excluded.terms, excluded.caps, excluded.release, excluded.album, excluded.medium,
    excluded.track
)
"""

_STATES: Final = """
UPDATE passage SET link_state = l.state, link_reason = l.reason, link_run = l.run_id, link_doubt = l.doubt,
    link_confidence = l.confidence, link_weights = l.weights, link_retry_ns = l.retry_ns, link_asked_ns = NULL,
    link_attempts = 0
FROM temp.staged_link AS l
WHERE passage.id = l.passage_id AND (
    passage.link_state, passage.link_reason, passage.link_doubt, passage.link_confidence, passage.link_weights,
    passage.link_retry_ns, passage.link_asked_ns, passage.link_attempts
) IS NOT (l.state, l.reason, l.doubt, l.confidence, l.weights, l.retry_ns, NULL, 0)
"""

# The links could not be stored: their passages stop waiting, or the linker would pull them for ever.
GIVE_UP_LINKS: Final = """
UPDATE passage SET link_state = 'failed', link_reason = :reason, link_retry_ns = NULL, link_asked_ns = NULL,
    link_run = (SELECT run.id FROM run WHERE run.id = :run)
WHERE file_id = (SELECT file.id FROM file WHERE file.path = :path) AND retired_ns IS NULL
    AND (link_state = 'waiting' OR link_retry_ns IS NOT NULL)
"""

LINKED_WITH_ANALYSIS: Final = """
SELECT n.seq, l.guid FROM temp.staged_link AS l CROSS JOIN temp.staged_passage AS n ON n.id = l.staged_id ORDER BY l.id
"""
"""The passages that were linked by decisions that came with their analysis, with the number of the message."""

FIND_OWN_LINKS: Final = (_OWN,)
RESOLVE_LINKS: Final = (_RESOLVE, _IGNORE_UNKNOWN)
STORE_LINKS: Final = (
    *(_DROP_SONGS, _PASSAGE_SONGS, _DROP_ALBUMS, _PASSAGE_ALBUMS),
    *(_DROP_ARTIST_STATEMENTS, _ARTIST_STATEMENTS, _DROP_WORK_STATEMENTS, _WORK_STATEMENTS),
    *(_DROP_EVIDENCE, _EVIDENCE, _DROP_CANDIDATES, _STATES),
)
STORE_CANDIDATES: Final = (_CANDIDATES,)
