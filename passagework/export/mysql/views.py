"""Views for players: the playable passages, with cue points in seconds and display names."""

from typing import Final

from passagework.domain.units import TICKS_PER_SECOND

Views = tuple[tuple[str, str], ...]

PLAYABLE_PASSAGE: Final = f"""
CREATE OR REPLACE SQL SECURITY INVOKER VIEW playable_passage AS
SELECT
    p.id AS passage_id,
    p.guid AS guid,
    f.id AS file_id,
    f.path AS path,
    f.path_text AS path_text,
    p.start_ticks / {TICKS_PER_SECOND}e0 AS start_seconds,
    p.end_ticks / {TICKS_PER_SECOND}e0 AS end_seconds,
    (p.end_ticks - p.start_ticks) / {TICKS_PER_SECOND}e0 AS duration_seconds,
    p.lead_in_ticks / {TICKS_PER_SECOND}e0 AS lead_in_seconds,
    p.lead_out_ticks / {TICKS_PER_SECOND}e0 AS lead_out_seconds,
    p.fade_in_ticks / {TICKS_PER_SECOND}e0 AS fade_in_seconds,
    p.fade_out_ticks / {TICKS_PER_SECOND}e0 AS fade_out_seconds,
    p.loudness_integrated AS loudness_lufs,
    p.true_peak AS true_peak_dbtp,
    COALESCE(p.user_title, (
        SELECT GROUP_CONCAT(COALESCE(s.user_title, s.title) ORDER BY ps.start_ticks, s.mbid SEPARATOR ' / ')
        FROM passage_song ps JOIN song s ON s.id = ps.song_id WHERE ps.passage_id = p.id
    ), t.title) AS title,
    COALESCE((
        SELECT GROUP_CONCAT(DISTINCT COALESCE(a.user_name, a.name) ORDER BY sa.position, a.id SEPARATOR ' & ')
        FROM passage_song ps JOIN song_artist sa ON sa.song_id = ps.song_id JOIN artist a ON a.id = sa.artist_id
        WHERE ps.passage_id = p.id
    ), t.artist) AS artists,
    COALESCE((
        SELECT COALESCE(b.user_title, b.title) FROM passage_album pa JOIN album b ON b.id = pa.album_id
        WHERE pa.passage_id = p.id ORDER BY b.mbid DESC LIMIT 1
    ), t.album) AS album,
    COALESCE((
        SELECT pa.medium FROM passage_album pa JOIN album b ON b.id = pa.album_id
        WHERE pa.passage_id = p.id ORDER BY b.mbid DESC LIMIT 1
    ), t.medium) AS medium,
    COALESCE((
        SELECT pa.track FROM passage_album pa JOIN album b ON b.id = pa.album_id
        WHERE pa.passage_id = p.id ORDER BY b.mbid DESC LIMIT 1
    ), t.track) AS track,
    p.link_state AS link_state,
    p.link_confidence AS confidence,
    p.approval AS approval,
    p.probability AS probability
FROM passage p
JOIN file f ON f.id = p.file_id
LEFT JOIN file_tags t ON t.file_id = f.id
WHERE p.retired_ns IS NULL AND f.missing_run IS NULL AND NOT (p.approval <=> 'rejected')
"""  # noqa: S608 - a number of this project

PASSAGE_ARTIST: Final = """
CREATE OR REPLACE SQL SECURITY INVOKER VIEW passage_artist AS
SELECT ps.passage_id AS passage_id, s.id AS song_id, s.mbid AS recording_mbid, a.id AS artist_id, a.mbid AS artist_mbid,
    COALESCE(a.user_name, a.name) AS name, sa.weight AS weight, sa.position AS position
FROM passage_song ps
JOIN song s ON s.id = ps.song_id
JOIN song_artist sa ON sa.song_id = s.id
JOIN artist a ON a.id = sa.artist_id
"""

VIEWS: Final[Views] = (("playable_passage", PLAYABLE_PASSAGE), ("passage_artist", PASSAGE_ARTIST))
"""Each view with its SQL. User values override imported values."""
