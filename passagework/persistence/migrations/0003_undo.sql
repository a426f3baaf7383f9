-- What a run found in the rows that it changed or deleted, for undo: c1, c2 ... are the columns of the table in their
-- order. A migration that changes columns of other tables forgets the journal; one that adds some has nothing to do.
CREATE TABLE before_image (
    seq INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES run,
    of_table TEXT NOT NULL,
    c1 ANY, c2 ANY, c3 ANY, c4 ANY, c5 ANY, c6 ANY, c7 ANY, c8 ANY, c9 ANY, c10 ANY,
    c11 ANY, c12 ANY, c13 ANY, c14 ANY, c15 ANY, c16 ANY, c17 ANY, c18 ANY, c19 ANY, c20 ANY,
    c21 ANY, c22 ANY, c23 ANY, c24 ANY, c25 ANY, c26 ANY, c27 ANY, c28 ANY, c29 ANY, c30 ANY,
    c31 ANY, c32 ANY, c33 ANY, c34 ANY, c35 ANY, c36 ANY, c37 ANY, c38 ANY, c39 ANY, c40 ANY
) STRICT;
CREATE INDEX before_image_run ON before_image (run_id, of_table);

-- Runs of earlier schemas left no images.
ALTER TABLE run ADD COLUMN has_images INTEGER NOT NULL DEFAULT 1;
UPDATE run SET has_images = 0;
ALTER TABLE run ADD COLUMN undone_ns INTEGER;
