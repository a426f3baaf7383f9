-- The views of names are made by the program after the last migration. This version only marks that they are there.

-- The oldest schema whose programs can read this library: a migration that they would misread raises it. They never
-- write it.
ALTER TABLE library ADD COLUMN oldest_reader INTEGER NOT NULL DEFAULT 6;
