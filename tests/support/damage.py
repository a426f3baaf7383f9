"""Kinds of damage to a library of pages of 8,192 bytes: what disks, programs and hands have done to such files."""

import os
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

PAGE = 8192
NOTE_BYTES = 4096
LEAF_TABLE, LEAF_INDEX = 13, 10


class Victim:
    """A closed library to be damaged. ``log`` is its WAL, which belongs to it and has frames, if it has one."""

    def __init__(self, path):
        self.path = path
        self.log = path.with_name(path.name + "-wal")

    def patch(self, at, content, path=None):
        with (path or self.path).open("r+b") as file:
            file.seek(at)
            file.write(content)

    def bytes_at(self, at, count, path=None):
        with (path or self.path).open("rb") as file:
            file.seek(at)
            return file.read(count)

    def flip(self, at, bit=0, path=None):
        (before,) = self.bytes_at(at, 1, path)
        self.patch(at, bytes([before ^ 1 << bit]), path)

    def header(self, at, form, change):
        """Change a field of the header: ``change`` is a function of its value, or a value."""
        (value,) = struct.unpack(form, self.bytes_at(at, struct.calcsize(form)))
        self.patch(at, struct.pack(form, change(value) if callable(change) else change))

    def page(self, number):
        return self.bytes_at((number - 1) * PAGE, PAGE)

    def put_page(self, number, content):
        self.patch((number - 1) * PAGE, content)

    def swap(self, one, other):
        first, second = self.page(one), self.page(other)
        self.put_page(one, second)
        self.put_page(other, first)

    def ask(self, sql, *values):
        with closing(sqlite3.connect(f"file:{self.path}?immutable=1", uri=True)) as connection:
            return connection.execute(sql, values).fetchall()

    def root(self, name):
        return self.ask("SELECT rootpage FROM sqlite_schema WHERE name = ?", name)[0][0]

    def leaves(self, name):
        """Find the leaf pages of a table or an index; the tree has at most two levels."""
        root = self.root(name)
        content = self.page(root)
        if content[0] in {LEAF_TABLE, LEAF_INDEX}:
            return [root]
        (count,) = struct.unpack(">H", content[3:5])
        cells = struct.unpack(f">{count}H", content[12 : 12 + 2 * count])
        children = [struct.unpack(">I", content[cell : cell + 4])[0] for cell in cells]
        return [*children, struct.unpack(">I", content[8:12])[0]]

    def leaf(self, name, number=0):
        return (self.leaves(name)[number] - 1) * PAGE

    def first_cell(self, name):
        return self.leaf(name) + struct.unpack(">H", self.bytes_at(self.leaf(name) + 8, 2))[0]

    def overflow_page(self):
        """Find the first page of a long value: its number ends the cell of its row in a leaf of the table."""
        at = self.leaf("file_curves", -1)
        (count,) = struct.unpack(">H", self.bytes_at(at + 3, 2))
        starts = sorted(struct.unpack(f">{count}H", self.bytes_at(at + 8, 2 * count)))
        # Cells stand one behind the other up to the end of the page, and the last four bytes of each are the number.
        return struct.unpack(">I", self.bytes_at(at + [*starts, PAGE][1] - 4, 4))[0]

    def execute(self, *statements):
        """Write with SQL what no statement of ours writes."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("PRAGMA ignore_check_constraints = 1")
            connection.execute("PRAGMA writable_schema = 1")
            for statement in statements:
                connection.execute(statement)

    def rewrite_schema(self, old, new):
        """Replace a text of the same length in the schema, wherever it is."""
        assert len(old) == len(new)
        content = self.path.read_bytes()
        assert old in content
        self.path.write_bytes(content.replace(old, new))

    def frame(self, number):
        return 32 + number * (24 + PAGE)


def zero(name, number=0):
    return lambda v: v.patch(v.leaf(name, number), bytes(PAGE))


def in_leaf(name, at, content):
    return lambda v: v.patch(v.leaf(name) + at, content)


def cut(size):
    return lambda v: os.truncate(v.path, size(v.path.stat().st_size))


def field(at, form, change):
    return lambda v: v.header(at, form, change)


def trunk(v):
    (number,) = struct.unpack(">I", v.bytes_at(32, 4))
    assert number, "the library needs free pages"
    return (number - 1) * PAGE


def swap_leaves(one, other, first=0, second=0):
    return lambda v: v.swap(v.leaves(one)[first], v.leaves(other)[second])


def entry_of_index(name):
    """Change a byte of a key in the middle of a leaf."""

    def damage(v):
        at = v.leaf(name)
        (cell,) = struct.unpack(">H", v.bytes_at(at + 8, 2))
        v.flip(at + cell + 8, 4)

    return damage


def flip_header_of_leaf(name, at, bit):
    return lambda v: v.flip(v.leaf(name) + at, bit)


def same_root(name, other):
    return lambda v: v.execute(
        f"UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = '{other}') "
        f"WHERE name = '{name}'"
    )


OF_THE_FILE = {
    **{
        f"page of {name} zeroed": zero(name)
        for name in ("file", "passage", "song", "file_tags", "passage_evidence", "run")
    },
    **{
        f"page of index {name} zeroed": zero(name)
        for name in (
            "sqlite_autoindex_file_1",
            "sqlite_autoindex_passage_1",
            "passage_link",
            "file_folder",
            "run_file_file",
        )
    },
    "root of the schema zeroed": lambda v: v.patch(100, bytes(PAGE - 100)),
    "schema filled with noise": lambda v: v.patch(100, b"\xa5" * (PAGE - 100)),
    "all but the first page filled": lambda v: v.patch(PAGE, b"\xff" * (v.path.stat().st_size - PAGE)),
    "page of a long value zeroed": lambda v: v.put_page(v.overflow_page(), bytes(PAGE)),
    "leaves of a table swapped": swap_leaves("file_curves", "file_curves", 0, 1),
    "leaves of two tables swapped": swap_leaves("file", "file_tags"),
    "table and index swapped": swap_leaves("song", "sqlite_autoindex_song_1"),
    "kind of a page": flip_header_of_leaf("file", 0, 1),
    "number of cells": flip_header_of_leaf("passage", 3, 6),
    "number of cells, low bit": flip_header_of_leaf("passage", 4, 0),
    "first free block": flip_header_of_leaf("passage", 1, 3),
    "start of the cells": flip_header_of_leaf("song", 5, 3),
    "a pointer to a cell": in_leaf("file", 8, b"\xff\xf0"),
    "length of a row": lambda v: v.patch(v.first_cell("file"), b"\xff"),
    "key of an index": entry_of_index("sqlite_autoindex_file_1"),
    "key of an index of references": entry_of_index("file_folder"),
    "two tables on one page": same_root("song", "work"),
    "an index on the page of another": same_root("file_folder", "passage_file"),
    "a root beyond the end": lambda v: v.execute("UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 'file_tags'"),
    "a column renamed in the schema": lambda v: v.rewrite_schema(b"failure_detail TEXT", b"failurX_detail TEXT"),
    "a keyword of the schema": lambda v: v.rewrite_schema(b"CREATE TABLE passage_song", b"CREXTE TABLE passage_song"),
    "a schema that is no text": lambda v: v.rewrite_schema(
        b"CREATE TABLE passage_song", b"CRE\xf3TE TABLE passage_song"
    ),
    "a table missing in the schema": lambda v: v.execute("DELETE FROM sqlite_schema WHERE name = 'passage_evidence'"),
    "an index missing in the schema": lambda v: v.execute("DELETE FROM sqlite_schema WHERE name = 'passage_link'"),
    "first free page zeroed": lambda v: v.patch(trunk(v), bytes(PAGE)),
    "number of free pages on a page": lambda v: v.patch(trunk(v) + 4, b"\xff\xff\xff\xff"),
    "a free page beyond the end": lambda v: v.patch(trunk(v) + 8, b"\x7f\xff\xff\xff"),
    "a used page among the free ones": lambda v: v.patch(trunk(v) + 8, struct.pack(">I", v.root("passage"))),
    "count of free pages": field(36, ">I", lambda value: value + 1),
    "place of the free pages": field(32, ">I", 9_999_999),
    "cut to nothing": cut(lambda _: 0),
    "cut to one byte": cut(lambda _: 1),
    "cut to the header": cut(lambda _: 100),
    "cut to one page": cut(lambda _: PAGE),
    "cut in the middle": cut(lambda size: size // 2),
    "cut by one page": cut(lambda size: size - PAGE),
    "cut by some bytes": cut(lambda size: size - 100),
    "continued with noise": lambda v: v.path.write_bytes(v.path.read_bytes() + b"\xa5" * PAGE),
    "magic of the header": field(0, ">H", 0x1234),
    "page size": field(16, ">H", 512),
    "page size that is none": field(16, ">H", 4095),
    "write version": field(18, ">B", 7),
    "read version": field(19, ">B", 7),
    "reserved bytes": field(20, ">B", 32),
    "payload fractions": field(21, ">B", 65),
    "change counter": field(24, ">I", lambda value: value ^ 0x10000),
    "size in the header, smaller": field(28, ">I", lambda value: value - 3),
    "size in the header, larger": field(28, ">I", lambda value: value + 3),
    "schema format": field(44, ">I", 9),
    "text encoding": field(56, ">I", 2),
    "schema version 0": field(60, ">I", 0),
    "application": field(68, ">I", 7),
    "application and schema version 0": lambda v: v.patch(60, bytes(12)),
    "a text that is not UTF-8": lambda v: v.execute(
        "UPDATE file_tags SET title = CAST(x'ff41fe' AS TEXT) WHERE rowid = 3"
    ),
    "a state that does not exist": lambda v: v.execute("UPDATE file SET state = 'gone' WHERE id = 2"),
    "a reference to nothing": lambda v: v.execute("UPDATE passage SET file_id = 99999 WHERE id = 2"),
}
"""Damage to a library without a log."""

OF_THE_LOG = {
    "a byte of its first frame": lambda v: v.flip(v.frame(0) + 1000, path=v.log),
    "a byte in its middle": lambda v: v.flip(v.frame(9) + 1000, path=v.log),
    "a byte of its header": lambda v: v.flip(13, path=v.log),
    "its magic": lambda v: v.flip(1, path=v.log),
    "its page size": lambda v: v.patch(8, struct.pack(">I", PAGE // 2), v.log),
    "its salts": lambda v: v.flip(17, path=v.log),
    "filled with noise": lambda v: v.log.write_bytes(b"\xa5" * v.log.stat().st_size),
    "its beginning zeroed": lambda v: v.patch(0, bytes(PAGE), v.log),
    "a poem": lambda v: v.log.write_text("a rose is a rose " * 999),
    "the library cut to nothing": cut(lambda _: 0),
    "the library gone": lambda v: v.path.unlink(),
}
"""Damage to a log with transactions that are not in the library yet, or to its library."""


def fingerprints(folder: Path):
    """Give the content of every file of a folder, to see what has changed.

    Lock files of ours and shared memory are left out: they say who has the library now.
    """
    content = {entry.name: entry.read_bytes() for entry in sorted(folder.iterdir()) if entry.is_file()}
    return {
        name: found
        for name, found in content.items()
        if not (name.endswith(".lock") and len(found) == NOTE_BYTES and found.startswith(b'{"pid": '))
        and not (name.endswith("-shm") and len(found) % NOTE_BYTES == 0)
    }
