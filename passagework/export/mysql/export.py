"""Export a library into a database: staged beside the previous export, verified, then swapped in at once."""

import sqlite3
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from passagework.export.errors import ExportBusyError, ExportMismatchError, ExportTargetError
from passagework.export.mysql.address import Address
from passagework.export.mysql.content import Content, content_of
from passagework.export.mysql.server import ConnectionLostError, Server
from passagework.export.mysql.tables import INCOMING, OURS, Table, add_functions, tables_of
from passagework.export.mysql.transfer import transfer
from passagework.export.mysql.views import VIEWS, Views
from passagework.export.snapshot import snapshot

TRIES: Final = 6
"""The number of times in a row that a connection may break before the export fails."""

_FIRST_PAUSE_SECONDS: Final = 0.5
_LOCK_SECONDS: Final = 30
_OUTGOING: Final = "_outgoing_"
_RECORD: Final = "passagework_export"

_CREATE_RECORD: Final = f"""
CREATE TABLE `{INCOMING}{_RECORD}` (
    table_name VARCHAR(64) NOT NULL PRIMARY KEY,
    form CHAR(32) NOT NULL,
    row_count BIGINT NOT NULL,
    checksum CHAR(32) NOT NULL,
    schema_version INT NOT NULL,
    exported_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='{OURS}'
"""

_RECORDED: Final = f"SELECT table_name, form, row_count, checksum FROM `{_RECORD}`"


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """Progress of an export: ``doing`` is "reading", "sending" or "verifying"; rows of one table."""

    doing: str
    table: str
    rows: int
    total: int


@dataclass(frozen=True, slots=True)
class Exported:
    """Result of an export: content by table, which tables were sent and which were unchanged, and the time it took."""

    tables: dict[str, Content]
    sent: tuple[str, ...]
    unchanged: tuple[str, ...]
    seconds_sending: float
    seconds_verifying: float
    interruptions: int


@dataclass(slots=True)
class _State:
    """The state that survives a broken connection."""

    staged: set[str] = field(default_factory=set)
    verified: set[str] = field(default_factory=set)
    unchanged: set[str] | None = None
    tidy: bool = False
    sending: float = 0.0
    verifying: float = 0.0
    interruptions: int = 0


def export_to_mysql(
    library: Path,
    address: Address,
    on_progress: Callable[[ExportProgress], None] = lambda _: None,
    pause: Callable[[float], None] = time.sleep,
) -> Exported:
    """Export a library; tables with unchanged content are not sent again.

    Raises:
        LibraryError: there is no library, or it cannot be read.
        ExportError: the database cannot be used, the server was lost too often, or the rows read back differ. The
            previous export is then unchanged.

    """
    with snapshot(library) as copy:
        return export_copy(copy, address, on_progress, pause)


def export_copy(
    copy: Path,
    address: Address,
    on_progress: Callable[[ExportProgress], None] = lambda _: None,
    pause: Callable[[float], None] = time.sleep,
    views: Views = VIEWS,
) -> Exported:
    """Export a private copy of a library, to which views are added. ``views`` are created on the server."""
    with closing(sqlite3.connect(copy)) as source:
        add_functions(source)
        tables = tables_of(source)
        with source:
            for table in tables:
                source.execute(f"DROP VIEW IF EXISTS {table.incoming}")
                source.execute(table.view())
        contents = {}
        for table in tables:
            contents[table.name] = content_of(source.execute(_select(table, table.incoming)))
            on_progress(ExportProgress("reading", table.name, contents[table.name].rows, contents[table.name].rows))
        work = _Work(copy, tables, contents, _schema_version(source), address, on_progress, _State(), views)
        failures = 0
        while True:
            staged = len(work.state.staged) + len(work.state.verified)
            try:
                return work.go()
            except ConnectionLostError:
                work.state.interruptions += 1
                failures = 1 if len(work.state.staged) + len(work.state.verified) > staged else failures + 1
                if failures >= TRIES:
                    raise
                pause(_FIRST_PAUSE_SECONDS * 2 ** (failures - 1))


