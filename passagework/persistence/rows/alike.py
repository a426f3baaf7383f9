"""Files that a run added, and missing ones with the same audio: what may be one file.

Of files that earlier runs added two kinds count, too:

- no run was completed since: it was killed or cancelled before this;
- the run misses a file that no completed run has looked for since, as where two folders are imported one after the
  other, first the one to which files were moved. A copy that a run has seen beside the other is a file of its own.
"""

from typing import Final

from passagework.persistence.rows.columns import has_values

LAST_COMPLETED: Final = """
coalesce((SELECT max(c.id) FROM run AS c WHERE c.id < j.run_id AND c.state = 'completed'), 0)
"""
"""The number of the last run that was completed before run ``j``."""

COVERS: Final = """
(substr({path}, 1, length({root})) = {root}
    AND ({root} = x'2f' OR substr({path}, length({root}) + 1, 1) IN (x'', x'2f')))
"""
"""Whether a path is a root, or below it."""

# A run with other roots beside these has looked there, too.
_LAST_ALIKE: Final = f"""
coalesce((
    SELECT c.id FROM run AS c WHERE c.id < j.run_id AND c.state = 'completed' AND NOT EXISTS (
        SELECT 1 FROM run_root AS now WHERE now.run_id = j.run_id AND NOT EXISTS (
            SELECT 1 FROM run_root AS before
            WHERE before.run_id = c.id AND {COVERS.format(path="now.path", root="before.path")}
        )
    ) ORDER BY c.id DESC LIMIT 1
), 0)
"""
"""The last run that was completed before run ``j`` and looked at all of its roots: what was there then was seen."""

# The roots of runs that are folded into a later one are not known any more.
_LOOKED_FOR_SINCE: Final = f"""
SELECT 1 FROM run AS c WHERE c.id >= n.first_run AND c.id < j.run_id AND c.state = 'completed' AND (
    c.folded > 0 OR EXISTS (
        SELECT 1 FROM run_root AS of WHERE of.run_id = c.id AND {COVERS.format(path="g.path", root="of.path")}
    )
)
"""

# From the files of the runs to the missing ones, never from all files of the library. What a person knows stays.
ALIKE: Final = f"""
SELECT DISTINCT g.id AS gone_id, n.id AS new_id, g.path AS gone, n.path AS new, g.content_hash IS n.content_hash AS same
FROM {{run}} AS j
CROSS JOIN run_file AS r ON r.run_id > {_LAST_ALIKE}
CROSS JOIN file AS n ON n.id = r.file_id AND n.state = 'analysed' AND coalesce(n.missing_run, n.excluded_run) IS NULL
CROSS JOIN file AS g ON g.audio_hash = n.audio_hash AND g.missing_run IS NOT NULL
WHERE (
    n.first_run > {LAST_COMPLETED}
    OR (g.missing_run = j.run_id AND g.first_run < n.first_run AND NOT EXISTS ({_LOOKED_FOR_SINCE}))
) AND NOT EXISTS (
    SELECT 1 FROM passage AS p WHERE p.file_id = n.id
        AND {has_values("p")}
) AND (g.user_cuts IS NULL OR n.user_cuts IS NULL)
"""
"""``run`` is to be a table with the column ``run_id``."""

AMBIGUOUS: Final = f"SELECT new, gone FROM ({ALIKE.format(run='(SELECT :run AS run_id)')}) ORDER BY new, gone"
"""The files of a run that may be one of several missing ones, or of which several may be one, once pairs are joined."""
