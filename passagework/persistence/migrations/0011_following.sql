-- A library that follows the music: what was true of a file when it was last read is kept beside what is shown.

-- Statements: what the tags of each file and the services say about entities, from which their names are derived.

-- Identity: what a file is known by beside its path, and the places where it is found.

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

-- Parts: the version and settings that made each part of an analysis.

-- Names: what the names of files and folders say.

-- The end of the step.
