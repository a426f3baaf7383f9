"""Songs, artists, works and albums: the statements that store, for a whole batch, that there are such entities.

Entities are found by their MBID and keep their row. What they are called follows from what is stated of them
(derive.py). Mergers come first: links are resolved with them.
"""

from typing import Final


def _entities(kind: str) -> str:
    """Write the statement for one kind of entity."""
    return f"""
INSERT INTO {kind} (mbid, first_run)
SELECT s.mbid, min(l.run_id) FROM temp.staged_{kind} AS s CROSS JOIN temp.staged_link AS l ON l.id = s.link_id
GROUP BY s.mbid ORDER BY s.mbid
ON CONFLICT (mbid) DO UPDATE SET first_run = excluded.first_run WHERE excluded.first_run < {kind}.first_run
"""


# Of contradicting mergers in one batch the largest MBID counts, so that the order of messages does not matter.
_MERGED: Final = """
INSERT INTO merged_mbid (old, new, first_run)
SELECT old, max(new), min(run_id) FROM temp.staged_merger GROUP BY old
ON CONFLICT (old) DO UPDATE SET new = excluded.new WHERE merged_mbid.new <> excluded.new
"""

STORE_MERGERS: Final = (_MERGED,)
STORE_ENTITIES: Final = tuple(map(_entities, ("artist", "work", "song", "album")))
