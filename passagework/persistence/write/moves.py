"""Where files are, and with which stamps: the statements that store it for a whole batch at once.

A path is unique, and files may have swapped theirs. So files that move have no path that could be one, until all paths
that they leave are free. There are three kinds of rows at the path that a file moves to:

- another file that moves, too: it leaves the path;
- a file without a result, which only begins to be known: that was this file, under its new name, so its row goes;
- any other: its content is overwritten. It is missing from now on, and found again by its content. Its former path has
  ``//`` behind it, which no path of a file has, and its guid.
"""

from typing import Final

from passagework.domain.given_cuts import CutSource
from passagework.domain.identification.linking.provisional import WHEN_SERVICES_COME
from passagework.domain.identification.scoring.held_release import SEARCHED_SECONDS
from passagework.domain.units import TICKS_PER_SECOND
from passagework.persistence.rows.analysis import STAMP
from passagework.persistence.rows.columns import assigned, differs
from passagework.persistence.rows.tag_rows import PATH_COLUMNS

_HINTS: Final = tuple(column for column in STAMP if column not in {"size", "mtime_ns"})
_CONTENT: Final = ("size", "mtime_ns")

# By themselves, since the journal keeps no image of a row of which only these change.
_HINTS_OF_FILES: Final = f"""
UPDATE file SET {assigned(_HINTS, "m")} FROM temp.staged_stamp AS m
WHERE file.path = m.path AND {differs(_HINTS, "file", "m")}
"""

_STAMPS: Final = f"""
UPDATE file SET {assigned(_CONTENT, "m")}, missing_run = NULL, excluded_run = NULL
FROM temp.staged_stamp AS m
WHERE file.path = m.path
    AND ({differs(_CONTENT, "file", "m")} OR coalesce(file.missing_run, file.excluded_run) IS NOT NULL)
"""

_END_ATTEMPTS: Final = """
UPDATE attempt SET open = 0, attempts = 0, alone = 0
WHERE file_id IN (SELECT file.id FROM temp.staged_stamp AS m JOIN file ON file.path = m.path)
    AND (open OR attempts OR alone)
"""

# A file that is elsewhere was moved by an earlier delivery of the message, or is not known any more.
_RESOLVE: Final = """
UPDATE temp.staged_move SET file_id = (
    SELECT file.id FROM file WHERE file.path = staged_move.source AND file.guid = staged_move.guid
)
"""

_IGNORE_UNKNOWN: Final = "DELETE FROM temp.staged_move WHERE file_id IS NULL"

_FOLDERS: Final = """
INSERT INTO folder (path, path_text, first_run)
SELECT folder, folder_text, min(run_id) FROM temp.staged_move GROUP BY folder ORDER BY folder
ON CONFLICT (path) DO NOTHING
"""

_IN_THE_WAY: Final = """
file.path IN (SELECT target FROM temp.staged_move) AND file.id NOT IN (SELECT file_id FROM temp.staged_move)
"""

_WITHOUT_RESULT: Final = f"""
SELECT file.id FROM file WHERE {_IN_THE_WAY} AND file.state = 'pending' AND file.analysis_run IS NULL
    AND file.user_cuts IS NULL AND NOT EXISTS (SELECT 1 FROM passage WHERE passage.file_id = file.id)
    AND NOT EXISTS (SELECT 1 FROM run_file WHERE run_file.file_id = file.id)
"""

# Links lead to a path, whatever is there. A file with another name of its own moves there, and is not in the way.
_PLACES: Final = f"""
UPDATE file_place SET file_id = m.file_id, run_id = m.run_id
FROM temp.staged_move AS m CROSS JOIN file ON file.path = m.target
WHERE file_place.file_id = file.id AND {_IN_THE_WAY}
"""

_DROP_ATTEMPTS: Final = f"DELETE FROM attempt WHERE file_id IN ({_WITHOUT_RESULT})"
_DROP_FILES: Final = f"DELETE FROM file WHERE id IN ({_WITHOUT_RESULT})"

_OVERWRITTEN: Final = f"""
UPDATE file SET path = CAST(path || '//' || guid AS BLOB), path_text = path_text || '//' || guid, excluded_run = NULL,
    missing_run = coalesce(missing_run, (SELECT max(run_id) FROM temp.staged_move))
WHERE {_IN_THE_WAY}
"""

_LEAVE: Final = """
UPDATE file SET path = CAST('//' || guid AS BLOB) WHERE id IN (SELECT file_id FROM temp.staged_move)
"""

_ARRIVE: Final = f"""
UPDATE file SET path = m.target, path_text = m.target_text,
    folder_id = (SELECT folder.id FROM folder WHERE folder.path = m.folder),
    missing_run = iif(m.lost, coalesce(file.missing_run, m.run_id), NULL), excluded_run = NULL,
    {assigned(STAMP, "m")}
FROM temp.staged_move AS m WHERE file.id = m.file_id
"""

# Files without tags are searched for by their names, which are others now: decided again as soon as a service can be
# asked, and linked as they are until then.
_LOOK_AGAIN: Final = f"""
UPDATE passage SET link_retry_ns = {WHEN_SERVICES_COME}
WHERE retired_ns IS NULL AND link_state <> 'waiting' AND file_id IN (
    SELECT f.id FROM temp.staged_move AS m JOIN file AS f ON f.id = m.file_id JOIN file_tags AS t ON t.file_id = f.id
    WHERE NOT m.lost AND f.user_cuts IS NULL AND (f.cut_by IS NULL OR f.cut_by = '{CutSource.TRACK_LIST}')
        AND f.duration_ticks >= {round(SEARCHED_SECONDS * TICKS_PER_SECOND)} AND coalesce(t.title, t.album) IS NULL
)
"""

# Also the words that searches look for.
_NAMES: Final = f"""
UPDATE file_tags SET {", ".join(f"{name} = json_extract(m.said, '$[{i}]')" for i, name in enumerate(PATH_COLUMNS))}
FROM (
    SELECT m.file_id AS id, path_columns(t.fields, m.target) AS said
    FROM temp.staged_move AS m JOIN file_tags AS t ON t.file_id = m.file_id
    WHERE NOT m.lost
) AS m
WHERE file_tags.file_id = m.id
"""

# A path is that of a file, or another place of one.
_NO_PLACES: Final = "DELETE FROM file_place WHERE path IN (SELECT target FROM temp.staged_move)"

CLEAR_MOVES: Final = "DELETE FROM temp.staged_move"

STORE_STAMPS: Final = (_HINTS_OF_FILES, _STAMPS, _END_ATTEMPTS)
MOVE_FILES: Final = (
    *(_RESOLVE, _IGNORE_UNKNOWN, _FOLDERS, _PLACES, _DROP_ATTEMPTS, _DROP_FILES, _OVERWRITTEN, _LEAVE, _ARRIVE),
    *(_LOOK_AGAIN, _NAMES),
    _NO_PLACES,
)
