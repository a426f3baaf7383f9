"""Songs, artists, works and albums: the statements that store them for a whole batch at once.

Entities are found by their MBID and keep their row. What MusicBrainz states replaces what tags state, and what it
stated earlier. Otherwise the smallest text stays, lists are merged, and weights are equal. So the library has the same
content in whatever order files and answers arrive.

The order of the statements matters. Mergers come first: links are resolved with them. Then artists, works, songs and
albums, since the junctions refer to their rows. Then the junctions: artists of a song that MusicBrainz does not credit
are deleted before those that it credits are inserted, and the weights are made equal last, when all are known.
"""

from typing import Final


def _settle(table: str, source: str, columns: tuple[str, ...], stated: str) -> str:
    """Write the statement for one kind of entity; ``stated`` selects link_id, mbid, stated_ns and the columns.

    If the entity is known already, there are four cases for a column:

    - its source is neither tags nor MusicBrainz: it stays;
    - MusicBrainz states it later than the stored value (tags count as older than everything): it is replaced, unless
      the new value is NULL;
    - both come from tags, or from the same answer: the smaller text stays, and any text replaces NULL;
    - the stored value is later: it stays.
    """
    is_open = f"{table}.{source} IN ('tags', 'musicbrainz')"
    newer = f"coalesce(excluded.stated_ns, -1) > coalesce({table}.stated_ns, -1)"
    same = f"excluded.stated_ns IS {table}.stated_ns"
    settled = {c: f"coalesce(min({table}.{c}, excluded.{c}), {table}.{c}, excluded.{c})" for c in columns}
    changes = ", ".join(
        f"{c} = CASE WHEN NOT {is_open} THEN {table}.{c} WHEN {newer} THEN coalesce(excluded.{c}, {table}.{c}) "
        f"WHEN {same} THEN {settled[c]} ELSE {table}.{c} END"
        for c in columns
    )
    are = ", ".join(f"{table}.{c}" for c in columns)
    return f"""
INSERT INTO {table} (mbid, {", ".join(columns)}, {source}, stated_ns, first_run)
SELECT s.mbid, {", ".join(f"min(s.{c})" for c in columns)}, iif(s.stated_ns IS NULL, 'tags', 'musicbrainz'),
    s.stated_ns, min(l.run_id)
FROM ({stated}) AS s JOIN temp.staged_link AS l ON l.id = s.link_id
GROUP BY s.mbid, s.stated_ns ORDER BY s.mbid, s.stated_ns
ON CONFLICT (mbid) DO UPDATE SET {changes},
    {source} = iif({is_open} AND {newer}, excluded.{source}, {table}.{source}),
    stated_ns = iif({is_open} AND {newer}, excluded.stated_ns, {table}.stated_ns),
    first_run = min({table}.first_run, excluded.first_run)
WHERE excluded.first_run < {table}.first_run
    OR ({is_open} AND ({newer} OR ({same} AND ({are}) IS NOT ({", ".join(settled.values())}))))
"""


_ARTISTS: Final = _settle(
    "artist",
    "name_source",
    ("name",),
    """
    SELECT link_id, mbid, stated_ns, name FROM temp.staged_credit
    UNION ALL SELECT link_id, mbid, stated_ns, name FROM temp.staged_album_artist
    UNION ALL SELECT link_id, mbid, stated_ns, name FROM temp.staged_composer
    """,
)

_WORKS: Final = _settle(
    "work", "title_source", ("title",), "SELECT link_id, mbid, stated_ns, title FROM temp.staged_work"
)

_SONGS: Final = _settle(
    "song", "title_source", ("title",), "SELECT link_id, mbid, stated_ns, title FROM temp.staged_song"
)

_ALBUMS: Final = _settle(
    "album",
    "title_source",
    ("title", "release_group", "date", "country", "labels", "media", "cover_art"),
    """
    SELECT link_id, mbid, stated_ns, title, release_group, date, country, labels, media, cover_art
    FROM temp.staged_album
    """,
)

# Once MusicBrainz has credited a song, artists that only tags name are deleted, unless a person has set the weights.
# Undo restores what is deleted here.
_DROP_SONG_ARTISTS: Final = """
DELETE FROM song_artist
WHERE song_id IN (
    SELECT song.id FROM temp.staged_credit AS c CROSS JOIN song ON song.mbid = c.song_mbid
    WHERE c.song_stated_ns = song.stated_ns
)
AND NOT EXISTS (SELECT 1 FROM song_artist AS k WHERE k.song_id = song_artist.song_id AND k.weight_source <> 'equal')
AND song_id || ' ' || artist_id NOT IN (
    SELECT song.id || ' ' || artist.id FROM temp.staged_credit AS c
    CROSS JOIN song ON song.mbid = c.song_mbid
    CROSS JOIN artist ON artist.mbid = c.mbid
    WHERE c.song_stated_ns = song.stated_ns
)
"""

# A new artist of a song whose weights a person set has weight 0 until a person changes it.
_SONG_ARTISTS: Final = """
INSERT INTO song_artist (song_id, artist_id, position, weight, first_run)
SELECT song.id, artist.id, min(c.position),
    NOT EXISTS (SELECT 1 FROM song_artist AS k WHERE k.song_id = song.id AND k.weight_source <> 'equal'),
    min(l.run_id)
FROM temp.staged_credit AS c
CROSS JOIN temp.staged_link AS l ON l.id = c.link_id
CROSS JOIN song ON song.mbid = c.song_mbid
CROSS JOIN artist ON artist.mbid = c.mbid
WHERE c.song_stated_ns IS song.stated_ns
GROUP BY song.id, artist.id
ON CONFLICT (song_id, artist_id) DO UPDATE SET
    position = min(position, excluded.position), first_run = min(first_run, excluded.first_run)
WHERE excluded.position < song_artist.position OR excluded.first_run < song_artist.first_run
"""

# After all inserts and deletes: the number of artists is known only then.
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

# After works and artists, whose rows it refers to. Few links have composers, so it is skipped for the others.
_COMPOSERS: Final = """
INSERT INTO work_artist (work_id, artist_id, role, position, first_run)
SELECT work.id, artist.id, 'composer', min(c.position), min(l.run_id)
FROM temp.staged_composer AS c
CROSS JOIN temp.staged_link AS l ON l.id = c.link_id
CROSS JOIN work ON work.mbid = c.work_mbid
CROSS JOIN artist ON artist.mbid = c.mbid
GROUP BY work.id, artist.id
ON CONFLICT (work_id, artist_id, role) DO UPDATE SET
    position = min(position, excluded.position), first_run = min(first_run, excluded.first_run)
WHERE excluded.position < work_artist.position OR excluded.first_run < work_artist.first_run
"""

# Of contradicting mergers in one batch the largest MBID counts, so that the order of messages does not matter.
_MERGED: Final = """
INSERT INTO merged_mbid (old, new, first_run)
SELECT old, max(new), min(run_id) FROM temp.staged_merger GROUP BY old
ON CONFLICT (old) DO UPDATE SET new = excluded.new WHERE merged_mbid.new <> excluded.new
"""

STORE_MERGERS: Final = (_MERGED,)
STORE_ENTITIES: Final = (
    *(_ARTISTS, _WORKS, _SONGS, _ALBUMS),
    *(_DROP_SONG_ARTISTS, _SONG_ARTISTS, _EQUAL_WEIGHTS, _SONG_WORKS, _ALBUM_ARTISTS),
)
STORE_COMPOSERS: Final = (_COMPOSERS,)
