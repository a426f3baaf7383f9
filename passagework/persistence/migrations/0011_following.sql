-- A library that follows the music: what was true of a file when it was last read is kept beside what is shown.

-- Statements: what the tags of each file and the services say about entities, from which their names are derived.

-- What the decision about a passage states of its song and album stands beside the link, under names that no query of
-- songs and albums uses. stated_at_ns is when MusicBrainz stated it; NULL: tags do. artists, works and composers are JSON
-- lists of MBIDs in their order; NULL: none is stated.
ALTER TABLE passage_song ADD COLUMN stated_title TEXT;
ALTER TABLE passage_song ADD COLUMN stated_artists TEXT;
ALTER TABLE passage_song ADD COLUMN stated_works TEXT;
ALTER TABLE passage_song ADD COLUMN stated_at_ns INTEGER;
ALTER TABLE passage_album ADD COLUMN stated_title TEXT;
ALTER TABLE passage_album ADD COLUMN stated_release_group TEXT;
ALTER TABLE passage_album ADD COLUMN stated_date TEXT;
ALTER TABLE passage_album ADD COLUMN stated_country TEXT;
ALTER TABLE passage_album ADD COLUMN stated_labels TEXT;
ALTER TABLE passage_album ADD COLUMN stated_media TEXT;
ALTER TABLE passage_album ADD COLUMN stated_cover_art INTEGER CHECK (stated_cover_art IN (0, 1));
ALTER TABLE passage_album ADD COLUMN stated_artists TEXT;
ALTER TABLE passage_album ADD COLUMN stated_at_ns INTEGER;

-- A passage may name an artist several times: as that of its song, of its album, and as a composer.
CREATE TABLE artist_statement (
    passage_id INTEGER NOT NULL REFERENCES passage,
    artist_id INTEGER NOT NULL REFERENCES artist,
    name TEXT NOT NULL,
    stated_at_ns INTEGER,
    run_id INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (passage_id, artist_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX artist_statement_artist ON artist_statement (artist_id);

CREATE TABLE work_statement (
    passage_id INTEGER NOT NULL REFERENCES passage,
    work_id INTEGER NOT NULL REFERENCES work,
    title TEXT,
    composers TEXT,
    stated_at_ns INTEGER,
    run_id INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (passage_id, work_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX work_statement_work ON work_statement (work_id);

-- Of a song that files call by titles that contradict each other: the title beside the one that is shown.
ALTER TABLE song ADD COLUMN rival_title TEXT;
CREATE INDEX song_rival ON song (id) WHERE rival_title IS NOT NULL;

-- Until they are decided again, the passages of a library that exists state what is shown.
UPDATE passage_song SET (stated_title, stated_artists, stated_works, stated_at_ns) = (
    SELECT s.title,
        (SELECT json_group_array(mbid) FROM (
            SELECT a.mbid FROM song_artist AS k JOIN artist AS a ON a.id = k.artist_id
            WHERE k.song_id = s.id ORDER BY k.position, a.mbid
        ) HAVING count(*) > 0),
        (SELECT json_group_array(mbid) FROM (
            SELECT w.mbid FROM song_work AS k JOIN work AS w ON w.id = k.work_id
            WHERE k.song_id = s.id ORDER BY k.position, w.mbid
        ) HAVING count(*) > 0),
        s.stated_ns
    FROM song AS s WHERE s.id = passage_song.song_id
);
UPDATE passage_album SET (
    stated_title, stated_release_group, stated_date, stated_country, stated_labels, stated_media, stated_cover_art,
    stated_artists, stated_at_ns
) = (
    SELECT b.title, b.release_group, b.date, b.country, b.labels, b.media, b.cover_art,
        (SELECT json_group_array(mbid) FROM (
            SELECT a.mbid FROM album_artist AS k JOIN artist AS a ON a.id = k.artist_id
            WHERE k.album_id = b.id ORDER BY k.position, a.mbid
        ) HAVING count(*) > 0),
        b.stated_ns
    FROM album AS b WHERE b.id = passage_album.album_id
);
INSERT INTO work_statement (passage_id, work_id, title, composers, stated_at_ns, run_id)
SELECT ps.passage_id, w.id, w.title,
    (SELECT json_group_array(mbid) FROM (
        SELECT a.mbid FROM work_artist AS k JOIN artist AS a ON a.id = k.artist_id
        WHERE k.work_id = w.id AND k.role = 'composer' ORDER BY k.position, a.mbid
    ) HAVING count(*) > 0),
    w.stated_ns, min(ps.run_id)
FROM passage_song AS ps JOIN song_work AS sw ON sw.song_id = ps.song_id JOIN work AS w ON w.id = sw.work_id
GROUP BY ps.passage_id, w.id;
INSERT INTO artist_statement (passage_id, artist_id, name, stated_at_ns, run_id)
SELECT n.passage_id, a.id, a.name, a.stated_ns, min(n.run_id)
FROM (
    SELECT ps.passage_id, k.artist_id, ps.run_id
    FROM passage_song AS ps JOIN song_artist AS k ON k.song_id = ps.song_id
    UNION ALL SELECT pa.passage_id, k.artist_id, pa.run_id
    FROM passage_album AS pa JOIN album_artist AS k ON k.album_id = pa.album_id
    UNION ALL SELECT ps.passage_id, k.artist_id, ps.run_id
    FROM passage_song AS ps JOIN song_work AS sw ON sw.song_id = ps.song_id
    JOIN work_artist AS k ON k.work_id = sw.work_id
) AS n JOIN artist AS a ON a.id = n.artist_id
WHERE a.name IS NOT NULL
GROUP BY n.passage_id, a.id;
-- Rows in the journal of earlier runs have no statements. What undo puts back of them, with -1 for stated_at_ns, is decided
-- again.
UPDATE before_image SET c9 = -1 WHERE of_table = 'passage_song';
UPDATE before_image SET c14 = -1 WHERE of_table = 'passage_album';
-- What tags alone decided is decided again at the next import, from the stored tags.
UPDATE passage SET link_state = 'waiting', link_retry_ns = NULL
WHERE retired_ns IS NULL AND link_confidence IS NULL AND link_state IN ('linked', 'text-only') AND id IN (
    SELECT passage_id FROM passage_song UNION SELECT passage_id FROM passage_album
);

-- Identity: what a file is known by beside its path, and the places where it is found.

-- States: what leaves lists and exports without being deleted.

-- Runs: what each run found, by name.

-- Parts: the version and settings that made each part of an analysis.

-- Names: what the names of files and folders say.

-- The end of the step.
