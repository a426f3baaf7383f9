-- Fingerprints of what the passage would be with other bounds, to be tried where nothing fits its own: JSON, a list of
-- [shift of the start in seconds, length in seconds, fingerprint]. NULL where its bounds leave no doubt.
ALTER TABLE passage_fingerprint ADD COLUMN shifted TEXT;

-- Which services the run could ask, by name, with a space between; NULL: from before this was kept.
ALTER TABLE run ADD COLUMN services TEXT;
