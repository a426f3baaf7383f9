"""What waits for identification: the statements that put it off and ask for it again, for a whole batch at once."""

from types import MappingProxyType
from typing import Final

UNDECIDED: Final = MappingProxyType(
    {
        "link_state": "'waiting'",
        "link_reason": "NULL",
        "link_run": "NULL",
        "link_attempts": "0",
        "link_retry_ns": "NULL",
        "link_doubt": "NULL",
        "link_confidence": "NULL",
        "link_weights": "NULL",
    }
)
"""What it means for the columns of a passage that nothing is decided about it."""

LOOK_AGAIN: Final = ", ".join(f"{column} = {undecided}" for column, undecided in UNDECIDED.items())

_RESOLVE: Final = """
UPDATE temp.staged_delay SET passage_id = (
    SELECT p.id FROM passage AS p JOIN file ON file.id = p.file_id
    WHERE p.guid = staged_delay.guid AND file.path = staged_delay.path AND p.retired_ns IS NULL
        AND coalesce(staged_delay.revision, file.link_revision) = file.link_revision
)
"""

# Another time is another attempt; the same one is the same message once more.
_PUT_OFF: Final = """
UPDATE passage SET link_attempts = passage.link_attempts + (passage.link_retry_ns IS NOT d.until_ns),
    link_retry_ns = d.until_ns, link_reason = d.reason, link_run = d.run_id
FROM temp.staged_delay AS d
WHERE passage.id = d.passage_id AND (passage.link_retry_ns, passage.link_reason) IS NOT (d.until_ns, d.reason)
"""

_FIND_ASKED: Final = """
UPDATE temp.staged_request SET passage_id = (
    SELECT p.id FROM passage AS p WHERE p.guid = staged_request.guid AND p.retired_ns IS NULL
        AND (p.link_state <> 'waiting' OR p.link_retry_ns IS NOT NULL OR p.link_asked_ns IS NULL)
)
"""

# A decision under way was made before it was asked for.
_REVISE: Final = """
UPDATE file SET link_revision = link_revision + 1
WHERE id IN (
    SELECT p.file_id FROM temp.staged_request AS r CROSS JOIN passage AS p ON p.id = r.passage_id
)
"""

_ASK: Final = f"""
UPDATE passage SET {LOOK_AGAIN}, link_asked_ns = :now WHERE id IN (SELECT passage_id FROM temp.staged_request)
"""

STORE_DELAYS: Final = (_RESOLVE, _PUT_OFF)
STORE_REQUESTS: Final = (_FIND_ASKED, _REVISE, _ASK)
