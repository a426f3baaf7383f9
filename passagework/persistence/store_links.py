"""Songs, artists, works, albums and the links to them: the statements that store them for a whole batch at once.

Entities are found by their MBID and keep their row. Names that come from tags settle on the smallest text, lists on
the union, weights on equal shares: whatever the order in which files arrive, the library ends up the same.
"""

from typing import Final

# A passage that was retired, or belongs to another file than the message says, is no longer to be linked; nor is one
# whose tags or neighbours have changed since the linker looked.
_RESOLVE: Final = """
UPDATE temp.staged_link SET passage_id = (
    SELECT p.id FROM passage AS p JOIN file ON file.id = p.file_id
    WHERE p.guid = staged_link.guid AND file.path = staged_link.path AND p.retired_ns IS NULL
        AND coalesce(staged_link.revision, file.link_revision) = file.link_revision
)
"""

_IGNORE_UNKNOWN: Final = "DELETE FROM temp.staged_link WHERE passage_id IS NULL"

_ARTISTS: Final = """
INSERT INTO artist (mbid, name, first_run)
SELECT c.mbid, min(c.name), min(l.run_id)
FROM (
    SELECT link_id, mbid, name FROM temp.staged_credit
    UNION ALL SELECT link_id, mbid, name FROM temp.staged_album_artist
) AS c JOIN temp.staged_link AS l ON l.id = c.link_id
GROUP BY c.mbid ORDER BY c.mbid
ON CONFLICT (mbid) DO UPDATE SET
    name = iif(name_source = 'tags', coalesce(min(name, excluded.name), name, excluded.name), name),
    first_run = min(first_run, excluded.first_run)
WHERE excluded.first_run < artist.first_run
    OR (name_source = 'tags' AND excluded.name IS NOT NULL AND (artist.name IS NULL OR excluded.name < artist.name))
"""

_WORKS: Final = """
INSERT INTO work (mbid, title, first_run)
SELECT w.mbid, min(w.title), min(l.run_id)
FROM temp.staged_work AS w JOIN temp.staged_link AS l ON l.id = w.link_id
GROUP BY w.mbid ORDER BY w.mbid
ON CONFLICT (mbid) DO UPDATE SET
    title = iif(title_source = 'tags', coalesce(min(title, excluded.title), title, excluded.title), title),
    first_run = min(first_run, excluded.first_run)
WHERE excluded.first_run < work.first_run
    OR (title_source = 'tags' AND excluded.title IS NOT NULL AND (work.title IS NULL OR excluded.title < work.title))
"""

_SONGS: Final = """
INSERT INTO song (mbid, title, first_run)
SELECT s.mbid, min(s.title), min(l.run_id)
FROM temp.staged_song AS s JOIN temp.staged_link AS l ON l.id = s.link_id
GROUP BY s.mbid ORDER BY s.mbid
ON CONFLICT (mbid) DO UPDATE SET
    title = iif(title_source = 'tags', coalesce(min(title, excluded.title), title, excluded.title), title),
    first_run = min(first_run, excluded.first_run)
WHERE excluded.first_run < song.first_run
    OR (title_source = 'tags' AND excluded.title IS NOT NULL AND (song.title IS NULL OR excluded.title < song.title))
"""

_ALBUMS: Final = """
INSERT INTO album (mbid, title, release_group, date, first_run)
SELECT a.mbid, min(a.title), min(a.release_group), min(a.date), min(l.run_id)
FROM temp.staged_album AS a JOIN temp.staged_link AS l ON l.id = a.link_id
GROUP BY a.mbid ORDER BY a.mbid
ON CONFLICT (mbid) DO UPDATE SET
    title = iif(title_source = 'tags', coalesce(min(title, excluded.title), title, excluded.title), title),
    release_group = iif(title_source = 'tags',
        coalesce(min(release_group, excluded.release_group), release_group, excluded.release_group), release_group),
    date = iif(title_source = 'tags', coalesce(min(date, excluded.date), date, excluded.date), date),
    first_run = min(first_run, excluded.first_run)
WHERE excluded.first_run < album.first_run
    OR (title_source = 'tags' AND (
        (excluded.title IS NOT NULL AND (album.title IS NULL OR excluded.title < album.title))
        OR (excluded.release_group IS NOT NULL
            AND (album.release_group IS NULL OR excluded.release_group < album.release_group))
        OR (excluded.date IS NOT NULL AND (album.date IS NULL OR excluded.date < album.date))
    ))
"""

