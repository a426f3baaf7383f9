"""Where files are beside their path: the statements that store it for a whole batch at once."""

from typing import Final

from passagework.persistence.rows.analysis import STAMP
from passagework.persistence.rows.columns import listed

_REMOVE: Final = "DELETE FROM file_place WHERE path IN (SELECT path FROM temp.staged_place WHERE of_path IS NULL)"

_FOLDERS: Final = """
INSERT INTO folder (path, path_text, first_run)
SELECT folder, folder_text, min(run_id) FROM (
    SELECT folder, folder_text, run_id FROM temp.staged_place WHERE of_path IS NOT NULL
    UNION ALL SELECT of_folder, of_folder_text, run_id FROM temp.staged_place WHERE of_path IS NOT NULL
) GROUP BY folder ORDER BY folder
ON CONFLICT (path) DO NOTHING
"""

# A place may be found before the work on its file has begun.
_FILES: Final = f"""
INSERT INTO file (guid, folder_id, path, path_text, {listed(STAMP)}, state, first_run)
SELECT s.guid, folder.id, s.of_path, s.of_path_text, {listed(STAMP, "s")}, 'pending', s.run_id
FROM temp.staged_place AS s CROSS JOIN folder ON folder.path = s.of_folder
WHERE s.of_path IS NOT NULL
ORDER BY s.of_path
ON CONFLICT (path) DO NOTHING
"""

_PLACES: Final = """
INSERT INTO file_place (path, path_text, file_id, folder_id, run_id)
SELECT s.path, s.path_text, file.id, folder.id, s.run_id
FROM temp.staged_place AS s CROSS JOIN file ON file.path = s.of_path CROSS JOIN folder ON folder.path = s.folder
WHERE s.of_path IS NOT NULL
ON CONFLICT (path) DO UPDATE SET file_id = excluded.file_id, run_id = excluded.run_id
WHERE file_place.file_id <> excluded.file_id
"""

STORE_PLACES: Final = (_REMOVE, _FOLDERS, _FILES, _PLACES)
