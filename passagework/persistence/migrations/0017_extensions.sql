-- What extensions measure of passages.

-- Extensions
-- A row for each value: a number (value) or a short text (text), or failure, the reason why there is none. The measure ''
-- is that of a failure of the extension as a whole. version is that of the package of the extension.
CREATE TABLE passage_value (
    passage_id INTEGER NOT NULL REFERENCES passage,
    extension TEXT NOT NULL CHECK (length(extension) BETWEEN 1 AND 64),
    measure TEXT NOT NULL CHECK (length(measure) <= 64),
    version TEXT NOT NULL CHECK (length(version) BETWEEN 1 AND 64),
    value REAL CHECK (value BETWEEN -1e300 AND 1e300),
    text TEXT CHECK (length(text) <= 200),
    failure TEXT CHECK (length(failure) BETWEEN 1 AND 200),
    run_id INTEGER NOT NULL REFERENCES run,
    PRIMARY KEY (passage_id, extension, measure),
    CHECK ((value IS NOT NULL) + (text IS NOT NULL) + (failure IS NOT NULL) = 1)
) STRICT, WITHOUT ROWID;
CREATE INDEX passage_value_run ON passage_value (run_id);
