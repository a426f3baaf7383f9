-- What a person sets, and what a run's writes cost. No import ever writes the columns of a person, and they lie beside
-- those of the imports, which go on being maintained: taken back (NULL), the import's value counts as if nobody had
-- ever said anything. Read them as coalesce(user_title, title).

-- probability: how often something is to be played, relative to 1. After it was played it rests for cooldown_seconds,
-- and comes back by and by during the ramp_seconds after that.
ALTER TABLE artist ADD COLUMN user_name TEXT;
ALTER TABLE artist ADD COLUMN probability REAL CHECK (probability >= 0);
ALTER TABLE artist ADD COLUMN cooldown_seconds INTEGER CHECK (cooldown_seconds >= 0);
ALTER TABLE artist ADD COLUMN ramp_seconds INTEGER CHECK (ramp_seconds >= 0);
ALTER TABLE work ADD COLUMN user_title TEXT;
ALTER TABLE work ADD COLUMN probability REAL CHECK (probability >= 0);
ALTER TABLE work ADD COLUMN cooldown_seconds INTEGER CHECK (cooldown_seconds >= 0);
ALTER TABLE work ADD COLUMN ramp_seconds INTEGER CHECK (ramp_seconds >= 0);
ALTER TABLE song ADD COLUMN user_title TEXT;
ALTER TABLE song ADD COLUMN probability REAL CHECK (probability >= 0);
ALTER TABLE song ADD COLUMN cooldown_seconds INTEGER CHECK (cooldown_seconds >= 0);
ALTER TABLE song ADD COLUMN ramp_seconds INTEGER CHECK (ramp_seconds >= 0);
ALTER TABLE album ADD COLUMN user_title TEXT;
ALTER TABLE album ADD COLUMN user_date TEXT;
ALTER TABLE passage ADD COLUMN user_title TEXT;
ALTER TABLE passage ADD COLUMN probability REAL CHECK (probability >= 0);
ALTER TABLE passage ADD COLUMN approval TEXT CHECK (approval IN ('approved', 'rejected'));

-- The weights of a song are one statement about all of its artists. They lie in song_artist.weight, with weight_source
-- 'user' in every row of the song; taken back, they are equal shares again.

-- What people set, in order, with what they had set before; NULL: nothing, the import's value counts. Rows of runs
-- carry their run, these carry their moment. subject_key is the guid of a passage, the MBID of an entity; part is the
-- MBID of the artist whose weight it is.
CREATE TABLE edit (
    id INTEGER PRIMARY KEY,
    at_ns INTEGER NOT NULL,
    subject TEXT NOT NULL CHECK (subject IN ('passage', 'song', 'artist', 'work', 'album')),
    subject_key TEXT NOT NULL,
    field TEXT NOT NULL,
    part TEXT,
    old_value ANY,
    new_value ANY,
    CHECK (old_value IS NOT new_value)
) STRICT;

-- The accounts of the writer for this run (JSON), written when it is closed.
ALTER TABLE run ADD COLUMN accounts TEXT;