@dataclass(frozen=True, slots=True)
class _Work:
    copy: Path
    tables: tuple[Table, ...]
    contents: dict[str, Content]
    schema_version: int
    address: Address
    on_progress: Callable[[ExportProgress], None]
    state: _State
    views: Views

    def go(self) -> Exported:
        """Do the remaining steps over one connection."""
        state = self.state
        with Server(self.address) as server:
            # Our own broken connection may hold the lock until the server notices.
            patience = _LOCK_SECONDS if state.interruptions else 0
            if not server.value("SELECT GET_LOCK(%s, %s)", (f"passagework:{self.address.database}"[:64], patience)):
                raise ExportBusyError(f"{self.address}: another export into this database is running")
            server.run("SET SESSION foreign_key_checks = 0")
            self._refuse_foreign(server)
            self._tidy(server)
            if state.unchanged is None:
                state.unchanged = self._already_there(server)
            if len(state.unchanged) < len(self.tables) and not self._swapped(server):
                self._prepare(server)
                self._stage(server, state.unchanged)
                self._verify(server)
                self._swap(server)
            for _, view in self.views:
                server.run(view)
        sent = tuple(table.name for table in self.tables if table.name not in state.unchanged)
        unchanged = tuple(sorted(state.unchanged))
        return Exported(self.contents, sent, unchanged, state.sending, state.verifying, state.interruptions)

    def _swapped(self, server: Server) -> bool:
        """Tell whether the swap took effect although the connection was lost before its reply."""
        everything = {table.name for table in self.tables}
        return self.state.verified == everything and self._already_there(server) == everything

    def _refuse_foreign(self, server: Server) -> None:
        """Refuse to touch a table that was not made by an export."""
        there = _tables_on(server)
        names = [*(table.name for table in self.tables), _RECORD]
        names += [before + name for before in (INCOMING, _OUTGOING) for name in names]
        foreign = sorted(name for name in names if name in there and not there[name])
        # A view has no comment: it counts as ours if an export is there.
        foreign += sorted(name for name, _ in self.views if name in there and not there.get(_RECORD))
        if foreign:
            raise ExportTargetError(
                f"{self.address} holds {', '.join(foreign)}, which was not made by an export; use a separate database"
            )

    def _already_there(self, server: Server) -> set[str]:
        """Find the tables with the right content, by the record and by reading them."""
        if _RECORD not in _tables_on(server):
            return set()
        noted = {name: (form, Content(rows, checksum)) for name, form, rows, checksum in server.rows(_RECORDED)}
        return {
            table.name
            for table in self.tables
            if noted.get(table.name) == (table.form, self.contents[table.name])
            and self._content_on(server, table, table.name) == self.contents[table.name]
        }

    def _tidy(self, server: Server) -> None:
        """Drop the tables that an earlier unfinished export left, before or after its swap."""
        if not self.state.tidy:
            for name, ours in _tables_on(server).items():
                if ours and name.startswith((INCOMING, _OUTGOING)):
                    server.run(f"DROP TABLE `{name}`")
            self.state.tidy = True

    def _prepare(self, server: Server) -> None:
        """Create the tables to be filled."""
        server_is = str(server.value("SELECT VERSION()"))
        collation = "utf8mb4_nopad_bin" if "mariadb" in server_is.lower() else "utf8mb4_0900_bin"
        generation = uuid.uuid4().hex[:8]
        for table in self.tables:
            if table.name not in self.state.staged:
                server.run(f"DROP TABLE IF EXISTS `{table.incoming}`")
                server.run(table.create(collation, generation))
        server.run(f"DROP TABLE IF EXISTS `{INCOMING}{_RECORD}`")
        server.run(_CREATE_RECORD)

    def _stage(self, server: Server, unchanged: set[str]) -> None:
        began = time.monotonic()
        for table in self.tables:
            if table.name in unchanged and table.name not in self.state.staged:
                columns = ", ".join(f"`{column.name}`" for column in table.columns)
                server.run(f"INSERT INTO `{table.incoming}` ({columns}) SELECT {columns} FROM `{table.name}`")
                self.state.staged.add(table.name)

        def heard(name: str, rows: int, total: int) -> None:
            self.on_progress(ExportProgress("sending", name, rows, total))
            if rows >= total:
                self.state.staged.add(name)

        wanted = [table for table in self.tables if table.name not in self.state.staged]
        self.state.staged.update(table.name for table in wanted if not self.contents[table.name].rows)
        try:
            # With an empty list of tables the library would send all, also into those of the previous export.
            if wanted:
                transfer(self.copy, wanted, self.address, heard)
        finally:
            self.state.sending += time.monotonic() - began

    def _verify(self, server: Server) -> None:
        """Read everything back and compare it. A difference is an error, and nothing is swapped in."""
        began = time.monotonic()
        for table in self.tables:
            if table.name in self.state.verified:
                continue
            wanted, got = self.contents[table.name], self._content_on(server, table, table.incoming)
            if got != wanted:
                raise ExportMismatchError(
                    f"{self.address}: {table.name} arrived with {got.rows} rows (checksum {got.checksum}) "
                    f"and not with {wanted.rows} ({wanted.checksum}); the previous export is unchanged"
                )
            self.state.verified.add(table.name)
            self.on_progress(ExportProgress("verifying", table.name, got.rows, got.rows))
        self.state.verifying += time.monotonic() - began

    def _content_on(self, server: Server, table: Table, name: str) -> Content:
        rows = server.stream(_select(table, name))
        return content_of(rows)

    def _swap(self, server: Server) -> None:
        """Replace the old tables by the new ones, all at once."""
        for table in self.tables:
            content = self.contents[table.name]
            server.run(
                f"INSERT INTO `{INCOMING}{_RECORD}` (table_name, form, row_count, checksum, schema_version) "
                "VALUES (%s, %s, %s, %s, %s)",
                (table.name, table.form, content.rows, content.checksum, self.schema_version),
            )
        there = _tables_on(server)
        names = [*(table.name for table in self.tables), _RECORD]
        moves = [f"`{name}` TO `{_OUTGOING}{name}`" for name in names if name in there]
        moves += [f"`{INCOMING}{name}` TO `{name}`" for name in names]
        server.run(f"RENAME TABLE {', '.join(moves)}")
        # The previous export, and tables that only an older version exported.
        for name, ours in _tables_on(server).items():
            if ours and name not in names:
                server.run(f"DROP TABLE `{name}`")


def _select(table: Table, name: str) -> str:
    """Read rows of either database: both accept these quotes."""
    columns = ", ".join(f"`{column.name}`" for column in table.columns)
    return f"SELECT {columns} FROM `{name}`"


def _tables_on(server: Server) -> dict[str, bool]:
    """Return the names of the tables and views in the database, each with whether an export has made it."""
    found = server.rows(
        "SELECT TABLE_NAME, TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
    )
    return {str(name): comment == OURS for name, comment in found}


def _schema_version(source: sqlite3.Connection) -> int:
    version: int = source.execute("PRAGMA user_version").fetchone()[0]
    return version
