-- What a host has played, and what choosing the next passage needs to know.

-- Plays
-- User-owned, like the columns with user values: no import adds a play or takes one away. The index has all of a play, so
-- that the last one of a passage is found without the table.
CREATE TABLE play (
    id INTEGER PRIMARY KEY,
    passage_id INTEGER NOT NULL REFERENCES passage,
    at_ns INTEGER NOT NULL CHECK (at_ns >= 0),
    UNIQUE (passage_id, at_ns)
) STRICT;
CREATE INDEX play_at ON play (at_ns);

-- Versions
-- By these a program that keeps what it has read knows what to read again. last_play: the largest id that a play has had;
-- none is given twice. removed_plays: how many reports were taken back. changes: how many transactions have changed
-- something else than runs, plays and user values.
ALTER TABLE library ADD COLUMN last_play INTEGER NOT NULL DEFAULT 0;
ALTER TABLE library ADD COLUMN removed_plays INTEGER NOT NULL DEFAULT 0;
ALTER TABLE library ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;

-- What people set
-- Almost all rows have none of these values, and are not in the index: writing them costs nothing.
CREATE INDEX passage_chosen ON passage (probability, approval) WHERE probability IS NOT NULL OR approval IS NOT NULL;
CREATE INDEX song_chosen ON song (probability, cooldown_seconds, ramp_seconds)
    WHERE probability IS NOT NULL OR cooldown_seconds IS NOT NULL OR ramp_seconds IS NOT NULL;
CREATE INDEX artist_chosen ON artist (probability, cooldown_seconds, ramp_seconds)
    WHERE probability IS NOT NULL OR cooldown_seconds IS NOT NULL OR ramp_seconds IS NOT NULL;
CREATE INDEX work_chosen ON work (probability, cooldown_seconds, ramp_seconds)
    WHERE probability IS NOT NULL OR cooldown_seconds IS NOT NULL OR ramp_seconds IS NOT NULL;
