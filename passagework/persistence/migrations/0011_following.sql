-- A library that follows the music: what was true of a file when it was last read is kept beside what is shown.

-- Statements: what the tags of each file and the services say about entities, from which their names are derived.

-- Identity: what a file is known by beside its path, and the places where it is found.

-- States: what leaves lists and exports without being deleted.

-- Runs: what each run found, by name.

-- Parts: the version and settings that made each part of an analysis.

-- Names: what the names of files and folders say.

-- path_*: what the path says where the tags say nothing (domain/path_names/). album_group: what the files of one album
-- without an MBID have in common, as 16 hexadecimal digits. NULL also in rows of earlier schemas, until their files are
-- read again; but what has no title or no artist is named now.
ALTER TABLE file_tags ADD COLUMN path_title TEXT;
ALTER TABLE file_tags ADD COLUMN path_artist TEXT;
ALTER TABLE file_tags ADD COLUMN path_album TEXT;
ALTER TABLE file_tags ADD COLUMN path_medium INTEGER;
ALTER TABLE file_tags ADD COLUMN path_track INTEGER;
ALTER TABLE file_tags ADD COLUMN album_group TEXT;
UPDATE file_tags SET (path_title, path_artist, path_album, path_medium, path_track, album_group) = (
    SELECT json_extract(said, '$[0]'), json_extract(said, '$[1]'), json_extract(said, '$[2]'), json_extract(said, '$[3]'),
        json_extract(said, '$[4]'), json_extract(said, '$[5]')
    FROM (SELECT names_of_path(file_tags.fields, f.path) AS said FROM file AS f WHERE f.id = file_tags.file_id)
)
WHERE title IS NULL OR artist IS NULL;

-- The end of the step.
