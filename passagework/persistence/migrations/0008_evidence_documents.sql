-- The evidence of a passage is one document, and no longer a row for each statement: those were two thirds of the rows of
-- an import. The view evidence has the rows, for SQL. What looks statements up by an entity (which files say what of an
-- artist, a song, a work or an album?) does not belong into the documents, which no index reaches: that is for tables of
-- its own, with a row for each statement and an index on the entity.

-- In a library that exists, file/evidence_documents.py does this in many transactions, and fills the table.

-- statements is a JSON list of [source, kind, value, strength] in the order of their positions, without the strength
-- where there is none. There is no row for a passage without evidence.
CREATE TABLE passage_evidence (
    passage_id INTEGER PRIMARY KEY REFERENCES passage,
    statements TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run
) STRICT;

DROP TABLE evidence;
