"""Which files hold a release: the statement that stores it for a whole batch at once."""

from typing import Final

# With another revision a message that is delivered again changes nothing, and decisions about the present pieces are
# ignored.
_STORE: Final = """
UPDATE file SET track_list = l.track_list, analysis_version = 0, link_revision = file.link_revision + 1
FROM temp.staged_list AS l
WHERE file.path = l.path AND file.link_revision = l.revision AND file.state = 'analysed' AND file.user_cuts IS NULL
"""

STORE_LISTS: Final = (_STORE,)
