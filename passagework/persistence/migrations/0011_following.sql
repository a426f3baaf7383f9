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

-- A passage may name an artist several times: as that of its song, of its album, and as a composer. name: '' for one whose
-- name it does not say.
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
SELECT n.passage_id, a.id, coalesce(a.name, ''), a.stated_ns, min(n.run_id)
FROM (
    SELECT ps.passage_id, k.artist_id, ps.run_id
    FROM passage_song AS ps JOIN song_artist AS k ON k.song_id = ps.song_id
    UNION ALL SELECT pa.passage_id, k.artist_id, pa.run_id
    FROM passage_album AS pa JOIN album_artist AS k ON k.album_id = pa.album_id
    UNION ALL SELECT ps.passage_id, k.artist_id, ps.run_id
    FROM passage_song AS ps JOIN song_work AS sw ON sw.song_id = ps.song_id
    JOIN work_artist AS k ON k.work_id = sw.work_id
) AS n JOIN artist AS a ON a.id = n.artist_id
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

-- When the inode of the file last changed. NULL: unknown, as in a library made before; that is no change.
ALTER TABLE file ADD COLUMN ctime_ns INTEGER;
ALTER TABLE attempt ADD COLUMN ctime_ns INTEGER;

-- What else has the size and the time of a file that appears may be this file, under its former name.
CREATE INDEX file_content ON file (size, mtime_ns);

-- What has the audio of a file that is gone may be that file.
CREATE INDEX file_gone ON file (audio_hash) WHERE missing_run IS NOT NULL;

-- The other places of a file: hard links, symbolic links, and what is mounted or linked twice. file.path is the best one.
CREATE TABLE file_place (
    path BLOB PRIMARY KEY,
    path_text TEXT NOT NULL,
    file_id INTEGER NOT NULL REFERENCES file,
    folder_id INTEGER NOT NULL REFERENCES folder,
    run_id INTEGER NOT NULL REFERENCES run
) STRICT, WITHOUT ROWID;
CREATE INDEX file_place_file ON file_place (file_id);
CREATE INDEX file_place_folder ON file_place (folder_id);

-- States: what leaves lists and exports without being deleted.

-- The run that found the file left out by the rules of the scan, though it is on the disk; NULL while it is not. Never
-- set together with missing_run.
ALTER TABLE file ADD COLUMN excluded_run INTEGER REFERENCES run;
CREATE INDEX file_excluded ON file (excluded_run) WHERE excluded_run IS NOT NULL;

