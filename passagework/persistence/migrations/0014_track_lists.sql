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

-- Journal
-- A table has more columns than rows of the journal had.
ALTER TABLE before_image ADD COLUMN c49 ANY;
ALTER TABLE before_image ADD COLUMN c50 ANY;
ALTER TABLE before_image ADD COLUMN c51 ANY;
ALTER TABLE before_image ADD COLUMN c52 ANY;
