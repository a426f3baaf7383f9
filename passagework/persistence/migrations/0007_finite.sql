-- Every number is finite and possible. Values that are not were stored by earlier versions; they are healed, and then
-- the tables say what may stand in them. The ranges of measured values are those of domain/measured.py.

-- Files with samples that are no numbers, or absurd: nothing that was measured of their loudness holds. Version 0 of the
-- analysis is stale, so the next import analyses them again and says what is wrong with them.
CREATE TEMP TABLE ill_file AS
SELECT id FROM file WHERE loudness_integrated NOT BETWEEN -100 AND 150 OR loudness_range NOT BETWEEN 0 AND 250
    OR true_peak NOT BETWEEN -1000 AND 150 OR sample_peak NOT BETWEEN -1000 AND 150
UNION
SELECT file_id FROM passage WHERE loudness_integrated NOT BETWEEN -100 AND 150 OR loudness_range NOT BETWEEN 0 AND 250
    OR true_peak NOT BETWEEN -1000 AND 150 OR sample_peak NOT BETWEEN -1000 AND 150;
UPDATE file SET loudness_integrated = NULL, loudness_range = NULL, true_peak = NULL, sample_peak = NULL,
    analysis_version = 0
WHERE id IN (SELECT id FROM ill_file);
UPDATE passage SET loudness_integrated = NULL, loudness_range = NULL, true_peak = NULL, sample_peak = NULL
WHERE file_id IN (SELECT id FROM ill_file);
DROP TABLE ill_file;
UPDATE passage SET fade_in_ticks = NULL WHERE fade_in_ticks < 0;
UPDATE passage SET fade_out_ticks = NULL WHERE fade_out_ticks < 0;
DELETE FROM passage_flavor WHERE value NOT BETWEEN 0 AND 1;

-- Decisions that were made from such numbers are made again once services can be asked, and so are those that failed
-- because a service's text had half of a surrogate pair. Answers that are no JSON are asked for again.
CREATE TEMP TABLE ill_passage AS
SELECT passage_id FROM candidate WHERE seconds NOT BETWEEN 0 AND 2147484 OR confidence NOT BETWEEN 0 AND 1
    OR log_odds NOT BETWEEN -1e6 AND 1e6 OR NOT json_valid(terms)
UNION SELECT passage_id FROM evidence WHERE strength NOT BETWEEN -1e9 AND 1e9
UNION SELECT id FROM passage WHERE link_state = 'failed' AND link_reason LIKE '%surrogates not allowed%';
UPDATE passage SET link_retry_ns = 1 WHERE id IN (SELECT passage_id FROM ill_passage) AND link_state <> 'waiting';
DELETE FROM candidate WHERE passage_id IN (SELECT passage_id FROM ill_passage);
DROP TABLE ill_passage;
UPDATE evidence SET strength = NULL WHERE strength NOT BETWEEN -1e9 AND 1e9;
DELETE FROM answer WHERE service = 'acoustid' AND found AND NOT is_compressed_json(body);

-- What people set was always checked; a number that another program wrote counts as far as it can.
UPDATE passage SET probability = min(probability, 1000) WHERE probability > 1000;
UPDATE song SET probability = min(probability, 1000) WHERE probability > 1000;
UPDATE artist SET probability = min(probability, 1000) WHERE probability > 1000;
UPDATE work SET probability = min(probability, 1000) WHERE probability > 1000;

-- Undoing a run must not put such values back.
UPDATE before_image SET c24 = NULL, c25 = NULL, c26 = NULL, c27 = NULL, c31 = 0 WHERE of_table = 'file' AND (
    c24 NOT BETWEEN -100 AND 150 OR c25 NOT BETWEEN 0 AND 250
    OR c26 NOT BETWEEN -1000 AND 150 OR c27 NOT BETWEEN -1000 AND 150
);
UPDATE before_image SET c10 = NULL, c11 = NULL, c12 = NULL, c13 = NULL WHERE of_table = 'passage' AND (
    c10 NOT BETWEEN -100 AND 150 OR c11 NOT BETWEEN 0 AND 250
    OR c12 NOT BETWEEN -1000 AND 150 OR c13 NOT BETWEEN -1000 AND 150
);
UPDATE before_image SET c8 = NULL WHERE of_table = 'passage' AND c8 < 0;
UPDATE before_image SET c9 = NULL WHERE of_table = 'passage' AND c9 < 0;
UPDATE before_image SET c23 = min(c23, 1000) WHERE of_table = 'passage' AND c23 > 1000;
DELETE FROM before_image WHERE of_table = 'passage_flavor' AND c5 NOT BETWEEN 0 AND 1;
DELETE FROM before_image WHERE of_table = 'candidate' AND (
    c6 NOT BETWEEN 0 AND 2147484 OR c7 NOT BETWEEN 0 AND 1 OR c8 NOT BETWEEN -1e6 AND 1e6 OR NOT json_valid(c9)
);
UPDATE before_image SET c7 = NULL WHERE of_table = 'evidence' AND c7 NOT BETWEEN -1e9 AND 1e9;