-- The folders with music in or below them, as the last scan that came through found them: by these a folder that stands
-- in for one on a disk that is not there is known. mounted: a file system begins there. Not part of the journal, since
-- it says nothing of the library.
CREATE TABLE seen_folder (
    path BLOB PRIMARY KEY,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    mounted INTEGER NOT NULL CHECK (mounted IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Earlier versions took files with such names for music. They are left out until a scan has judged them again.
UPDATE file SET excluded_run = (SELECT max(id) FROM run)
WHERE missing_run IS NULL AND (
    path_text GLOB '*~' OR path_text GLOB '*/._*' OR lower(path_text) GLOB '*.part' OR lower(path_text) GLOB '*.partial'
    OR lower(path_text) GLOB '*.filepart' OR lower(path_text) GLOB '*.crdownload' OR lower(path_text) GLOB '*.!qb'
    OR lower(path_text) GLOB '*.tmp' OR lower(path_text) GLOB '*.bak' OR lower(path_text) GLOB '*.old'
    OR lower(path_text) GLOB '*.orig' OR lower(path_text) GLOB '*.wvc' OR path_text GLOB '*_original'
);

-- Runs: what each run found, by name.

-- What a run found of the content of a file that it worked on (domain/changes.py). NULL: from before this was kept.
ALTER TABLE run_file ADD COLUMN what TEXT;

-- What a run found of the place of a file. from_path: where a file that was moved had been.
CREATE TABLE run_change (
    run_id INTEGER NOT NULL REFERENCES run,
    file_id INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,
    what TEXT NOT NULL,
    from_path BLOB,
    from_path_text TEXT,
    PRIMARY KEY (run_id, file_id, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_change_file ON run_change (file_id);

-- The settings of runs, each text once.
CREATE TABLE run_settings (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO run_settings (text) SELECT config_text FROM run GROUP BY config_text ORDER BY min(id);
ALTER TABLE run ADD COLUMN settings_id INTEGER REFERENCES run_settings;
UPDATE run SET settings_id = (SELECT s.id FROM run_settings AS s WHERE s.text = config_text);
ALTER TABLE run DROP COLUMN config_text;

-- Written when the run is closed. changed: whether it changed anything in the library. found: how many files it found what
-- of (JSON); NULL: from before this was kept. has_findings: run_file and run_change say all of it by name, which is kept
-- of the latest runs.
ALTER TABLE run ADD COLUMN changed INTEGER CHECK (changed IN (0, 1));
ALTER TABLE run ADD COLUMN found TEXT;
ALTER TABLE run ADD COLUMN has_findings INTEGER NOT NULL DEFAULT 1 CHECK (has_findings IN (0, 1));
UPDATE run SET changed = EXISTS (SELECT 1 FROM run_file WHERE run_id = run.id) WHERE state <> 'running';
-- Of runs that changed nothing the older ones are folded into the last of those that follow each other. folded: how many
-- others the row stands for; NULL: none may be folded into it yet. folded_since_ns: when the first of them began.
ALTER TABLE run ADD COLUMN folded INTEGER CHECK (folded >= 0);
ALTER TABLE run ADD COLUMN folded_since_ns INTEGER;
CREATE INDEX run_unchanged ON run (id) WHERE changed = 0 AND found IS NOT NULL AND state = 'completed';
CREATE INDEX run_folded ON run (id) WHERE folded IS NOT NULL;
CREATE INDEX run_findings ON run (id) WHERE has_findings AND changed = 1;

-- Parts: the version and settings that made each part of an analysis.

-- parts (JSON): {part: [version, {setting: value}]} (domain/parts.py). Few rows, to which all files point that were made
-- alike; none is ever deleted. NULL, in a library made before: the versions of then, with the configuration of the run.
CREATE TABLE provenance (
    id INTEGER PRIMARY KEY,
    parts TEXT NOT NULL UNIQUE
) STRICT;

-- What the run makes: what it stores points there, too.
ALTER TABLE run ADD COLUMN provenance_id INTEGER REFERENCES provenance;
ALTER TABLE file ADD COLUMN provenance_id INTEGER REFERENCES provenance;

-- Files are counted by what made them in this index alone.
DROP INDEX file_state;
CREATE INDEX file_state ON file (state, provenance_id, analysis_run, duration_ticks);

-- Names: what the names of files and folders say.

-- path_*: what the path says where the tags say nothing (domain/path_names/). album_group: what the files of one album
-- without an MBID have in common, as 16 hexadecimal digits. NULL also in rows of earlier schemas, until their files are
-- read again; but what has no title or no artist is named now.
ALTER TABLE file_tags ADD COLUMN path_title TEXT;
ALTER TABLE file_tags ADD COLUMN path_artist TEXT;
ALTER TABLE file_tags ADD COLUMN path_album TEXT;
ALTER TABLE file_tags ADD COLUMN path_medium INTEGER;
ALTER TABLE file_tags ADD COLUMN path_track INTEGER;
ALTER TABLE file_tags ADD COLUMN album_group TEXT;
UPDATE file_tags SET (path_title, path_artist, path_album, path_medium, path_track, album_group) = (
    SELECT json_extract(said, '$[1]'), json_extract(said, '$[2]'), json_extract(said, '$[3]'), json_extract(said, '$[4]'),
        json_extract(said, '$[5]'), json_extract(said, '$[6]')
    FROM (SELECT path_columns(file_tags.fields, f.path) AS said FROM file AS f WHERE f.id = file_tags.file_id)
)
WHERE title IS NULL OR artist IS NULL;

-- The end of the step.
