"""File stamps as columns: SQLite's integers are signed, device and inode numbers are not."""

from typing import Final

from passagework.domain.files import FileStamp

_SIGN: Final = 1 << 63
_RANGE: Final = 1 << 64


def stamp_columns(stamp: FileStamp) -> tuple[int, int, int, int]:
    """Give size, mtime_ns, device and inode; the last two as two's complement."""
    return stamp.size, stamp.mtime_ns, _signed(stamp.device), _signed(stamp.inode)


def stamp_of(size: int, mtime_ns: int, device: int, inode: int) -> FileStamp:
    """Take the stamp from its columns."""
    return FileStamp(size, mtime_ns, device % _RANGE, inode % _RANGE)


def _signed(number: int) -> int:
    return number - _RANGE if _SIGN <= number < _RANGE else number
