"""The steps from one schema version to the next, as the files beside this package have them."""

import re
import sqlite3
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from passagework.domain.errors import LibraryError
from passagework.persistence.rows.json_texts import is_compressed_json

_FILE_NAME: Final = re.compile(r"(\d{4})_\w+\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: the statements from schema version ``version`` - 1 to ``version``."""

    version: int
    sql: str


def load_migrations(folder: Traversable | None = None) -> tuple[Migration, ...]:
    """Read the steps (``0001_name.sql`` ...) in order; by default those of this version."""
    folder = folder or resources.files("passagework.persistence") / "migrations"
    found = ((_FILE_NAME.fullmatch(entry.name), entry) for entry in folder.iterdir())
    steps = sorted(
        (Migration(int(name[1]), entry.read_text("utf-8")) for name, entry in found if name),
        key=lambda step: step.version,
    )
    if [step.version for step in steps] != list(range(1, len(steps) + 1)):
        raise LibraryError("this installation of Passagework is incomplete: a migration is missing; install it again")
    return tuple(steps)


def add_functions_of_steps(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that steps call. No table or view that they leave behind needs one."""
    from passagework.persistence.rows.tag_rows import add_path_columns  # noqa: PLC0415 - only a step needs it

    connection.create_function("is_compressed_json", 1, is_compressed_json, deterministic=True)
    add_path_columns(connection)
