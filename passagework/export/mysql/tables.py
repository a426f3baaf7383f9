"""The tables of an export: derived from those of the library and adapted to MySQL."""

import hashlib
import re
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from passagework.export.errors import ExportError
from passagework.persistence.rows.packed import add_unpacking, unpacked_extrema, unpacked_levels

OURS: Final = "Passagework export"
"""The comment on every table that an export makes: no other is ever renamed or dropped."""

INCOMING: Final = "_incoming_"
"""The prefix of the name of a table that is being filled."""

LEFT_OUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "answer": "raw answers of services, kept for importers",
        "artist_statement": "what each passage calls an artist; the name that follows from it is in artist",
        "attempt": "work in progress of an import",
        "before_image": "the journal for undo, which works only in the library",
        "edit": "the history of user values; the current ones are in their columns",
        "work_statement": "what each passage states of a work; what follows from it is in work",
    }
)
"""Tables of the library that are not exported, and why."""

_BOUNDED: Final = MappingProxyType(
    {
        **dict.fromkeys(("guid", "mbid", "old", "new"), 36),
        **dict.fromkeys(("source", "kind", "role"), 64),
        **dict.fromkeys(("characteristic", "name"), 191),
    }
)
"""Key columns with short texts, and their largest number of characters. Others are keyed by their SHA-256."""

PACKED: Final = MappingProxyType({"file_curves": "packing", "passage_fingerprint": "packed"})
"""Columns about how values are packed. They are not exported: a copy has the values as :data:`_UNPACKED` makes them."""

_UNPACKED: Final = MappingProxyType(
    {
        "envelope": "zlib_levels(envelope, packing)",
        "weighted": "zlib_levels(weighted, packing)",
        "waveform": "extrema(waveform, packing)",
        "fingerprint": "coalesce(fingerprint_text(fingerprint, packed), '')",
    }
)

_TYPES: Final = MappingProxyType({"INTEGER": "BIGINT", "REAL": "DOUBLE", "TEXT": "LONGTEXT", "BLOB": "LONGBLOB"})
_KEY: Final = "_key"
_HOLDS: Final = "_holds"
_PREFIX: Final = 64

_CHECK: Final = re.compile(r"\bCHECK\s*\(", re.IGNORECASE)
_LENGTH: Final = re.compile(r"\blength\(", re.IGNORECASE)
_PARTIAL: Final = re.compile(r"\bWHERE\b(.*)\Z", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type on the server, and the expression over the library's table that fills it."""

    name: str
    type: str
    expression: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that refers to the primary key of another table."""

    column: str
    table: str
    to: str


@dataclass(frozen=True, slots=True)
class Partial:
    """Columns that are unique among the rows with ``where``."""

    name: str
    columns: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Table:
    """An exported table."""

    name: str
    columns: tuple[Column, ...]
    primary: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    indices: tuple[tuple[str, ...], ...]
    references: tuple[Reference, ...]
    partial: tuple[Partial, ...]
    checks: tuple[str, ...]

    @property
    def incoming(self) -> str:
        """Return the name of the table while it is filled."""
        return INCOMING + self.name

    @property
    def form(self) -> str:
        """Return a digest of everything except its content: a table with another form is created again."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:32]

    def view(self) -> str:
        """Return the SQL of a view in a copy of the library, with the incoming name and the rows to be sent."""
        columns = ", ".join(f"{column.expression} AS {column.name}" for column in self.columns)
        return f"CREATE VIEW {self.incoming} AS SELECT {columns} FROM {self.name}"

    def create(self, collation: str, generation: str) -> str:
        """Return the SQL of the incoming table; ``generation`` makes names of constraints unique."""
        parts = [f"`{column.name}` {column.type}" for column in self.columns]
        parts.append(f"PRIMARY KEY ({_listed(self.primary)})")
        parts += [f"UNIQUE KEY ({_listed(columns)})" for columns in self.unique]
        parts += [f"KEY ({_listed(columns)})" for columns in self.indices]
        for one in self.partial:
            # NULL equals nothing, so rows without the condition are no duplicates.
            holds = f"{one.name}{_HOLDS}"
            parts.append(f"`{holds}` TINYINT GENERATED ALWAYS AS (CASE WHEN {one.where} THEN 1 END) STORED")
            parts.append(f"UNIQUE KEY `{one.name}` ({_listed((*one.columns, holds))})")
        parts += [f"CHECK ({check})" for check in self.checks]
        parts += [
            f"CONSTRAINT `{self.name}_{one.column}_{generation}` FOREIGN KEY (`{one.column}`) "
            f"REFERENCES `{INCOMING}{one.table}` (`{one.to}`)"
            for one in self.references
        ]
        charset = f"DEFAULT CHARSET=utf8mb4 COLLATE={collation} COMMENT='{OURS}'"
        return f"CREATE TABLE `{self.incoming}` ({', '.join(parts)}) ENGINE=InnoDB ROW_FORMAT=DYNAMIC {charset}"


def tables_of(library: sqlite3.Connection) -> tuple[Table, ...]:
    """Derive the exported tables from the schema of a library."""
    names = library.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' "
        "AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search_index%'"
    )
    return tuple(_table(library, name) for name in sorted(name for (name,) in names if name not in LEFT_OUT))


