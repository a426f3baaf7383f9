-- Curves and fingerprints are packed (domain/packed_curves.py, domain/packed_fingerprint.py). What is there stays as it
-- is, and can be read; rows are packed when their files are read again. All new columns may be NULL, so that rows in the
-- journal of earlier runs can be put back.

-- How envelope and waveform are packed. NULL: the envelope with zlib, the waveform not at all.
ALTER TABLE file_curves ADD COLUMN packing INTEGER CHECK (packing > 0);

-- The fingerprint; the column fingerprint is empty then. NULL: it is the text in there.
ALTER TABLE passage_fingerprint ADD COLUMN packed BLOB;

-- Programs of earlier schemas would show curves that are noise, and no fingerprints.
UPDATE library SET oldest_reader = 10;
