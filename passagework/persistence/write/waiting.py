"""Deferred identification: the statements that store it for a whole batch at once.

The order matters: first the passage of each staged delay is found, then the passages are updated.
"""

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
"""The values of the columns of a passage without a decision."""

LOOK_AGAIN: Final = ", ".join(f"{column} = {undecided}" for column, undecided in UNDECIDED.items())

# There are three cases in which no passage is found, and the delay is ignored:
# - the passage was retired;
# - it belongs to another file than the message says;
# - tags or passages of the file have changed since the linker pulled it, so it may be decided now.
_RESOLVE: Final = """
UPDATE temp.staged_delay SET passage_id = (
    SELECT p.id FROM passage AS p JOIN file ON file.id = p.file_id
    WHERE p.guid = staged_delay.guid AND file.path = staged_delay.path AND p.retired_ns IS NULL
        AND coalesce(staged_delay.revision, file.link_revision) = file.link_revision
)
"""

# Links and candidates stay. Another time is another attempt; the same time is the same message, delivered again.
_DEFER: Final = """
UPDATE passage SET link_attempts = passage.link_attempts + (passage.link_retry_ns IS NOT d.until_ns),
    link_retry_ns = d.until_ns, link_reason = d.reason, link_run = d.run_id
FROM temp.staged_delay AS d
WHERE passage.id = d.passage_id AND (passage.link_retry_ns, passage.link_reason) IS NOT (d.until_ns, d.reason)
"""

STORE_DELAYS: Final = (_RESOLVE, _DEFER)
