"""Queries of files that were analysed with a CUE sheet beside them."""

import sqlite3
from typing import Final

from passagework.persistence.read.queries import SheetFolders, SheetHashes
from passagework.persistence.rows.columns import listed

_AT_ONCE: Final = 500

_FOLDERS: Final = """
SELECT DISTINCT d.path FROM file AS f INDEXED BY file_by_sheet CROSS JOIN folder AS d ON d.id = f.folder_id
WHERE f.sheet_hash IS NOT NULL AND (d.path = :root OR (d.path >= :first AND d.path < :behind))
"""

_HASHES: Final = """
SELECT f.path, f.sheet_hash FROM folder AS d CROSS JOIN file AS f ON f.folder_id = d.id
WHERE d.path IN ({marks}) AND f.sheet_hash IS NOT NULL
"""


def sheet_folders(connection: sqlite3.Connection, query: SheetFolders) -> tuple[bytes, ...]:
    """Return the folders at and below a root with files that were analysed with a sheet."""
    root = query.root.rstrip(b"/")
    rows = connection.execute(_FOLDERS, {"root": root, "first": root + b"/", "behind": root + b"0"})
    return tuple(path or b"/" for (path,) in rows)


def sheet_hashes(connection: sqlite3.Connection, query: SheetHashes) -> dict[bytes, bytes]:
    """Return by what to tell whether sheets still say the same, by path of the file."""
    found: dict[bytes, bytes] = {}
    for first in range(0, len(query.folders), _AT_ONCE):
        folders = [folder.rstrip(b"/") for folder in query.folders[first : first + _AT_ONCE]]
        found.update(connection.execute(_HASHES.format(marks=listed("?" * len(folders))), folders))
    return found
