-- A library that follows the music: what was true of a file when it was last read is kept beside what is shown.

-- Statements: what the tags of each file and the services say about entities, from which their names are derived.

-- Identity: what a file is known by beside its path, and the places where it is found.

-- States: what leaves lists and exports without being deleted.

-- Runs: what each run found, by name.

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

-- The end of the step.
