"""The tables and indexes that the migrations make: to create a library with, and to compare one with."""

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from passagework.persistence.file.migrations import Migration, add_functions_of_steps

_TABLES: Final = """
SELECT s.name, c.name, c.type, c."notnull", c.pk FROM sqlite_schema AS s, pragma_table_xinfo(s.name) AS c
WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
"""

_INDEXES: Final = """
SELECT s.name, i.name, i."unique", i.partial, c.seqno, c.name
FROM sqlite_schema AS s, pragma_index_list(s.name) AS i, pragma_index_xinfo(i.name) AS c
WHERE s.type = 'table' AND c.key
"""

_TEXTS: Final = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name"

# Indexes and triggers refer to tables, so tables come first, in the order in which they were made.
_STATEMENTS: Final = """
SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
ORDER BY type <> 'table', rowid
"""

_Rows = frozenset[tuple[object, ...]]


def schema_digest(connection: sqlite3.Connection) -> str:
    """Return a hash of the text of the whole schema: while it stays, :func:`missing_in_schema` need not look again."""
    texts = repr(connection.execute(_TEXTS).fetchall())
    return hashlib.blake2b(texts.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def missing_in_schema(connection: sqlite3.Connection, steps: Sequence[Migration]) -> tuple[str, ...]:
    """Name the tables and indexes of which something is missing or different; what others have added is ignored."""
    wanted = schema_of(tuple(steps))
    if wanted.texts <= frozenset(connection.execute(_TEXTS)):
        return ()
    # Versions of SQLite may write the text of a changed table differently, so it proves nothing.
    missing = wanted.shape - _shape(connection)
    return tuple(sorted({" of ".join(dict.fromkeys(map(str, (one[1], one[0])))) for one in missing}))


@dataclass(frozen=True, slots=True)
class Schema:
    """What the steps make: the statements that make it at once, in their order, and what they leave behind."""

    statements: tuple[str, ...]
    texts: _Rows
    shape: _Rows


@lru_cache(maxsize=4)
def schema_of(steps: tuple[Migration, ...]) -> Schema:
    """Return the schema that these steps make of an empty database. They leave no rows in it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        add_functions_of_steps(made)
        made.executescript("BEGIN;" + "\n;".join(step.sql for step in steps) + "\n;COMMIT;")
        statements = tuple(sql for (sql,) in made.execute(_STATEMENTS))
        return Schema(statements, frozenset(made.execute(_TEXTS)), _shape(made))


def _shape(connection: sqlite3.Connection) -> _Rows:
    return frozenset([*connection.execute(_TABLES), *connection.execute(_INDEXES)])
