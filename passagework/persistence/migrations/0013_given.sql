-- Decoder
-- What decoded the file. NULL: FFmpeg.
ALTER TABLE file ADD COLUMN decoder TEXT;
