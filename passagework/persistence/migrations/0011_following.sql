-- A library that follows the music: what was true of a file when it was last read is kept beside what is shown.

-- Statements: what the tags of each file and the services say about entities, from which their names are derived.

-- Identity: what a file is known by beside its path, and the places where it is found.

-- States: what leaves lists and exports without being deleted.

-- Runs: what each run found, by name.

-- Parts: the version and settings that made each part of an analysis.

-- Names: what the names of files and folders say.

-- The end of the step.
