"""What stays of old runs, so that the number of imports makes no library large and no import slow.

There are two cases. Of runs that changed something the row stays, with the numbers of what they found; by name that is
kept of the latest only, but for the last result of each file. Runs that changed nothing are folded: of those that
follow each other, the last stands for all.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from passagework.persistence.file.connection import LibraryConnection, set_pragma
from passagework.persistence.rows.findings import count_findings

KEEP_RUNS: Final = 100

_OLD_WITH_FINDINGS: Final = """
SELECT id, found IS NULL FROM run WHERE has_findings AND changed = 1 ORDER BY id DESC LIMIT -1 OFFSET :keep
"""
_COUNTED: Final = "UPDATE run SET found = :found WHERE id = :run"

# The last result of a file says whether a failure is a new one.
_FORGET_FINDINGS: Final = (
    "DELETE FROM run_change WHERE run_id = :run",
    """
    DELETE FROM run_file WHERE run_id = :run AND EXISTS (
        SELECT 1 FROM run_file AS n WHERE n.file_id = run_file.file_id AND n.run_id > :run
    )
    """,
    "UPDATE run SET has_findings = 0 WHERE id = :run",
)

# Rows may refer to a run of an earlier schema whose findings are not counted.
_UNCHANGED: Final = "changed = 0 AND found IS NOT NULL AND state = 'completed'"
_NEWEST_TO_FOLD: Final = f"SELECT id FROM run WHERE {_UNCHANGED} ORDER BY id DESC LIMIT 1 OFFSET :keep"

# All that is older than the last run into which others were folded is folded already.
_TO_FOLD: Final = f"""
SELECT id, {_UNCHANGED}, coalesce(folded, 0), coalesce(folded_since_ns, started_ns) FROM run
WHERE id <= :newest AND id >= coalesce((SELECT max(id) FROM run WHERE folded IS NOT NULL AND id <= :newest), 0)
ORDER BY id
"""
_FOLD: Final = (
    "DELETE FROM run_root WHERE run_id >= :first AND run_id < :last",
    "DELETE FROM run WHERE id >= :first AND id < :last",
    "UPDATE run SET folded = :folded, folded_since_ns = :since WHERE id = :last",
)
_FORGET_SETTINGS: Final = (
    "DELETE FROM run_settings WHERE NOT EXISTS (SELECT 1 FROM run WHERE settings_id = run_settings.id)"
)


@contextmanager
def without_references(connection: LibraryConnection, *, wanted: bool) -> Iterator[None]:
    """Let rows of run be deleted in the block without looking for references to them.

    No row refers to a run that changed nothing, and SQLite would read every table of the library to see that.
    """
    if not wanted:
        yield
        return
    set_pragma(connection, "foreign_keys", 0)
    try:
        yield
    finally:
        set_pragma(connection, "foreign_keys", 1)


def forget_old_findings(connection: sqlite3.Connection, keep: int) -> None:
    """Forget what older runs than the latest ``keep`` that changed something found, by name; the numbers stay."""
    old = dict(connection.execute(_OLD_WITH_FINDINGS, {"keep": keep}).fetchall())
    for run, found in count_findings(connection, [run for run, is_uncounted in old.items() if is_uncounted]).items():
        connection.execute(_COUNTED, {"run": run, "found": found})
    for run in old:
        for statement in _FORGET_FINDINGS:
            connection.execute(statement, {"run": run})


def fold_old_runs(connection: sqlite3.Connection, keep: int) -> None:
    """Fold older runs than the latest ``keep`` that changed nothing, within :func:`without_references`."""
    newest = connection.execute(_NEWEST_TO_FOLD, {"keep": keep}).fetchone()
    if newest is None:
        return
    group: list[tuple[int, int, int]] = []
    for run, is_unchanged, folded, since in connection.execute(_TO_FOLD, {"newest": newest[0]}).fetchall():
        if is_unchanged:
            group.append((run, folded, since))
        else:
            _fold(connection, group)
            group = []
    _fold(connection, group)


def _fold(connection: sqlite3.Connection, group: list[tuple[int, int, int]]) -> None:
    """Let the last of these runs stand for all: their ids, how many others each stands for, and since when."""
    if not group:
        return
    (first, _, since), (last, *_) = group[0], group[-1]
    values = {
        "first": first,
        "last": last,
        "folded": sum(folded for _, folded, _ in group) + len(group) - 1,
        "since": since,
    }
    for statement in _FOLD:
        connection.execute(statement, values)
    if len(group) > 1:
        connection.execute(_FORGET_SETTINGS)
