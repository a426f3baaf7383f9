-- The version of the search index, if it is there and holds everything; the program makes it, where SQLite has FTS5.
ALTER TABLE library ADD COLUMN search_index TEXT;
