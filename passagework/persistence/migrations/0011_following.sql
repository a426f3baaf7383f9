-- A library that follows the music: what was true of a file when it was last read is kept beside what is shown.

-- Statements: what the tags of each file and the services say about entities, from which their names are derived.

-- Identity: what a file is known by beside its path, and the places where it is found.

-- States: what leaves lists and exports without being deleted.

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

-- Names: what the names of files and folders say.

-- The end of the step.
