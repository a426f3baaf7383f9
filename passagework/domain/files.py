"""The metadata of a file on disk."""

import os
import time
from dataclasses import dataclass, field, replace
from typing import Final

_SECOND_NS: Final = 1_000_000_000
_COARSE_NS: Final = 2 * _SECOND_NS
"""FAT stores the time of a write in steps of two seconds, others in whole seconds."""

_LAST_NS: Final = (1 << 63) - 1
_FIRST_NS: Final = -(1 << 63)
"""The library keeps times between 1677 and 2262; file systems know others, which a wrong clock gives to files."""

_KEPT_NS: Final = 1 << 50
"""Some 13 days."""

_TICK_NS: Final = (
    # Linux stamps a file with the time of the last tick of its clock.
    round(time.clock_getres(time.CLOCK_REALTIME_COARSE) * _SECOND_NS)
    if hasattr(time, "CLOCK_REALTIME_COARSE")
    else 10_000_000
)


def storable_time(time_ns: int) -> int:
    """Return a time as the library keeps it: itself, or for one beyond its range, a time within days of the end.

    Two times beyond the range give different ones, so that a change is seen.
    """
    return time_ns if _FIRST_NS < time_ns <= _LAST_NS else _LAST_NS - time_ns % _KEPT_NS


@dataclass(frozen=True, slots=True)
class FileStamp:
    """Used to detect whether a file changed: size in bytes and mtime in nanoseconds are compared.

    ``device``, ``inode`` and ``ctime_ns``, when the inode last changed, raise a suspicion at most, and tell moves;
    ``ctime_ns`` None: unknown. The time of the inode is no part of equality: a new link to the file changes it.
    """

    size: int
    mtime_ns: int
    device: int = 0
    inode: int = 0
    ctime_ns: int | None = field(default=None, compare=False)

    @classmethod
    def of(cls, status: os.stat_result) -> "FileStamp":
        """Create the stamp from a ``stat`` result."""
        return cls(
            status.st_size,
            storable_time(status.st_mtime_ns),
            status.st_dev,
            status.st_ino,
            storable_time(status.st_ctime_ns),
        )

    def same_content_as(self, other: "FileStamp") -> bool:
        """Tell whether size and mtime are equal, which means that the file is unchanged."""
        return (self.size, self.mtime_ns) == (other.size, other.mtime_ns)

    def is_suspicious(self, now: "FileStamp") -> bool:
        """Tell whether a file with the same size and mtime may yet be another, or written again: inode or ctime differ.

        Devices have other numbers after the next start of the machine, so they say nothing.
        """
        return self.inode != now.inode or (self.ctime_ns is not None and self.ctime_ns != now.ctime_ns)

    def to_store(self, read_from_ns: int, read_until_ns: int) -> "FileStamp":
        """Return the stamp to store for content that was read between these times, in nanoseconds since the epoch.

        A file that was written in the same step of its clock in which it was read may be written again in that step,
        to the same size: its stamp would not tell. Then the stored one is a nanosecond less, which matches nothing, and
        the next import reads the file again. Git calls such an entry racily clean.
        """
        step = _COARSE_NS if self.mtime_ns % _SECOND_NS == 0 else _TICK_NS
        if read_from_ns - step <= self.mtime_ns <= read_until_ns:
            return replace(self, mtime_ns=self.mtime_ns - 1)
        return self


def display_path(path: bytes) -> str:
    r"""Return the path as text for people; bytes that are not valid UTF-8 appear as ``\xNN``."""
    return path.decode("utf-8", "backslashreplace")
