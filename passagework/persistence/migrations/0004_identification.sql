-- What identification over the network needs: answers that are not asked for twice, decisions with their confidence and
-- candidates, what MusicBrainz says of entities, and what a person decided. All new columns may be NULL, so that rows in
-- the journal of earlier runs can be put back.

-- link_state takes two more values, and SQLite cannot change a CHECK: a new column takes the place of the former one. It
-- stands last then, so the journal's images of passages are put into the new order.
DROP INDEX passage_link;
ALTER TABLE passage RENAME COLUMN link_state TO former_state;
ALTER TABLE passage ADD COLUMN link_state TEXT NOT NULL DEFAULT 'waiting' CHECK (
    link_state IN ('waiting', 'linked', 'likely', 'proposal', 'text-only', 'unidentified', 'failed')
);
UPDATE passage SET link_state = former_state;
ALTER TABLE passage DROP COLUMN former_state;
-- What was decided before was decided from tags alone: it is looked at again once services can be asked.
UPDATE passage SET link_retry_ns = 1 WHERE link_state <> 'waiting';
CREATE INDEX passage_link ON passage (link_state, file_id) WHERE retired_ns IS NULL;
UPDATE before_image SET c14 = c15, c15 = c16, c16 = c17, c17 = c18, c18 = c19, c19 = c20, c20 = c21, c21 = c22,
    c22 = c23, c23 = c24, c24 = c25, c25 = c14
WHERE of_table = 'passage';

-- link_weights is the version of the weights that link_confidence was computed with. link_asked_ns: somebody asked for
-- it to be looked at. user_recording is the MBID that a person says it is, or 'none': no other decision is stored.
ALTER TABLE passage ADD COLUMN link_doubt TEXT CHECK (link_doubt IN ('ambiguous', 'conflict', 'ambiguous conflict'));
ALTER TABLE passage ADD COLUMN link_confidence REAL CHECK (link_confidence BETWEEN 0 AND 1);
ALTER TABLE passage ADD COLUMN link_weights TEXT;
ALTER TABLE passage ADD COLUMN link_asked_ns INTEGER;
ALTER TABLE passage ADD COLUMN user_recording TEXT;
CREATE INDEX passage_asked ON passage (link_asked_ns) WHERE link_asked_ns IS NOT NULL AND retired_ns IS NULL;
CREATE INDEX passage_retry ON passage (link_retry_ns) WHERE link_retry_ns IS NOT NULL AND retired_ns IS NULL;
CREATE INDEX passage_review ON passage (file_id, start_ticks)
WHERE (link_state = 'proposal' OR link_doubt IS NOT NULL) AND user_recording IS NULL AND retired_ns IS NULL;

-- What the passage may be, best first, as the last decision left it; terms and artists are JSON.
CREATE TABLE candidate (
    passage_id INTEGER NOT NULL REFERENCES passage,
    rank INTEGER NOT NULL,
    recording TEXT NOT NULL,
    title TEXT NOT NULL,
    artists TEXT NOT NULL,
    seconds REAL,
    confidence REAL NOT NULL,
    log_odds REAL NOT NULL,
    terms TEXT NOT NULL,
    caps TEXT NOT NULL,
    release TEXT,
    album TEXT,
    medium INTEGER,
    track INTEGER,
    run_id INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (passage_id, rank)
) STRICT;

ALTER TABLE evidence ADD COLUMN strength REAL;

-- stated_ns: when MusicBrainz said what stands here. *_source 'musicbrainz' replaces 'tags', and is never replaced by it.
ALTER TABLE artist ADD COLUMN stated_ns INTEGER;
ALTER TABLE work ADD COLUMN stated_ns INTEGER;
ALTER TABLE song ADD COLUMN stated_ns INTEGER;
ALTER TABLE album ADD COLUMN stated_ns INTEGER;
ALTER TABLE album ADD COLUMN country TEXT;
ALTER TABLE album ADD COLUMN labels TEXT;
ALTER TABLE album ADD COLUMN media TEXT;
ALTER TABLE album ADD COLUMN cover_art INTEGER CHECK (cover_art IN (0, 1));

CREATE TABLE work_artist (
    work_id INTEGER NOT NULL REFERENCES work,
    artist_id INTEGER NOT NULL REFERENCES artist,
    role TEXT NOT NULL,
    position INTEGER NOT NULL,
    first_run INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (work_id, artist_id, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX work_artist_artist ON work_artist (artist_id);

-- MBIDs that MusicBrainz merged into others, of any kind of entity.
CREATE TABLE merged_mbid (
    old TEXT PRIMARY KEY CHECK (length(old) = 36 AND old = lower(old)),
    new TEXT NOT NULL CHECK (length(new) = 36 AND new = lower(new) AND new <> old),
    first_run INTEGER NOT NULL REFERENCES run
) STRICT, WITHOUT ROWID;

-- What services answered, zlib-compressed. No work of a run: undoing one leaves them, since the service would say the
-- same again.
CREATE TABLE answer (
    key TEXT PRIMARY KEY,
    service TEXT NOT NULL,
    found INTEGER NOT NULL CHECK (found IN (0, 1)),
    merged_into TEXT,
    body BLOB NOT NULL,
    schema_version INTEGER NOT NULL,
    fetched_ns INTEGER NOT NULL,
    expires_ns INTEGER NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run
) STRICT;