-- SQLite cannot add a CHECK to a table, so each is copied into a new one. Columns keep their places: the journal counts
-- on them. Foreign keys are off during a migration, and those that refer to these tables refer to the names.

CREATE TABLE new_file (
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
    loudness_integrated REAL CHECK (loudness_integrated BETWEEN -100 AND 150),
    loudness_range REAL CHECK (loudness_range BETWEEN 0 AND 250),
    true_peak REAL CHECK (true_peak BETWEEN -1000 AND 150),
    sample_peak REAL CHECK (sample_peak BETWEEN -1000 AND 150),
    bad_packets INTEGER,
    missing_samples INTEGER,
    warnings TEXT,
    analysis_version INTEGER,
    analysis_run INTEGER REFERENCES run,
    link_revision INTEGER NOT NULL DEFAULT 0,
    first_run INTEGER NOT NULL REFERENCES run,
    -- Over all channels: samples that are no number, or beyond +100 dBFS. Loudness and peaks are then NULL.
    invalid_samples INTEGER CHECK (invalid_samples >= 0),
    CHECK ((failure_code IS NOT NULL) = (state IN ('failed', 'quarantined'))),
    CHECK (state <> 'analysed' OR analysis_run IS NOT NULL)
) STRICT;
INSERT INTO new_file SELECT *, iif(analysis_version IS NULL, NULL, 0) FROM file;
DROP TABLE file;
ALTER TABLE new_file RENAME TO file;
CREATE INDEX file_folder ON file (folder_id);
CREATE INDEX file_state ON file (state, duration_ticks);
CREATE INDEX file_missing ON file (missing_run) WHERE missing_run IS NOT NULL;

CREATE TABLE new_passage (
    id INTEGER PRIMARY KEY,
    guid TEXT NOT NULL UNIQUE,
    file_id INTEGER NOT NULL REFERENCES file,
    start_ticks INTEGER NOT NULL CHECK (start_ticks >= 0),
    end_ticks INTEGER NOT NULL CHECK (end_ticks >= 0),
    lead_in_ticks INTEGER NOT NULL CHECK (lead_in_ticks >= 0),
    lead_out_ticks INTEGER NOT NULL CHECK (lead_out_ticks >= 0),
    fade_in_ticks INTEGER CHECK (fade_in_ticks >= 0),
    fade_out_ticks INTEGER CHECK (fade_out_ticks >= 0),
    loudness_integrated REAL CHECK (loudness_integrated BETWEEN -100 AND 150),
    loudness_range REAL CHECK (loudness_range BETWEEN 0 AND 250),
    true_peak REAL CHECK (true_peak BETWEEN -1000 AND 150),
    sample_peak REAL CHECK (sample_peak BETWEEN -1000 AND 150),
    link_reason TEXT,
    link_run INTEGER REFERENCES run,
    link_attempts INTEGER NOT NULL DEFAULT 0,
    link_retry_ns INTEGER,
    retired_ns INTEGER,
    retired_run INTEGER REFERENCES run,
    analysis_run INTEGER NOT NULL REFERENCES run,
    first_run INTEGER NOT NULL REFERENCES run,
    user_title TEXT,
    probability REAL CHECK (probability BETWEEN 0 AND 1000),
    approval TEXT CHECK (approval IN ('approved', 'rejected')),
    link_state TEXT NOT NULL DEFAULT 'waiting' CHECK (
        link_state IN ('waiting', 'linked', 'likely', 'proposal', 'text-only', 'unidentified', 'failed')
    ),
    link_doubt TEXT CHECK (link_doubt IN ('ambiguous', 'conflict', 'ambiguous conflict')),
    link_confidence REAL CHECK (link_confidence BETWEEN 0 AND 1),
    link_weights TEXT,
    link_asked_ns INTEGER,
    user_recording TEXT,
    CHECK (start_ticks < end_ticks),
    CHECK ((retired_ns IS NULL) = (retired_run IS NULL))
) STRICT;
INSERT INTO new_passage SELECT * FROM passage;
DROP TABLE passage;
ALTER TABLE new_passage RENAME TO passage;
CREATE INDEX passage_file ON passage (file_id, start_ticks);
CREATE UNIQUE INDEX passage_bounds ON passage (file_id, start_ticks, end_ticks) WHERE retired_ns IS NULL;
CREATE INDEX passage_link ON passage (link_state, file_id) WHERE retired_ns IS NULL;
CREATE INDEX passage_link_run ON passage (link_run) WHERE link_run IS NOT NULL;
CREATE INDEX passage_asked ON passage (link_asked_ns) WHERE link_asked_ns IS NOT NULL AND retired_ns IS NULL;
CREATE INDEX passage_retry ON passage (link_retry_ns) WHERE link_retry_ns IS NOT NULL AND retired_ns IS NULL;
CREATE INDEX passage_review ON passage (file_id, start_ticks)
WHERE (link_state = 'proposal' OR link_doubt IS NOT NULL) AND user_recording IS NULL AND retired_ns IS NULL;

