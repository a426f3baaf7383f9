-- Albums in one file: they are cut by the track list of their release. All new columns may be NULL, so that rows in the
-- journal of earlier runs can be put back.

-- Lists
-- The track list of the release that the file holds, as JSON (domain/track_lists/track_list.py), as identification has
-- decided. made_list is the one by which the file was cut last, or with which its sound was compared in vain; where they
-- differ, it is to be cut again. NULL: none.
ALTER TABLE file ADD COLUMN track_list TEXT;
ALTER TABLE file ADD COLUMN made_list TEXT;

-- How well the lengths of made_list fit the file.
ALTER TABLE file ADD COLUMN list_score REAL CHECK (list_score BETWEEN 0 AND 1);

-- What services did not know may be a piece of an album in one file: such passages are decided again, once. The answers
-- at hand are used.
UPDATE passage SET link_retry_ns = 1
WHERE link_retry_ns > 1 AND link_attempts = 0 AND retired_ns IS NULL
    AND file_id IN (SELECT id FROM file WHERE duration_ticks >= 120 * 28224000 AND cut_by IS NULL);

-- Files whose cuts a person may have to look at: few have a warning.
CREATE INDEX file_in_doubt ON file (path) WHERE user_cuts IS NULL AND (warnings IS NOT NULL OR cut_by = 'track-list');

-- Journal
-- A table has more columns than rows of the journal had.
ALTER TABLE before_image ADD COLUMN c49 ANY;
ALTER TABLE before_image ADD COLUMN c50 ANY;
ALTER TABLE before_image ADD COLUMN c51 ANY;
ALTER TABLE before_image ADD COLUMN c52 ANY;
