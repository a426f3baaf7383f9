"""Answers of services: the statement that stores them for a whole batch at once."""

from typing import Final

_ANSWERS: Final = """
INSERT INTO answer (key, service, found, merged_into, body, schema_version, fetched_ns, expires_ns, run_id)
SELECT key, service, found, merged_into, body, schema_version, fetched_ns, expires_ns, run_id
FROM temp.staged_answer WHERE true
ON CONFLICT (key) DO UPDATE SET
    service = excluded.service, found = excluded.found, merged_into = excluded.merged_into, body = excluded.body,
    schema_version = excluded.schema_version, fetched_ns = excluded.fetched_ns, expires_ns = excluded.expires_ns,
    run_id = excluded.run_id
WHERE excluded.fetched_ns > answer.fetched_ns
"""

STORE_ANSWERS: Final = (_ANSWERS,)
