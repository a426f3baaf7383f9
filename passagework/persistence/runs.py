"""Runs: one import each, opened before its first message and closed after its last."""

import uuid
from collections.abc import Sequence
from typing import Final

from passagework.domain.files import display_path
from passagework.domain.ids import RunId
from passagework.domain.views import RunState
from passagework.domain.write_accounts import WriteAccounts
from passagework.persistence.accounts_json import encode_accounts
from passagework.persistence.connection import LibraryConnection
from passagework.persistence.sqlite_errors import translated
from passagework.persistence.transaction import transaction

# There is one writer: a run that still counts as running died with its process.
_CRASHED: Final = "UPDATE run SET state = ? WHERE state = ?"

_OPEN: Final = """
INSERT INTO run (guid, state, started_ns, config_hash, config_text) VALUES (?, ?, ?, ?, ?) RETURNING id
"""

_ROOT: Final = "INSERT INTO run_root (run_id, position, path, path_text) VALUES (?, ?, ?, ?)"

_CLOSE: Final = """
UPDATE run SET state = :state, ended_ns = :now, files_seen = :seen, files_unchanged = :unchanged, accounts = :accounts
WHERE id = :run AND state = :running
"""

# An attempt that ends with its run says nothing against the file: it is taken back, and the file is as it was before.
_TAKE_BACK_ATTEMPTS: Final = """
UPDATE attempt SET open = 0, attempts = attempts - 1, alone = alone - was_alone WHERE run_id = :run AND open
"""


def open_run(
    connection: LibraryConnection, *, config_hash: str, config_text: str, roots: Sequence[bytes], now_ns: int
) -> RunId:
    """Open a run, and mark earlier ones that never ended as crashed. Files in work then stay suspects."""
    with translated(connection.path), transaction(connection):
        connection.execute(_CRASHED, (RunState.CRASHED, RunState.RUNNING))
        values = (str(uuid.uuid4()), RunState.RUNNING, now_ns, config_hash, config_text)
        row = connection.execute(_OPEN, values).fetchone()
        run = RunId(row[0])
        connection.executemany(
            _ROOT, [(run, position, root, display_path(root)) for position, root in enumerate(roots)]
        )
    return run


def close_run(
    connection: LibraryConnection,
    run: RunId,
    state: RunState,
    *,
    files_seen: int,
    files_unchanged: int,
    now_ns: int,
    accounts: WriteAccounts | None = None,
) -> None:
    """Close a run. What it had in work returns to its former state; a second time changes nothing."""
    values = {
        "run": run,
        "state": state,
        "running": RunState.RUNNING,
        "now": now_ns,
        "seen": files_seen,
        "unchanged": files_unchanged,
        "accounts": accounts and encode_accounts(accounts),
    }
    with translated(connection.path), transaction(connection):
        connection.execute(_CLOSE, values)
        connection.execute(_TAKE_BACK_ATTEMPTS, values)