CREATE TABLE new_passage_flavor (
    passage_id INTEGER NOT NULL REFERENCES passage,
    source TEXT NOT NULL,
    characteristic TEXT NOT NULL,
    name TEXT NOT NULL,
    value REAL NOT NULL CHECK (value BETWEEN 0 AND 1),
    run_id INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (passage_id, source, characteristic, name)
) STRICT, WITHOUT ROWID;
INSERT INTO new_passage_flavor SELECT * FROM passage_flavor;
DROP TABLE passage_flavor;
ALTER TABLE new_passage_flavor RENAME TO passage_flavor;

CREATE TABLE new_artist (
    id INTEGER PRIMARY KEY,
    mbid TEXT NOT NULL UNIQUE CHECK (length(mbid) = 36 AND mbid = lower(mbid)),
    name TEXT,
    name_source TEXT NOT NULL DEFAULT 'tags',
    first_run INTEGER NOT NULL REFERENCES run,
    user_name TEXT,
    probability REAL CHECK (probability BETWEEN 0 AND 1000),
    cooldown_seconds INTEGER CHECK (cooldown_seconds >= 0),
    ramp_seconds INTEGER CHECK (ramp_seconds >= 0),
    stated_ns INTEGER
) STRICT;
INSERT INTO new_artist SELECT * FROM artist;
DROP TABLE artist;
ALTER TABLE new_artist RENAME TO artist;

CREATE TABLE new_work (
    id INTEGER PRIMARY KEY,
    mbid TEXT NOT NULL UNIQUE CHECK (length(mbid) = 36 AND mbid = lower(mbid)),
    title TEXT,
    title_source TEXT NOT NULL DEFAULT 'tags',
    first_run INTEGER NOT NULL REFERENCES run,
    user_title TEXT,
    probability REAL CHECK (probability BETWEEN 0 AND 1000),
    cooldown_seconds INTEGER CHECK (cooldown_seconds >= 0),
    ramp_seconds INTEGER CHECK (ramp_seconds >= 0),
    stated_ns INTEGER
) STRICT;
INSERT INTO new_work SELECT * FROM work;
DROP TABLE work;
ALTER TABLE new_work RENAME TO work;

CREATE TABLE new_song (
    id INTEGER PRIMARY KEY,
    mbid TEXT NOT NULL UNIQUE CHECK (length(mbid) = 36 AND mbid = lower(mbid)),
    title TEXT,
    title_source TEXT NOT NULL DEFAULT 'tags',
    first_run INTEGER NOT NULL REFERENCES run,
    user_title TEXT,
    probability REAL CHECK (probability BETWEEN 0 AND 1000),
    cooldown_seconds INTEGER CHECK (cooldown_seconds >= 0),
    ramp_seconds INTEGER CHECK (ramp_seconds >= 0),
    stated_ns INTEGER
) STRICT;
INSERT INTO new_song SELECT * FROM song;
DROP TABLE song;
ALTER TABLE new_song RENAME TO song;

CREATE TABLE new_candidate (
    passage_id INTEGER NOT NULL REFERENCES passage,
    rank INTEGER NOT NULL,
    recording TEXT NOT NULL,
    title TEXT NOT NULL,
    artists TEXT NOT NULL,
    seconds REAL CHECK (seconds BETWEEN 0 AND 2147484),
    confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    log_odds REAL NOT NULL CHECK (log_odds BETWEEN -1e6 AND 1e6),
    terms TEXT NOT NULL,
    caps TEXT NOT NULL,
    release TEXT,
    album TEXT,
    medium INTEGER,
    track INTEGER,
    run_id INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (passage_id, rank)
) STRICT;
INSERT INTO new_candidate SELECT * FROM candidate;
DROP TABLE candidate;
ALTER TABLE new_candidate RENAME TO candidate;

CREATE TABLE new_evidence (
    passage_id INTEGER NOT NULL REFERENCES passage,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    position INTEGER NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run,
    strength REAL CHECK (strength BETWEEN -1e9 AND 1e9),
    PRIMARY KEY (passage_id, source, kind, value)
) STRICT, WITHOUT ROWID;
INSERT INTO new_evidence SELECT * FROM evidence;
DROP TABLE evidence;
ALTER TABLE new_evidence RENAME TO evidence;
