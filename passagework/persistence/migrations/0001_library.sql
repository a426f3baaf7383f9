-- A passage library. Row ids are for joins inside this file; outside of it files and passages are named by their guid,
-- entities by their MBID. NULL means unknown. *_ticks count 1/28,224,000 s; *_ns are nanoseconds, since 1970 where they
-- name a moment. Rows carry the run that made them; rows of run are never deleted, so their references need no index
-- unless a query follows them, or counts rows that are too wide to be read for it.

CREATE TABLE library (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    guid TEXT NOT NULL UNIQUE,
    created_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    guid TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('running', 'completed', 'cancelled', 'crashed')),
    started_ns INTEGER NOT NULL,
    ended_ns INTEGER,
    config_hash TEXT NOT NULL,
    config_text TEXT NOT NULL,
    files_seen INTEGER,
    files_unchanged INTEGER
) STRICT;

CREATE TABLE run_root (
    run_id INTEGER NOT NULL REFERENCES run,
    position INTEGER NOT NULL,
    path BLOB NOT NULL,
    path_text TEXT NOT NULL,
    PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;

-- path without the trailing slash: the root of the file system is an empty path.
CREATE TABLE folder (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    path_text TEXT NOT NULL,
    first_run INTEGER NOT NULL REFERENCES run
) STRICT;

-- size and mtime_ns are those of the content that state speaks of. analysis_run made the audio values; state_run found
-- the state. An attempt under way is not a state: it is an open row of attempt. link_revision counts the changes that
-- a decision about links must know of.
CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    guid TEXT NOT NULL UNIQUE,
    folder_id INTEGER NOT NULL REFERENCES folder,
    path BLOB NOT NULL UNIQUE,
    path_text TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'analysed', 'failed', 'quarantined')),
    failure_code TEXT,
    failure_detail TEXT,
    state_run INTEGER REFERENCES run,
    missing_run INTEGER REFERENCES run,
    container TEXT,
    codec TEXT,
    sample_rate INTEGER CHECK (sample_rate > 0),
    channels INTEGER,
    bit_rate INTEGER,
    content_hash BLOB,
    audio_hash BLOB,
    samples INTEGER,
    duration_ticks INTEGER,
    loudness_integrated REAL,
    loudness_range REAL,
    true_peak REAL,
    sample_peak REAL,
    bad_packets INTEGER,
    missing_samples INTEGER,
    warnings TEXT,
    analysis_version INTEGER,
    analysis_run INTEGER REFERENCES run,
    link_revision INTEGER NOT NULL DEFAULT 0,
    first_run INTEGER NOT NULL REFERENCES run,
    CHECK ((failure_code IS NOT NULL) = (state IN ('failed', 'quarantined'))),
    CHECK (state <> 'analysed' OR analysis_run IS NOT NULL)
) STRICT;
CREATE INDEX file_folder ON file (folder_id);
CREATE INDEX file_state ON file (state, duration_ticks);
CREATE INDEX file_missing ON file (missing_run) WHERE missing_run IS NOT NULL;