# An artist new to a song whose weights somebody set counts for nothing until somebody says otherwise.
_SONG_ARTISTS: Final = """
INSERT INTO song_artist (song_id, artist_id, position, weight, first_run)
SELECT song.id, artist.id, min(c.position),
    NOT EXISTS (SELECT 1 FROM song_artist AS k WHERE k.song_id = song.id AND k.weight_source <> 'equal'),
    min(l.run_id)
FROM temp.staged_credit AS c
CROSS JOIN temp.staged_link AS l ON l.id = c.link_id
CROSS JOIN song ON song.mbid = c.song_mbid
CROSS JOIN artist ON artist.mbid = c.mbid
GROUP BY song.id, artist.id
ON CONFLICT (song_id, artist_id) DO UPDATE SET
    position = min(position, excluded.position), first_run = min(first_run, excluded.first_run)
WHERE excluded.position < song_artist.position OR excluded.first_run < song_artist.first_run
"""

_EQUAL_WEIGHTS: Final = """
UPDATE song_artist SET weight = shares.weight
FROM (
    SELECT k.song_id, 1.0 / count(*) AS weight, max(k.weight_source <> 'equal') AS set_by_somebody
    FROM song_artist AS k
    WHERE k.song_id IN (SELECT song.id FROM temp.staged_credit AS c CROSS JOIN song ON song.mbid = c.song_mbid)
    GROUP BY k.song_id
) AS shares
WHERE song_artist.song_id = shares.song_id AND NOT shares.set_by_somebody AND song_artist.weight <> shares.weight
"""

_SONG_WORKS: Final = """
INSERT INTO song_work (song_id, work_id, position, first_run)
SELECT song.id, work.id, min(w.position), min(l.run_id)
FROM temp.staged_work AS w
CROSS JOIN temp.staged_link AS l ON l.id = w.link_id
CROSS JOIN song ON song.mbid = w.song_mbid
CROSS JOIN work ON work.mbid = w.mbid
GROUP BY song.id, work.id
ON CONFLICT (song_id, work_id) DO UPDATE SET
    position = min(position, excluded.position), first_run = min(first_run, excluded.first_run)
WHERE excluded.position < song_work.position OR excluded.first_run < song_work.first_run
"""

_ALBUM_ARTISTS: Final = """
INSERT INTO album_artist (album_id, artist_id, position, first_run)
SELECT album.id, artist.id, min(a.position), min(l.run_id)
FROM temp.staged_album_artist AS a
CROSS JOIN temp.staged_link AS l ON l.id = a.link_id
CROSS JOIN album ON album.mbid = a.album_mbid
CROSS JOIN artist ON artist.mbid = a.mbid
GROUP BY album.id, artist.id
ON CONFLICT (album_id, artist_id) DO UPDATE SET
    position = min(position, excluded.position), first_run = min(first_run, excluded.first_run)
WHERE excluded.position < album_artist.position OR excluded.first_run < album_artist.first_run
"""

# The links of a passage are replaced: what the decision no longer names goes, what it names stays or comes.
_DROP_SONGS: Final = """
DELETE FROM passage_song
WHERE passage_id IN (SELECT passage_id FROM temp.staged_link) AND NOT EXISTS (
    SELECT 1 FROM temp.staged_link AS l CROSS JOIN temp.staged_song AS s ON s.link_id = l.id
    CROSS JOIN song ON song.mbid = s.mbid
    WHERE l.passage_id = passage_song.passage_id AND song.id = passage_song.song_id
        AND s.start_ticks = passage_song.start_ticks
)
"""

