-- The musical character of passages. Nothing has ever filled passage_flavor, so there is nothing to keep.

-- Flavor
DROP TABLE passage_flavor;
DELETE FROM before_image WHERE of_table = 'passage_flavor';

-- One row for each passage, apart from passage, whose rows are read far more often without it. shares is JSON, by
-- characteristic and name; the view passage_character has a row for each. timbre, rhythm and embedding are little-endian
-- float16 (domain/flavor/vectors.py). weights, patches and gain: what the nets heard.
CREATE TABLE passage_flavor (
    passage_id INTEGER PRIMARY KEY REFERENCES passage,
    level TEXT NOT NULL,
    version INTEGER NOT NULL,
    shares TEXT NOT NULL,
    seconds REAL NOT NULL CHECK (seconds BETWEEN 0 AND 1e9),
    tempo REAL CHECK (tempo BETWEEN 1 AND 1000),
    timbre BLOB,
    rhythm BLOB,
    embedding BLOB,
    patches INTEGER NOT NULL CHECK (patches >= 0),
    gain REAL CHECK (gain BETWEEN -1000 AND 1000),
    weights TEXT,
    run_id INTEGER NOT NULL REFERENCES run
) STRICT;
CREATE INDEX passage_flavor_run ON passage_flavor (run_id);

-- What a person says of the character of a passage: JSON, by characteristic and name, as shares is.
ALTER TABLE passage ADD COLUMN user_flavor TEXT;

-- What others said of the character of recordings, in documents that a person gave. The recordings need not be songs of
-- the library. document: a hash of what it says.
CREATE TABLE recording_flavor (
    recording TEXT NOT NULL,
    source TEXT NOT NULL,
    document TEXT NOT NULL,
    seconds REAL NOT NULL CHECK (seconds BETWEEN 0 AND 1e9),
    shares TEXT NOT NULL,
    added_ns INTEGER NOT NULL,
    PRIMARY KEY (recording, source, document)
) STRICT, WITHOUT ROWID;
