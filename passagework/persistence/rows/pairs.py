"""Which passages run on in the next one, by what the library says of the files that are there.

write/gapless.py says when pairs are looked for; file/own_rules.py looks whether they are those that follow.
"""

import sqlite3
from typing import Final

from passagework.domain.edge_sound import continues

DISC: Final = "coalesce(t.medium, t.path_medium, 1)"
TRACK: Final = "coalesce(t.track, t.path_track)"


def pairs(in_sound: str) -> str:
    """Write the SELECT of the passages that run on, of the files whose ``file_id`` a table or a SELECT has.

    A passage runs on where the next one of its file begins at its end, and neither may be overlapped there; or where
    its file ends inside sound, and what the next file of the folder begins with continues it.
    """
    return f"""
SELECT p.id FROM {in_sound} AS s
CROSS JOIN passage AS p ON p.file_id = s.file_id AND p.retired_ns IS NULL AND p.lead_out_ticks = 0
CROSS JOIN passage AS n ON n.file_id = s.file_id AND n.retired_ns IS NULL AND n.lead_in_ticks = 0
    AND n.start_ticks = p.end_ticks
UNION
SELECT (
    SELECT p.id FROM passage AS p WHERE p.file_id = f.id AND p.retired_ns IS NULL ORDER BY p.start_ticks DESC LIMIT 1
)
FROM (
    SELECT f.id, f.ends_with, {DISC} AS disc, {TRACK} AS track,
        lead(f.begins_with) OVER by_number AS next_begins_with,
        lead({DISC}) OVER by_number AS next_disc, lead({TRACK}) OVER by_number AS next_track
    FROM (
        SELECT DISTINCT f.folder_id FROM {in_sound} AS s CROSS JOIN file AS f ON f.id = s.file_id
        WHERE f.ends_with IS NOT NULL
    ) AS d
    CROSS JOIN file AS f ON f.folder_id = d.folder_id AND f.missing_run IS NULL AND f.excluded_run IS NULL
    LEFT JOIN file_tags AS t ON t.file_id = f.id
    WHERE EXISTS (SELECT 1 FROM passage AS p WHERE p.file_id = f.id AND p.retired_ns IS NULL)
    WINDOW by_number AS (PARTITION BY f.folder_id ORDER BY {DISC}, {TRACK} NULLS LAST, f.path)
) AS f
WHERE f.ends_with IS NOT NULL AND f.next_begins_with IS NOT NULL
    AND coalesce((f.next_disc, f.next_track) IN ((f.disc, f.track + 1), (f.disc + 1, 1)), true)
    AND continues(f.ends_with, f.next_begins_with)
"""


def add_continues(connection: sqlite3.Connection) -> None:
    """Let SQL call ``continues``."""
    connection.create_function("continues", 2, continues, deterministic=True)
