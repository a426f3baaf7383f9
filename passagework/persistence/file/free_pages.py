"""The list of free pages of a library (sqlite.org/fileformat2.html, section 1.5).

SQLite writes to the pages that it names without looking at them first, and checks the list only in a check of
everything; in some versions not even then, if the database has views. A page of a table in this list will be
overwritten.
"""

import os
import sqlite3
import struct
from typing import Final

from passagework.persistence.file.header import Header

_ROOTS: Final = "SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0"

# A virtual table that many builds of SQLite have.
_PAGES: Final = "SELECT name, pageno FROM dbstat"


def free_pages(descriptor: int, header: Header) -> frozenset[int] | None:
    """Read the list of free pages of a library without a log; None if it is damaged."""
    trunk, count = header.free_pages
    numbers: set[int] = set()
    while trunk and len(numbers) <= count:
        content = os.pread(descriptor, header.page_size, (trunk - 1) * header.page_size)
        if not 1 < trunk <= header.pages or trunk in numbers or len(content) < header.page_size:
            return None
        following, leaves = struct.unpack(">2I", content[:8])
        listed = struct.unpack(f">{len(content) // 4 - 2}I", content[8:])[:leaves]
        if leaves > len(listed) or not all(1 < each <= header.pages for each in listed):
            return None
        numbers |= {trunk, *listed}
        trunk = following
    return frozenset(numbers) if not trunk and len(numbers) == count else None


def used_free_page(connection: sqlite3.Connection, free: frozenset[int], *, all_pages: bool) -> str | None:
    """Name a table or index with a page that is in the list of free pages; of ``all_pages``, or only of the roots."""
    if not free:
        return None
    try:
        pages = connection.execute(_PAGES if all_pages else _ROOTS)
        return next(
            (f"page {page} of {name} is in the list of free pages" for name, page in pages if page in free), None
        )
    except sqlite3.OperationalError:
        return used_free_page(connection, free, all_pages=False) if all_pages else None
