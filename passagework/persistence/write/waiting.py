"""What waits for identification: the statements that defer it, for a whole batch at once."""

from typing import Final

LOOK_AGAIN: Final = """
    link_state = 'waiting', link_reason = NULL, link_run = NULL, link_attempts = 0, link_retry_ns = NULL,
    link_doubt = NULL, link_confidence = NULL, link_weights = NULL
"""
"""What it means for the columns of a passage that nothing is decided about it."""

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

STORE_DELAYS: Final = (_RESOLVE, _PUT_OFF)