-- The latest attempt on a file. open: work began and neither a result nor the end of its run was seen, so the process
-- died in it. attempts and alone count since the last result or change of the file.
CREATE TABLE attempt (
    file_id INTEGER PRIMARY KEY REFERENCES file,
    run_id INTEGER NOT NULL REFERENCES run,
    number INTEGER NOT NULL,
    was_alone INTEGER NOT NULL,
    open INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    alone INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    begun_ns INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_open ON attempt (run_id) WHERE open;

-- What each run found out about each file that it worked on, as it was then.
CREATE TABLE run_file (
    run_id INTEGER NOT NULL REFERENCES run,
    file_id INTEGER NOT NULL REFERENCES file,
    failure_code TEXT,
    failure_detail TEXT,
    warnings TEXT,
    duration_ticks INTEGER,
    passages INTEGER,
    PRIMARY KEY (run_id, file_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_file_file ON run_file (file_id, run_id);

-- The first columns are what a passage shows while no entity is linked; fields (JSON) holds all normalised tags that
-- are known, raw (JSON) every text tag as it was found. search_text is case-folded.
CREATE TABLE file_tags (
    file_id INTEGER PRIMARY KEY REFERENCES file,
    title TEXT,
    artist TEXT,
    album TEXT,
    medium INTEGER,
    track INTEGER,
    search_text TEXT NOT NULL,
    fields TEXT NOT NULL,
    raw TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run
) STRICT;
CREATE INDEX file_tags_run ON file_tags (run_id);

CREATE TABLE file_curves (
    file_id INTEGER PRIMARY KEY REFERENCES file,
    envelope_hop INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    samples_per_point INTEGER NOT NULL,
    waveform BLOB NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run
) STRICT;
CREATE INDEX file_curves_run ON file_curves (run_id);

CREATE TABLE passage (
    id INTEGER PRIMARY KEY,
    guid TEXT NOT NULL UNIQUE,
    file_id INTEGER NOT NULL REFERENCES file,
    start_ticks INTEGER NOT NULL CHECK (start_ticks >= 0),
    end_ticks INTEGER NOT NULL,
    lead_in_ticks INTEGER NOT NULL CHECK (lead_in_ticks >= 0),
    lead_out_ticks INTEGER NOT NULL CHECK (lead_out_ticks >= 0),
    fade_in_ticks INTEGER,
    fade_out_ticks INTEGER,
    loudness_integrated REAL,
    loudness_range REAL,
    true_peak REAL,
    sample_peak REAL,
    link_state TEXT NOT NULL CHECK (link_state IN ('waiting', 'linked', 'text-only', 'unidentified', 'failed')),
    link_reason TEXT,
    link_run INTEGER REFERENCES run,
    link_attempts INTEGER NOT NULL DEFAULT 0,
    link_retry_ns INTEGER,
    retired_ns INTEGER,
    retired_run INTEGER REFERENCES run,
    analysis_run INTEGER NOT NULL REFERENCES run,
    first_run INTEGER NOT NULL REFERENCES run,
    CHECK (start_ticks < end_ticks),
    CHECK ((retired_ns IS NULL) = (retired_run IS NULL))
) STRICT;
CREATE INDEX passage_file ON passage (file_id, start_ticks);
CREATE UNIQUE INDEX passage_bounds ON passage (file_id, start_ticks, end_ticks) WHERE retired_ns IS NULL;
CREATE INDEX passage_link ON passage (link_state, file_id) WHERE retired_ns IS NULL;
CREATE INDEX passage_link_run ON passage (link_run) WHERE link_run IS NOT NULL;

-- Apart from passage, whose rows are read and updated far more often without it than with it.
CREATE TABLE passage_fingerprint (
    passage_id INTEGER PRIMARY KEY REFERENCES passage,
    fingerprint TEXT NOT NULL,
    fingerprint_ticks INTEGER NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run
) STRICT;
CREATE INDEX passage_fingerprint_run ON passage_fingerprint (run_id);

CREATE TABLE passage_flavor (
    passage_id INTEGER NOT NULL REFERENCES passage,
    source TEXT NOT NULL,
    characteristic TEXT NOT NULL,
    name TEXT NOT NULL,
    value REAL NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (passage_id, source, characteristic, name)
) STRICT, WITHOUT ROWID;

-- Entities are unique by MBID and by nothing else. *_source says where names come from: an import may fill and settle
-- those from tags, and leaves all others alone.
CREATE TABLE artist (
    id INTEGER PRIMARY KEY,
    mbid TEXT NOT NULL UNIQUE CHECK (length(mbid) = 36 AND mbid = lower(mbid)),
    name TEXT,
    name_source TEXT NOT NULL DEFAULT 'tags',
    first_run INTEGER NOT NULL REFERENCES run
) STRICT;

CREATE TABLE work (
    id INTEGER PRIMARY KEY,
    mbid TEXT NOT NULL UNIQUE CHECK (length(mbid) = 36 AND mbid = lower(mbid)),
    title TEXT,
    title_source TEXT NOT NULL DEFAULT 'tags',
    first_run INTEGER NOT NULL REFERENCES run
) STRICT;

CREATE TABLE song (
    id INTEGER PRIMARY KEY,
    mbid TEXT NOT NULL UNIQUE CHECK (length(mbid) = 36 AND mbid = lower(mbid)),
    title TEXT,
    title_source TEXT NOT NULL DEFAULT 'tags',
    first_run INTEGER NOT NULL REFERENCES run
) STRICT;

CREATE TABLE album (
    id INTEGER PRIMARY KEY,
    mbid TEXT NOT NULL UNIQUE CHECK (length(mbid) = 36 AND mbid = lower(mbid)),
    title TEXT,
    release_group TEXT,
    date TEXT,
    title_source TEXT NOT NULL DEFAULT 'tags',
    first_run INTEGER NOT NULL REFERENCES run
) STRICT;

-- weight_source 'equal': 1 divided by the number of artists, kept so by imports. With any other source in a song, its
-- weights are left alone.
CREATE TABLE song_artist (
    song_id INTEGER NOT NULL REFERENCES song,
    artist_id INTEGER NOT NULL REFERENCES artist,
    position INTEGER NOT NULL,
    weight REAL NOT NULL CHECK (weight BETWEEN 0 AND 1),
    weight_source TEXT NOT NULL DEFAULT 'equal',
    first_run INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (song_id, artist_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX song_artist_artist ON song_artist (artist_id);

CREATE TABLE song_work (
    song_id INTEGER NOT NULL REFERENCES song,
    work_id INTEGER NOT NULL REFERENCES work,
    position INTEGER NOT NULL,
    first_run INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (song_id, work_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX song_work_work ON song_work (work_id);

CREATE TABLE album_artist (
    album_id INTEGER NOT NULL REFERENCES album,
    artist_id INTEGER NOT NULL REFERENCES artist,
    position INTEGER NOT NULL,
    first_run INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (album_id, artist_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_artist_artist ON album_artist (artist_id);

-- start_ticks and end_ticks count from the start of the passage.
CREATE TABLE passage_song (
    passage_id INTEGER NOT NULL REFERENCES passage,
    song_id INTEGER NOT NULL REFERENCES song,
    start_ticks INTEGER NOT NULL,
    end_ticks INTEGER NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (passage_id, start_ticks, song_id),
    CHECK (start_ticks < end_ticks)
) STRICT, WITHOUT ROWID;
CREATE INDEX passage_song_song ON passage_song (song_id);

CREATE TABLE passage_album (
    passage_id INTEGER NOT NULL REFERENCES passage,
    album_id INTEGER NOT NULL REFERENCES album,
    medium INTEGER,
    track INTEGER,
    run_id INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (passage_id, album_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX passage_album_album ON passage_album (album_id);

CREATE TABLE evidence (
    passage_id INTEGER NOT NULL REFERENCES passage,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    position INTEGER NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (passage_id, source, kind, value)
) STRICT, WITHOUT ROWID;

-- Messages that the library could not store.
CREATE TABLE rejection (
    id INTEGER PRIMARY KEY,
    run_id INTEGER REFERENCES run,
    path BLOB,
    path_text TEXT,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    at_ns INTEGER NOT NULL
) STRICT;
CREATE INDEX rejection_run ON rejection (run_id);
