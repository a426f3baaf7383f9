"""Identification that is deferred: the statements that store it for a whole batch at once.

First each staged delay finds its passage; one that is to be ignored finds none. Then the passages are written.
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
"""What it means for the columns of a passage that nothing is decided about it."""

LOOK_AGAIN: Final = ", ".join(f"{column} = {undecided}" for column, undecided in UNDECIDED.items())

# There are three cases in which a delay finds no passage, and is ignored:
# - the passage was retired;
# - it belongs to another file than the message says;
# - tags or neighbours have changed since the linker looked, so that it may be decided now.
_RESOLVE: Final = """
UPDATE temp.staged_delay SET passage_id = (
    SELECT p.id FROM passage AS p JOIN file ON file.id = p.file_id
    WHERE p.guid = staged_delay.guid AND file.path = staged_delay.path AND p.retired_ns IS NULL
        AND coalesce(staged_delay.revision, file.link_revision) = file.link_revision
)
"""

# What is known of the passage stays. Another time is another attempt; the same one is the same message once more.
_DEFER: Final = """
UPDATE passage SET link_attempts = passage.link_attempts + (passage.link_retry_ns IS NOT d.until_ns),
    link_retry_ns = d.until_ns, link_reason = d.reason, link_run = d.run_id
FROM temp.staged_delay AS d
WHERE passage.id = d.passage_id AND (passage.link_retry_ns, passage.link_reason) IS NOT (d.until_ns, d.reason)
"""

STORE_DELAYS: Final = (_RESOLVE, _DEFER)
