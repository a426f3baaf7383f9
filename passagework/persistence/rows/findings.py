"""What runs found, counted: from the rows that name it, and as JSON in the row of a run."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from passagework.domain.changes import Found
from passagework.domain.codes import UnknownCode, open_code
from passagework.domain.json_text import read_json, write_json

NOTHING_FOUND: Final = "{}"

WHAT: Final = f"coalesce(r.what, iif(f.first_run = r.run_id, '{Found.ADDED}', '{Found.REDONE}'))"
"""What a run found of the content of a file ``f``, by its row ``r`` of run_file; those before schema 11 do not say."""

_COUNTS: Final = f"""
WITH ids AS (SELECT value AS run FROM json_each(:runs))
SELECT run_id, what, count(*) FROM run_change WHERE run_id IN ids GROUP BY run_id, what
UNION ALL SELECT r.run_id, {WHAT}, count(*)
    FROM run_file AS r JOIN file AS f ON f.id = r.file_id WHERE r.run_id IN ids GROUP BY 1, 2
UNION ALL SELECT run_id, '{Found.FAILED}', count(failure_code) FROM run_file WHERE run_id IN ids GROUP BY run_id
UNION ALL SELECT run_id, '{Found.WARNED}', count(warnings) FROM run_file WHERE run_id IN ids GROUP BY run_id
"""


def join_paths(paths: Iterable[bytes]) -> bytes:
    """Return paths as run_change has several of them: no path has a zero byte."""
    return b"\0".join(paths)


def split_paths(paths: bytes | None) -> tuple[bytes, ...]:
    """Read the paths of a row of run_change."""
    return tuple(paths.split(b"\0")) if paths else ()


def count_findings(connection: sqlite3.Connection, runs: Sequence[int]) -> dict[int, str]:
    """Count what each of these runs found by now, as JSON."""
    counts: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for run, kind, number in connection.execute(_COUNTS, {"runs": write_json(list(runs))}):
        counts[run][kind] = number
    return {run: write_json(_in_order(counts[run])) for run in runs}


def decode_found(text: str) -> tuple[tuple[Found | UnknownCode, int], ...]:
    """Read the numbers of a run."""
    return tuple((open_code(Found, kind), number) for kind, number in _in_order(read_json(text)).items())


def in_order(kinds: set[str]) -> tuple[Found | UnknownCode, ...]:
    """Put what was found in the order in which it is told; what only a newer version knows comes last."""
    known = tuple(kind for kind in Found if kind in kinds)
    return (*known, *(UnknownCode(kind) for kind in sorted(kinds - set(known))))


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    return {str(kind): counts[kind] for kind in in_order(set(counts)) if counts[kind]}
