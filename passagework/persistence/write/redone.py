"""What was redone of files from what the library holds: cues of passages, and what has made the parts of a file.

Every update compares before it writes: a message that is delivered twice changes no row.
"""

from typing import Final

from passagework.persistence.rows.analysis import CUES
from passagework.persistence.rows.columns import assigned, differs

_KNOW: Final = """
INSERT INTO provenance (parts) SELECT DISTINCT parts FROM temp.staged_redone WHERE true ON CONFLICT (parts) DO NOTHING
"""

# A passage that was cut otherwise meanwhile has cues of its own.
_FIND_PASSAGES: Final = """
UPDATE temp.staged_cues AS s SET passage_id = (
    SELECT p.id FROM file AS f CROSS JOIN passage AS p ON p.file_id = f.id
    WHERE f.path = s.path AND p.retired_ns IS NULL AND (p.start_ticks, p.end_ticks) = (s.start_ticks, s.end_ticks)
)
"""

_CUES: Final = f"""
UPDATE passage SET {assigned(CUES, "s")}, analysis_run = s.run_id
FROM temp.staged_cues AS s
WHERE passage.id = s.passage_id AND {differs(CUES, "passage", "s")}
"""

_MADE_BY: Final = "(SELECT id FROM provenance WHERE provenance.parts = s.parts)"

_FILES: Final = f"""
UPDATE file SET provenance_id = {_MADE_BY}
FROM temp.staged_redone AS s
WHERE file.path = s.path AND file.provenance_id IS NOT {_MADE_BY}
"""

STORE_REDONE: Final = (_KNOW, _FIND_PASSAGES, _CUES, _FILES)