_PASSAGE_SONGS: Final = """
INSERT INTO passage_song (passage_id, song_id, start_ticks, end_ticks, run_id)
SELECT l.passage_id, song.id, s.start_ticks, max(s.end_ticks), l.run_id
FROM temp.staged_song AS s
CROSS JOIN temp.staged_link AS l ON l.id = s.link_id
CROSS JOIN song ON song.mbid = s.mbid
GROUP BY l.passage_id, s.start_ticks, song.id
ON CONFLICT (passage_id, start_ticks, song_id) DO UPDATE SET end_ticks = excluded.end_ticks, run_id = excluded.run_id
WHERE passage_song.end_ticks <> excluded.end_ticks
"""

_DROP_ALBUMS: Final = """
DELETE FROM passage_album
WHERE passage_id IN (SELECT passage_id FROM temp.staged_link) AND NOT EXISTS (
    SELECT 1 FROM temp.staged_link AS l CROSS JOIN temp.staged_album AS a ON a.link_id = l.id
    CROSS JOIN album ON album.mbid = a.mbid
    WHERE l.passage_id = passage_album.passage_id AND album.id = passage_album.album_id
)
"""

_PASSAGE_ALBUMS: Final = """
INSERT INTO passage_album (passage_id, album_id, medium, track, run_id)
SELECT l.passage_id, album.id, a.medium, a.track, l.run_id
FROM temp.staged_album AS a
CROSS JOIN temp.staged_link AS l ON l.id = a.link_id
CROSS JOIN album ON album.mbid = a.mbid
WHERE true
ON CONFLICT (passage_id, album_id) DO UPDATE SET
    medium = excluded.medium, track = excluded.track, run_id = excluded.run_id
WHERE (passage_album.medium, passage_album.track) IS NOT (excluded.medium, excluded.track)
"""

# The evidence of a link is one JSON text in its row: a row for each of some 14 statements would take long to bind.
# One text is compared, since after each miss of a NOT IN over several columns SQLite reads all the rows for a NULL.
_DROP_EVIDENCE: Final = """
DELETE FROM evidence
WHERE passage_id IN (SELECT passage_id FROM temp.staged_link)
    AND passage_id || ' ' || source || ' ' || kind || ' ' || value NOT IN (
        SELECT l.passage_id || ' ' || json_extract(e.value, '$[0]') || ' ' || json_extract(e.value, '$[1]')
            || ' ' || json_extract(e.value, '$[2]')
        FROM temp.staged_link AS l CROSS JOIN json_each(l.evidence) AS e
    )
"""

_EVIDENCE: Final = """
INSERT INTO evidence (passage_id, source, kind, value, position, run_id)
SELECT l.passage_id, json_extract(e.value, '$[0]'), json_extract(e.value, '$[1]'), json_extract(e.value, '$[2]'),
    e.key, l.run_id
FROM temp.staged_link AS l CROSS JOIN json_each(l.evidence) AS e
WHERE true
ON CONFLICT (passage_id, source, kind, value) DO UPDATE SET position = excluded.position
WHERE evidence.position <> excluded.position
"""

_STATES: Final = """
UPDATE passage SET link_state = l.state, link_reason = l.reason, link_run = l.run_id
FROM temp.staged_link AS l
WHERE passage.id = l.passage_id AND (passage.link_state, passage.link_reason) IS NOT (l.state, l.reason)
"""

# The message itself could not be stored: its passages no longer wait, or the linker would pull them for ever.
GIVE_UP_LINKS: Final = """
UPDATE passage SET link_state = 'failed', link_reason = :reason,
    link_run = (SELECT run.id FROM run WHERE run.id = :run)
WHERE file_id = (SELECT file.id FROM file WHERE file.path = :path) AND retired_ns IS NULL AND link_state = 'waiting'
"""

RESOLVE_LINKS: Final = (_RESOLVE, _IGNORE_UNKNOWN)
STORE_ENTITIES: Final = (_ARTISTS, _WORKS, _SONGS, _ALBUMS, _SONG_ARTISTS, _EQUAL_WEIGHTS, _SONG_WORKS, _ALBUM_ARTISTS)
STORE_LINKS: Final = (
    *(_DROP_SONGS, _PASSAGE_SONGS, _DROP_ALBUMS, _PASSAGE_ALBUMS, _DROP_EVIDENCE, _EVIDENCE, _STATES),
)
