"""Migrate a library to the current schema, step by step, after a backup, and only if there is room for all of it."""

import sqlite3
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from passagework.domain.library_update import LibraryUpdate, OnUpdate, UpdateStage, unheard
from passagework.persistence.file.backup import back_up
from passagework.persistence.file.checkpoint import LOG_BYTES
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.copies import backup_of
from passagework.persistence.file.disk_space import refuse_small_disk
from passagework.persistence.file.evidence_documents import (
    SWITCH,
    backup_of_beginning,
    convert,
    room_for_documents,
    tidy,
)
from passagework.persistence.file.header import APPLICATION_ID
from passagework.persistence.file.migrations import Migration, add_functions_of_steps
from passagework.persistence.file.schema_shape import schema_of
from passagework.persistence.file.schema_version import schema_version
from passagework.persistence.file.search_index import make_index
from passagework.persistence.file.views import Dialect, drop_views, make_views, views

_TO_DOCUMENTS: Final = 8
"""The step that is taken in many transactions."""

_COPIES_TABLES: Final = 7
"""The step that copies large tables in one transaction: it takes up to the size of the library, and as much of log."""

_OTHER_STEPS: Final = 0.25
"""The part of its size by which other steps let a library grow at most: columns, indexes, and that of searches."""

_NEW_TABLES: Final = 144 * 1024
"""What new tables and indexes take while they are empty."""

_INDEXED: Final = 9
"""The step from which on a library has a search index."""

_PACKED: Final = 10
"""The step to packed curves and fingerprints: the oldest schema whose programs can read them."""

Heard = Callable[[UpdateStage, int, int], None]


def migrate(
    connection: LibraryConnection, path: Path, steps: Sequence[Migration], on_update: OnUpdate = unheard
) -> None:
    """Apply the missing steps; ``user_version`` is incremented by the last transaction of each.

    A library with content is first copied to ``<library>.v<version>.backup`` with SQLite's backup API. A new one is
    made at once, as the steps would leave it, which is several times quicker. An interruption leaves a library of the
    schema before or after a step, at any moment; the next call continues.

    Raises LibraryNeedsSpaceError, with nothing changed, if the disk has too little room.
    """
    version = schema_version(connection)
    if not version:
        _create(connection, steps)
        return

    def heard(stage: UpdateStage, done: int, total: int) -> None:
        on_update(LibraryUpdate(version, steps[-1].version, stage, done, total))

    connection.remember_place()
    if pending := [step for step in steps if step.version > version]:
        backup = backup_of_beginning(connection)
        if backup is None or not path.with_name(backup).exists():
            _refuse_small_disk(connection, path, pending, backs_up=_has_content(connection))
            backup = backup_of(path, version).name
            if _has_content(connection):
                back_up(connection, path, version, heard)
        else:
            _refuse_small_disk(connection, path, pending, backs_up=False)
        for step in pending:
            heard(UpdateStage.CONVERT, 0, 0)
            _apply(connection, step, steps, backup, heard)
    tidy(connection, lambda done, total: heard(UpdateStage.TIDY, done, total))
    if not _has_views(connection):
        # A later step failed after an earlier one had dropped them.
        connection.executescript(f"BEGIN IMMEDIATE;{drop_views(connection)}{make_views()}COMMIT;")
    if steps[-1].version >= _INDEXED:
        make_index(connection, lambda done, total: heard(UpdateStage.INDEX, done, total))


def _refuse_small_disk(
    connection: sqlite3.Connection, path: Path, pending: Sequence[Migration], *, backs_up: bool
) -> None:
    """Raise LibraryNeedsSpaceError if there is no room for the backup, for what is added, and for the log meanwhile."""
    (size,), (free,) = (
        connection.execute(
            f"SELECT pages.{pages} * sizes.page_size FROM pragma_{pages} AS pages, pragma_page_size AS sizes"
        ).fetchone()
        for pages in ("page_count", "freelist_count")
    )
    versions = {step.version for step in pending}
    copied = size if _COPIES_TABLES in versions else 0
    documents = room_for_documents(connection) if _TO_DOCUMENTS in versions else 0
    others = _NEW_TABLES + int(size * _OTHER_STEPS) if versions - {_COPIES_TABLES, _TO_DOCUMENTS, _PACKED} else 0
    # What a step frees is used by the next one.
    added = max(0, others + max(copied, documents) - free)
    log = max(copied, min(LOG_BYTES + LOG_BYTES // 4, size))
    purpose = f"the update of the library {path} to schema {pending[-1].version}"
    refuse_small_disk(path, (size if backs_up else 0) + added + log, purpose)


def _create(connection: sqlite3.Connection, steps: Sequence[Migration]) -> None:
    """Make a new library in one transaction."""
    made = ";\n".join(schema_of(tuple(steps)).statements)
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{made};\n{make_views()}\nPRAGMA user_version = {steps[-1].version:d};\n"
            f"PRAGMA application_id = {APPLICATION_ID:d};"
        )
        connection.execute(
            "INSERT INTO library (id, guid, created_ns) VALUES (1, ?, ?)", (str(uuid.uuid4()), time.time_ns())
        )
        if steps[-1].version >= _PACKED:
            connection.execute("UPDATE library SET oldest_reader = ?", (_PACKED,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _has_views(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")
    return {name for name, _ in views(Dialect.SQLITE)} <= {name for (name,) in found}


def _has_content(connection: sqlite3.Connection) -> bool:
    """Tell whether anything was ever imported; not so if the creation of a new library stopped between two steps."""
    found: int = connection.execute("SELECT EXISTS (SELECT 1 FROM run)").fetchone()[0]
    return bool(found)


def _apply(
    connection: LibraryConnection, step: Migration, steps: Sequence[Migration], backup: str, heard: Heard
) -> None:
    """Apply one step. Views are not there while it changes columns; those of the last one are what readers use.

    Foreign keys are not enforced: a step that copies a table drops the one that others refer to.
    """
    sql = step.sql
    if step.version == _TO_DOCUMENTS:
        made = schema_of(tuple(steps[: step.version])).statements
        create = next(statement for statement in made if statement.startswith("CREATE TABLE passage_evidence"))
        convert(connection, create, backup, lambda done, total: heard(UpdateStage.CONVERT, done, total))
        sql = SWITCH
    new_views = make_views() if step is steps[-1] else ""
    (enforced,) = connection.execute("PRAGMA foreign_keys").fetchone()
    add_functions_of_steps(connection)
    connection.execute("PRAGMA foreign_keys = 0")
    # A table that is renamed keeps its former name in the views of others: that is what takes its place.
    connection.execute("PRAGMA legacy_alter_table = 1")
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{drop_views(connection)}\n{sql}\n;{new_views}\nPRAGMA user_version = {step.version:d};"
        )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute(f"PRAGMA foreign_keys = {enforced:d}")
        connection.execute("PRAGMA legacy_alter_table = 0")
