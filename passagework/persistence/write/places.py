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

_BEHIND: Final = "CAST(a.second || substr({path}, length(a.first) + 1) AS BLOB)"

_BELOW: Final = """
{path} >= CAST(a.first || x'2f' AS BLOB) AND {path} < CAST(a.first || x'30' AS BLOB)
"""

# Only of what is there: the rest is no more at its second place, either.
_THERE: Final = "f.missing_run IS NULL AND f.excluded_run IS NULL"

_AT: Final = f"""
SELECT a.run_id, f.id AS file_id, {_BEHIND.format(path="f.path")} AS path, {_BEHIND.format(path="d.path")} AS folder
FROM temp.staged_root AS a CROSS JOIN file AS f ON {_BELOW.format(path="f.path")}
CROSS JOIN folder AS d ON d.id = f.folder_id
WHERE {_THERE}
UNION ALL
SELECT a.run_id, f.id, {_BEHIND.format(path="l.path")}, {_BEHIND.format(path="d.path")}
FROM temp.staged_root AS a CROSS JOIN file_place AS l ON {_BELOW.format(path="l.path")}
CROSS JOIN folder AS d ON d.id = l.folder_id CROSS JOIN file AS f ON f.id = l.file_id
WHERE {_THERE}
"""

_SECOND_FOLDERS: Final = f"""
INSERT INTO folder (path, path_text, first_run)
SELECT folder, display_path(folder), min(run_id) FROM ({_AT}) GROUP BY folder ORDER BY folder
ON CONFLICT (path) DO NOTHING
"""

_SECOND_PLACES: Final = f"""
INSERT INTO file_place (path, path_text, file_id, folder_id, run_id)
SELECT n.path, display_path(n.path), n.file_id, folder.id, n.run_id
FROM ({_AT}) AS n CROSS JOIN folder ON folder.path = n.folder
WHERE NOT EXISTS (SELECT 1 FROM file WHERE file.path = n.path)
    AND NOT EXISTS (SELECT 1 FROM file_place AS l WHERE l.path = n.path AND l.file_id = n.file_id)
ORDER BY n.path
ON CONFLICT (path) DO UPDATE SET file_id = excluded.file_id, run_id = excluded.run_id
"""

STORE_SECOND_PLACES: Final = (_SECOND_FOLDERS, _SECOND_PLACES)
STORE_PLACES: Final = (_REMOVE, _FOLDERS, _FILES, _PLACES)
