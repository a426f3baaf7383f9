-- Cuts that are given and not heard: by a person, by a sheet beside the file, or by the file itself. All new columns may
-- be NULL, so that rows in the journal of earlier runs can be put back.

-- Given
-- The bounds of the passages of a file as a person wants them, as JSON: [[first tick, last tick, guid of a passage or
-- null], ...]. made_cuts are those by which the file was cut last; where they differ, it is to be cut again.
ALTER TABLE file ADD COLUMN user_cuts TEXT;
ALTER TABLE file ADD COLUMN made_cuts TEXT;

-- What gave the cuts: person, cue-sheet, embedded-cue-sheet, chapters, cue-points, chain. NULL: the sound.
ALTER TABLE file ADD COLUMN cut_by TEXT;

-- The cuts of the sheet or of the file itself, with their titles, as JSON; a person's cuts may go before them.
ALTER TABLE file ADD COLUMN given_cuts TEXT;

-- What the sheet or the file itself says about the piece that the passage is.
ALTER TABLE passage ADD COLUMN given_track INTEGER CHECK (given_track >= 0);
ALTER TABLE passage ADD COLUMN given_title TEXT;
ALTER TABLE passage ADD COLUMN given_performer TEXT;
ALTER TABLE passage ADD COLUMN given_isrc TEXT;

-- How long a passage may be overlapped as a person wants it; NULL: as it was found.
ALTER TABLE passage ADD COLUMN user_lead_in_ticks INTEGER CHECK (user_lead_in_ticks >= 0);
ALTER TABLE passage ADD COLUMN user_lead_out_ticks INTEGER CHECK (user_lead_out_ticks >= 0);

-- Sheets
-- Hashes of what a sheet beside the file and the file itself said about its pieces when it was analysed last, whether that
-- was used or not; NULL: nothing. Where the sheet says something else now, the next import analyses the file again.
ALTER TABLE file ADD COLUMN sheet_hash BLOB;
ALTER TABLE file ADD COLUMN pieces_hash BLOB;
CREATE INDEX file_by_sheet ON file (folder_id) WHERE sheet_hash IS NOT NULL;

-- Decoder
-- What decoded the file. NULL: FFmpeg.
ALTER TABLE file ADD COLUMN decoder TEXT;

-- Gapless
-- 1 where the sound goes on in the next passage: of the file, or of the next file of the disc.
ALTER TABLE passage ADD COLUMN gapless_with_next INTEGER CHECK (gapless_with_next IN (0, 1));

-- What is heard at an edge of the file that cuts through sound, to compare it with its neighbours (domain/edge_sound.py).
-- NULL: no edge cuts through sound, or the file was analysed before this was kept.
ALTER TABLE file ADD COLUMN begins_with BLOB;
ALTER TABLE file ADD COLUMN ends_with BLOB;
CREATE INDEX file_ends_in_sound ON file (folder_id) WHERE ends_with IS NOT NULL;
CREATE INDEX file_given_cuts ON file (folder_id) WHERE cut_by IS NOT NULL;
CREATE INDEX passage_gapless ON passage (file_id) WHERE gapless_with_next = 1;

-- Loudness
-- How many 400 ms blocks of a passage are how loud, packed (domain/loudness_distribution.py): the loudness of an album or a
-- disc is that of the blocks of all its passages. NULL: the gates left none, or an earlier version measured it.
ALTER TABLE passage ADD COLUMN loudness_distribution BLOB CHECK (length(loudness_distribution) > 0);

-- The passages of an album that only tags or paths name.
CREATE INDEX file_tags_album_group ON file_tags (album_group) WHERE album_group IS NOT NULL;

-- Edits
-- A person also edits files: their cuts.
CREATE TABLE new_edit (
    id INTEGER PRIMARY KEY,
    at_ns INTEGER NOT NULL,
    subject TEXT NOT NULL CHECK (subject IN ('passage', 'song', 'artist', 'work', 'album', 'file')),
    subject_key TEXT NOT NULL,
    field TEXT NOT NULL,
    part TEXT,
    old_value ANY,
    new_value ANY,
    CHECK (old_value IS NOT new_value)
) STRICT;
INSERT INTO new_edit SELECT * FROM edit;
DROP TABLE edit;
ALTER TABLE new_edit RENAME TO edit;

-- Journal
-- Tables have more columns than rows of the journal had.
ALTER TABLE before_image ADD COLUMN c41 ANY;
ALTER TABLE before_image ADD COLUMN c42 ANY;
ALTER TABLE before_image ADD COLUMN c43 ANY;
ALTER TABLE before_image ADD COLUMN c44 ANY;
ALTER TABLE before_image ADD COLUMN c45 ANY;
ALTER TABLE before_image ADD COLUMN c46 ANY;
ALTER TABLE before_image ADD COLUMN c47 ANY;
ALTER TABLE before_image ADD COLUMN c48 ANY;
