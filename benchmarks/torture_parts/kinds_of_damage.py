"""Kinds of damage to the files of a library."""

import random
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path

PAGE = 8192
HEADER = 100
WAL_HEADER, WAL_FRAME = 32, 24 + PAGE
LIBRARY, LOG, SHARED, LOCK = "", "-wal", "-shm", ".lock"
INTERESTING = (b"\0", b"\xff", b"\x7f", b"\x80", b"\0\0\0\0", b"\xff\xff\xff\xff", b"SQLite format 3\0")

Damage = Callable[[bytearray, random.Random], None]


def zero_page(data: bytearray, rng: random.Random) -> None:
    """A page of zeros."""
    at = _page(data, rng)
    data[at : at + PAGE] = bytes(len(data[at : at + PAGE]))


def noise_page(data: bytearray, rng: random.Random) -> None:
    """A page of noise."""
    at = _page(data, rng)
    data[at : at + PAGE] = rng.randbytes(len(data[at : at + PAGE]))


def swap_pages(data: bytearray, rng: random.Random) -> None:
    """Two pages in each other's place."""
    one, other = _page(data, rng), _page(data, rng)
    if one + PAGE <= len(data) and other + PAGE <= len(data):
        data[one : one + PAGE], data[other : other + PAGE] = data[other : other + PAGE], data[one : one + PAGE]


def copied_page(data: bytearray, rng: random.Random) -> None:
    """A page in place of another one: a write that went astray."""
    one, other = _page(data, rng), _page(data, rng)
    if one + PAGE <= len(data) and other + PAGE <= len(data):
        data[one : one + PAGE] = data[other : other + PAGE]


def flip_bits(data: bytearray, rng: random.Random) -> None:
    """Some bits."""
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def flip_in_page_head(data: bytearray, rng: random.Random) -> None:
    """Some bits where a page says what it holds."""
    at = _page(data, rng)
    for _ in range(rng.choice((1, 2, 8))):
        data[min(len(data) - 1, at + rng.randrange(16))] ^= 1 << rng.randrange(8)


def header(data: bytearray, rng: random.Random) -> None:
    """A field of the header: version, page size, number of pages, application."""
    at = rng.choice((0, 16, 18, 19, 20, 24, 28, 32, 36, 40, 44, 52, 56, 60, 68, 92, 96))
    value = rng.choice(INTERESTING)
    data[at : at + len(value)] = value


def no_version(data: bytearray, rng: random.Random) -> None:
    """The schema version is 0, as in a new database."""
    data[60:64] = bytes(4)


def cut(data: bytearray, rng: random.Random) -> None:
    """Cut short, to a page or anywhere."""
    del data[rng.choice((0, 1, HEADER, PAGE, _page(data, rng), rng.randrange(len(data)), len(data) - 1)) :]


def grown(data: bytearray, rng: random.Random) -> None:
    """Something behind the end."""
    data += rng.choice((bytes(PAGE), rng.randbytes(PAGE), rng.randbytes(37), b"text\n"))


def other_file(data: bytearray, rng: random.Random) -> None:
    """Another file in its place."""
    data[:] = rng.choice((b"a shopping list\n" * 100, rng.randbytes(8192), _foreign_database()))


def foreign_log(data: bytearray, rng: random.Random) -> None:
    """The log of another program's database."""
    data[:] = _foreign_log()


DAMAGE: dict[str, tuple[Damage, ...]] = {
    LIBRARY: (
        *(zero_page, noise_page, swap_pages, copied_page, flip_bits, flip_in_page_head),
        *(header, no_version, cut, grown, other_file),
    ),
    LOG: (zero_page, noise_page, flip_bits, cut, grown, other_file, foreign_log, foreign_log),
    SHARED: (zero_page, noise_page, flip_bits, cut, other_file),
    LOCK: (noise_page, cut, grown, other_file),
}


def _foreign_database() -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE recipe (name)")
        connection.execute("PRAGMA application_id = 77")
        return connection.serialize()


@cache
def _foreign_log() -> bytes:
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(f"{folder}/foreign")) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("CREATE TABLE recipe (name)")
        connection.commit()
        return Path(f"{folder}/foreign-wal").read_bytes()


def _page(data: bytearray, rng: random.Random) -> int:
    return PAGE * rng.randrange(max(1, len(data) // PAGE))
