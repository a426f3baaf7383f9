"""Runs: one import each, opened before its first message and closed after its last."""

import uuid
from collections.abc import Sequence
from typing import Final

from passagework.domain.files import display_path
from passagework.domain.ids import Guid, RunId
from passagework.domain.parts import Provenance
from passagework.domain.views import RunState
from passagework.domain.writer_statistics import WriterStatistics
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.counts import keep_counts
from passagework.persistence.file.transaction import transaction
from passagework.persistence.rows.findings import NOTHING_FOUND, count_findings
from passagework.persistence.rows.json_texts import encode_accounts
from passagework.persistence.write.journal import follow_run, forget_old_images
from passagework.persistence.write.old_runs import (
    KEEP_RUNS,
    fold_old_runs,
    forget_old_findings,
    without_references,
)

# There is one writer: a run that still counts as running died with its process. Only the last one can.
_DIED: Final = """
SELECT id FROM (SELECT id, state FROM run WHERE guid <> ? ORDER BY id DESC LIMIT 1) WHERE state = 'running'
"""
_CRASHED: Final = "UPDATE run SET state = :state, changed = 1, found = :found WHERE id = :run"

_SETTINGS: Final = "INSERT INTO run_settings (text) VALUES (?) ON CONFLICT (text) DO NOTHING"
_OPEN: Final = """
INSERT INTO run (guid, state, started_ns, config_hash, settings_id, services, provenance_id)
VALUES (
    ?, ?, ?, ?, (SELECT id FROM run_settings WHERE text = ?), ?, (SELECT id FROM provenance WHERE parts = ?)
) ON CONFLICT (guid) DO NOTHING
"""

KNOW_PROVENANCE: Final = "INSERT INTO provenance (parts) VALUES (?) ON CONFLICT (parts) DO NOTHING"

_LAST_SERVICES: Final = "SELECT services FROM run WHERE services IS NOT NULL ORDER BY id DESC LIMIT 1"

# Decisions that were made without a service that can be asked now are due again.
_LOOK_AGAIN: Final = """
UPDATE passage SET link_retry_ns = 1
WHERE retired_ns IS NULL AND link_state <> 'waiting' AND link_retry_ns IS NOT 1 AND link_run IN (
    SELECT id FROM run WHERE instr(' ' || services || ' ', ' ' || ? || ' ') = 0
)
"""

_ROOT: Final = """
INSERT INTO run_root (run_id, position, path, path_text)
SELECT id, ?, ?, ? FROM run WHERE guid = ?
ON CONFLICT (run_id, position) DO NOTHING
"""

_ID: Final = "SELECT id FROM run WHERE guid = ?"

_CLOSE: Final = """
UPDATE run SET state = :state, ended_ns = :now, files_seen = :seen, files_unchanged = :unchanged,
    accounts = :accounts, changed = :changed, found = :found
WHERE id = :run AND state = :running
"""

# An attempt that ends with its run is no evidence against the file: its counts are taken back.
_TAKE_BACK_ATTEMPTS: Final = """
UPDATE attempt SET open = 0, attempts = attempts - 1, alone = alone - was_alone WHERE run_id = :run AND open
"""


def new_run_guid() -> Guid:
    """Make the guid of a run: a random UUID."""
    return Guid(str(uuid.uuid4()))


def open_run(
    connection: LibraryConnection,
    *,
    config_hash: str,
    config_text: str,
    roots: Sequence[bytes],
    now_ns: int,
    services: Sequence[str] = (),
    guid: Guid | None = None,
) -> RunId:
    """Open a run, and mark earlier ones that never ended as crashed. Their files in work stay suspects.

    ``services`` are those that identify passages in this run. If the previous run could not ask one of them, decisions
    that were made without it are due again; links stay until then.

    The caller gives a ``guid`` to be able to try again: one guid is one run, even if a COMMIT that reported an error
    took effect. None: a random UUID.
    """
    guid = guid or new_run_guid()
    # Before BEGIN: forgetting old images takes several transactions.
    with connection.translated():
        forget_old_images(connection)
        # What follows is no change by a run that crashed: it has no images, which are counted.
        follow_run(connection, None)
    with connection.translated(), transaction(connection, counts_stay=True):
        for (died,) in connection.execute(_DIED, (guid,)).fetchall():
            values = {"run": died, "state": RunState.CRASHED, "found": count_findings(connection, [died])[died]}
            connection.execute(_CRASHED, values)
        # The services of the last run are read before the new run has a row.
        before = next(connection.execute(_LAST_SERVICES), ("",))[0].split()
        for service in services:
            if service not in before:
                connection.execute(_LOOK_AGAIN, (service,))
        connection.execute(_SETTINGS, (config_text,))
        makes = Provenance.of_run(config_text)
        parts = None if makes is None else makes.text
        if parts is not None:
            connection.execute(KNOW_PROVENANCE, (parts,))
        connection.execute(_OPEN, (guid, RunState.RUNNING, now_ns, config_hash, config_text, " ".join(services), parts))
        connection.executemany(
            _ROOT, [(position, root, display_path(root), guid) for position, root in enumerate(roots)]
        )
        run = RunId(connection.execute(_ID, (guid,)).fetchone()[0])
    connection.has_changed = False
    follow_run(connection, run)
    return run


def close_run(
    connection: LibraryConnection,
    run: RunId,
    state: RunState,
    *,
    files_seen: int,
    files_unchanged: int,
    now_ns: int,
    accounts: WriterStatistics | None = None,
    keep_runs: int = KEEP_RUNS,
) -> None:
    """Close a run. Its files in work return to their former state; a second call changes nothing.

    Of the latest ``keep_runs`` runs that changed something, the findings stay by name; of those that did not, as many
    stay by themselves, and older ones are folded.
    """
    changed = connection.has_changed
    values: dict[str, object] = {
        "run": run,
        "state": state,
        "running": RunState.RUNNING,
        "now": now_ns,
        "seen": files_seen,
        "unchanged": files_unchanged,
        "changed": changed,
        "found": None,
        # A run that changed nothing leaves a row that is as small as possible.
        "accounts": encode_accounts(accounts) if changed and accounts is not None else None,
    }
    with connection.translated(), without_references(connection, wanted=not changed):
        with transaction(connection, counts_stay=True):
            values["found"] = count_findings(connection, [run])[run] if changed else NOTHING_FOUND
            connection.execute(_CLOSE, values)
            connection.execute(_TAKE_BACK_ATTEMPTS, values)
            if changed:
                forget_old_findings(connection, keep_runs)
            else:
                fold_old_runs(connection, keep_runs)
            keep_counts(connection)
        follow_run(connection, None)
