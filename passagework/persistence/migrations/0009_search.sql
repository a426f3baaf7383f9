-- What is derived from the other tables, so that questions need not read them. NULL: it is not there, or not valid.

-- search_index: the version of the search index; the program makes it where SQLite has FTS5. counts: the numbers of the
-- library (JSON), as the last run left them.
ALTER TABLE library ADD COLUMN search_index TEXT;
ALTER TABLE library ADD COLUMN counts TEXT;