def add_functions(connection: sqlite3.Connection) -> None:
    """Add the functions of the views: the hash of a value that is too long for a key, and what unpacks values."""
    connection.create_function("sha256", 1, _sha256, deterministic=True)
    connection.create_function("zlib_levels", 2, _zlib_levels, deterministic=True)
    connection.create_function("extrema", 2, unpacked_extrema, deterministic=True)
    add_unpacking(connection)


def _zlib_levels(envelope: bytes | None, packing: int | None) -> bytes | None:
    """Return the levels as every server can decompress them, whatever the library has."""
    return envelope if envelope is None or packing is None else zlib.compress(unpacked_levels(envelope, packing))


def _sha256(value: str | bytes | None) -> bytes | None:
    if value is None:
        return None
    return hashlib.sha256(value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value).digest()


def _table(library: sqlite3.Connection, name: str) -> Table:
    # cid, name, type, notnull, default, position in the primary key
    described = library.execute(f"PRAGMA table_info({name})").fetchall()
    types = {column: kind for _, column, kind, *_ in described}
    primary = tuple(row[1] for row in sorted((row for row in described if row[5]), key=lambda row: row[5]))
    unique, indices, partial = _indices(library, name)
    references = tuple(_references(library, name))
    # Both ends of a reference need the same type.
    keyed = {column for columns in (primary, *unique) for column in columns} | {one.column for one in references}
    hashed = {column for column in keyed if types[column] in {"TEXT", "BLOB"} and column not in _BOUNDED}

    def key(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(column + _KEY if column in hashed else column for column in columns)

    exported = []
    for _, column, kind, not_null, *_ in described:
        if column == PACKED.get(name):
            continue
        null = " NOT NULL" if not_null or column in primary else ""
        bounded = column in keyed and kind == "TEXT" and column in _BOUNDED
        stored_as = f"VARCHAR({_BOUNDED[column]})" if bounded else _TYPES[kind]
        exported.append(Column(column, stored_as + null, _expression(name, column)))
        if column in hashed:
            exported.append(Column(column + _KEY, "BINARY(32)" + null, f"sha256({column})"))
    plain = [tuple(_indexed(column, types[column]) for column in one) for one in indices]
    own = {one.column for one in references} - {one[0] for one in (primary, *plain)}
    plain += [(column,) for column in sorted(own)]
    return Table(
        name,
        tuple(exported),
        key(primary),
        tuple(map(key, sorted(unique))),
        tuple(sorted(set(plain))),
        references,
        tuple(partial),
        tuple(check for check in _checks(library, name) if not _names(check, PACKED.get(name))),
    )


def _expression(table: str, column: str) -> str:
    return _UNPACKED.get(column, column) if table in PACKED else column


def _references(library: sqlite3.Connection, name: str) -> Iterator[Reference]:
    for _, _, table, column, to, *_ in library.execute(f"PRAGMA foreign_key_list({name})").fetchall():
        if table not in LEFT_OUT:
            primary = [row[1] for row in library.execute(f"PRAGMA table_info({table})").fetchall() if row[5]]
            yield Reference(column, table, to or primary[0])


def _indices(
    library: sqlite3.Connection, name: str
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]], list[Partial]]:
    """Return the indices besides the primary key: unique, not unique, and partial unique."""
    unique, plain, partial = [], [], []
    for _, index, is_unique, origin, is_partial in library.execute(f"PRAGMA index_list({name})").fetchall():
        columns = tuple(row[2] for row in library.execute(f"PRAGMA index_info({index})").fetchall())
        if None in columns:
            raise ExportError(f"the index {index} of the library is on an expression, which cannot be exported")
        if origin == "pk":
            continue
        if not is_unique:
            plain.append(columns)
        elif not is_partial:
            unique.append(columns)
        else:
            (sql,) = library.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (index,)).fetchone()
            condition = _PARTIAL.search(sql)
            assert condition is not None
            partial.append(Partial(index, columns, " ".join(condition[1].split())))
    return unique, plain, partial


def _checks(library: sqlite3.Connection, name: str) -> Iterator[str]:
    """Yield the CHECK constraints. Servers have another function for the length in characters."""
    (sql,) = library.execute("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", (name,)).fetchone()
    sql = re.sub(r"--[^\n]*", "", sql)
    for found in _CHECK.finditer(sql):
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        yield _LENGTH.sub("char_length(", " ".join(sql[found.end() : end - 1].split()))


def _names(check: str, column: str | None) -> bool:
    return column is not None and re.search(rf"\b{column}\b", check) is not None


def _indexed(column: str, kind: str) -> str:
    return f"{column}({_PREFIX})" if kind in {"TEXT", "BLOB"} else column


def _listed(columns: tuple[str, ...]) -> str:
    def quoted(column: str) -> str:
        name, bracket, length = column.partition("(")
        return f"`{name}`{bracket}{length}"

    return ", ".join(map(quoted, columns))
