-- A library that follows the music: what was true of a file when it was last read is kept beside what is shown.

-- Statements: what the tags of each file and the services say about entities, from which their names are derived.

-- Identity: what a file is known by beside its path, and the places where it is found.

-- States: what leaves lists and exports without being deleted.

-- Runs: what each run found, by name.

-- Parts: the version and settings that made each part of an analysis.

-- Names: what the names of files and folders say.

-- Cuts: what passages are found by, so that other rules need no decode.

-- The level over time by which passages are found, packed as packing says, and the stretches that may be gaps, as JSON
-- [[first tick, last tick], ...]. NULL: the file was analysed before these were kept.
ALTER TABLE file_curves ADD COLUMN weighted BLOB;
ALTER TABLE file_curves ADD COLUMN doubtful_gaps TEXT;

-- The end of the step.
