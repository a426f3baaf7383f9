"""The query of what a run found, file by file."""

import sqlite3
from typing import Final

from passagework.domain.changes import Found
from passagework.domain.codes import open_code
from passagework.domain.failures import Failure, FailureCode, WarningCode
from passagework.domain.ids import Guid
from passagework.domain.json_text import read_json
from passagework.domain.views import Finding, FindingsPage
from passagework.persistence.read.queries import Findings
from passagework.persistence.rows.findings import WHAT, in_order, split_paths

# The path that a file had: the one from which it was moved by the next run that moved it.
_FINDINGS: Final = f"""
WITH ids (id) AS (
    SELECT file_id FROM run_file WHERE run_id = :run AND file_id > :after
    UNION SELECT file_id FROM run_change WHERE run_id = :run AND file_id > :after
    ORDER BY 1 LIMIT :limit
)
SELECT f.id, f.guid,
    coalesce((
        SELECT c.from_path FROM run_change AS c
        WHERE c.file_id = f.id AND c.run_id > :run AND c.what = '{Found.MOVED}' ORDER BY c.run_id LIMIT 1
    ), f.path) AS path,
    iif(r.file_id IS NULL, NULL, {WHAT}),
    (SELECT json_group_array(c.what) FROM run_change AS c WHERE c.run_id = :run AND c.file_id = f.id),
    (SELECT c.from_path FROM run_change AS c WHERE c.run_id = :run AND c.file_id = f.id AND c.what = '{Found.MOVED}'),
    r.failure_code, r.failure_detail, r.warnings,
    (SELECT c.from_path FROM run_change AS c WHERE c.run_id = :run AND c.file_id = f.id AND c.what = '{Found.PLACED}'),
    (SELECT c.from_path FROM run_change AS c WHERE c.run_id = :run AND c.file_id = f.id AND c.what = '{Found.UNPLACED}')
FROM ids CROSS JOIN file AS f ON f.id = ids.id LEFT JOIN run_file AS r ON r.run_id = :run AND r.file_id = f.id
ORDER BY path
"""


def findings(connection: sqlite3.Connection, query: Findings) -> FindingsPage:
    """Return a page of what a run found."""
    values = {"run": query.run, "after": query.after, "limit": query.limit}
    page = []
    last = None
    for file, guid, path, content, changes, from_path, code, detail, warnings, placed, unplaced in connection.execute(
        _FINDINGS, values
    ):
        last = max(file, last or 0)
        found = {*read_json(changes), *({content} if content else ()), *({Found.FAILED} if code else ())}
        codes = tuple(open_code(WarningCode, warning) for warning in read_json(warnings or "[]"))
        page.append(
            Finding(
                guid=Guid(guid),
                path=path,
                found=in_order(found | ({Found.WARNED} if codes else set())),
                from_path=from_path,
                failure=Failure(open_code(FailureCode, code), detail or "") if code else None,
                warnings=codes,
                placed=split_paths(placed),
                unplaced=split_paths(unplaced),
            )
        )
    return FindingsPage(tuple(page), last)
