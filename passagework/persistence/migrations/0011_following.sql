-- A library that follows the music: what was true of a file when it was last read is kept beside what is shown.

-- Statements: what the tags of each file and the services say about entities, from which their names are derived.

-- Identity: what a file is known by beside its path, and the places where it is found.

-- When the inode of the file last changed. NULL: unknown, as in a library made before; that is no change.
ALTER TABLE file ADD COLUMN ctime_ns INTEGER;
ALTER TABLE attempt ADD COLUMN ctime_ns INTEGER;

-- What else has the size and the time of a file that appears may be this file, under its former name.
CREATE INDEX file_content ON file (size, mtime_ns);

-- States: what leaves lists and exports without being deleted.

-- Runs: what each run found, by name.

-- Parts: the version and settings that made each part of an analysis.

-- Names: what the names of files and folders say.

-- The end of the step.
