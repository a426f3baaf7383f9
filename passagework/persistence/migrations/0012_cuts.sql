-- What passages are found by is kept, so that other rules need no decode. All new columns may be NULL, so that rows in the
-- journal of earlier runs can be put back.

-- The level over time by which passages are found, packed as packing says. NULL: the file was analysed before it was kept.
ALTER TABLE file_curves ADD COLUMN weighted BLOB;

-- The stretches in which a file was not cut although they may be gaps, as JSON: [[first tick, last tick], ...]. NULL: the
-- file was analysed before they were looked for.
ALTER TABLE file_curves ADD COLUMN doubtful_gaps TEXT;
