"""Files that a run added, and missing ones with the same audio: what may be one file.

Files that an earlier run added count, too, if no run was completed since: it was killed or cancelled before this.
"""

from typing import Final

LAST_COMPLETED: Final = """
coalesce((SELECT max(c.id) FROM run AS c WHERE c.id < j.run_id AND c.state = 'completed'), 0)
"""
"""The number of the last run that was completed before run ``j``."""

# From the files of the run to the missing ones, never from all files of the library. What a person knows already stays.
ALIKE: Final = f"""
SELECT DISTINCT g.id AS gone_id, n.id AS new_id, g.path AS gone, n.path AS new, g.content_hash IS n.content_hash AS same
FROM {{run}} AS j
CROSS JOIN run_file AS r ON r.run_id > {LAST_COMPLETED}
CROSS JOIN file AS n ON n.id = r.file_id AND n.first_run > {LAST_COMPLETED} AND n.state = 'analysed'
    AND coalesce(n.missing_run, n.excluded_run) IS NULL
CROSS JOIN file AS g ON g.audio_hash = n.audio_hash AND g.missing_run IS NOT NULL
WHERE NOT EXISTS (
    SELECT 1 FROM passage AS p WHERE p.file_id = n.id
        AND coalesce(p.user_title, p.probability, p.approval, p.user_recording) IS NOT NULL
)
"""
"""``run`` is to be a table with the column ``run_id``."""

AMBIGUOUS: Final = f"SELECT new, gone FROM ({ALIKE.format(run='(SELECT :run AS run_id)')}) ORDER BY new, gone"
"""The files of a run that may be one of several missing ones, or of which several may be one, once pairs are joined."""
