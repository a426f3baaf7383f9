-- What a person sets, and what a run's writes cost. No import ever writes the columns of a person; NULL means that
-- nobody has said anything. Names, titles and weights that a person sets lie in the columns that the schema has for
-- them already, marked 'user' in their *_source column.

-- probability: how often something is to be played, relative to 1. After it was played it rests for cooldown_seconds,
-- and comes back by and by during the ramp_seconds after that.
ALTER TABLE artist ADD COLUMN probability REAL CHECK (probability >= 0);
ALTER TABLE artist ADD COLUMN cooldown_seconds INTEGER CHECK (cooldown_seconds >= 0);
ALTER TABLE artist ADD COLUMN ramp_seconds INTEGER CHECK (ramp_seconds >= 0);
ALTER TABLE work ADD COLUMN probability REAL CHECK (probability >= 0);
ALTER TABLE work ADD COLUMN cooldown_seconds INTEGER CHECK (cooldown_seconds >= 0);
ALTER TABLE work ADD COLUMN ramp_seconds INTEGER CHECK (ramp_seconds >= 0);
ALTER TABLE song ADD COLUMN probability REAL CHECK (probability >= 0);
ALTER TABLE song ADD COLUMN cooldown_seconds INTEGER CHECK (cooldown_seconds >= 0);
ALTER TABLE song ADD COLUMN ramp_seconds INTEGER CHECK (ramp_seconds >= 0);
ALTER TABLE passage ADD COLUMN user_title TEXT;
ALTER TABLE passage ADD COLUMN probability REAL CHECK (probability >= 0);
ALTER TABLE passage ADD COLUMN approval TEXT CHECK (approval IN ('approved', 'rejected'));

-- What people set, in order, with what was there before: rows of runs carry their run, these carry their moment.
-- subject_key is the guid of a passage, the MBID of an entity; part is the MBID of the artist whose weight it is.
CREATE TABLE edit (
    id INTEGER PRIMARY KEY,
    at_ns INTEGER NOT NULL,
    subject TEXT NOT NULL CHECK (subject IN ('passage', 'song', 'artist', 'work', 'album')),
    subject_key TEXT NOT NULL,
    field TEXT NOT NULL,
    part TEXT,
    old_value ANY,
    old_source TEXT,
    new_value ANY
) STRICT;
CREATE INDEX edit_subject ON edit (subject_key, field);

-- The accounts of the writer for this run (JSON), written when it is closed.
ALTER TABLE run ADD COLUMN accounts TEXT;
