"""The metadata of a file on disk."""

import os
import time
from dataclasses import dataclass, replace
from typing import Final

_SECOND_NS: Final = 1_000_000_000
_COARSE_NS: Final = 2 * _SECOND_NS
"""FAT stores the time of a write in steps of two seconds, others in whole seconds."""

_TICK_NS: Final = (
    # Linux stamps a file with the time of the last tick of its clock.
    round(time.clock_getres(time.CLOCK_REALTIME_COARSE) * _SECOND_NS)
    if hasattr(time, "CLOCK_REALTIME_COARSE")
    else 10_000_000
)


@dataclass(frozen=True, slots=True)
class FileStamp:
    """Used to detect whether a file changed: size in bytes and mtime in nanoseconds are compared.

    ``device`` and ``inode`` are hints for moves; they are not compared.
    """

    size: int
    mtime_ns: int
    device: int = 0
    inode: int = 0

    @classmethod
    def of(cls, status: os.stat_result) -> "FileStamp":
        """Create the stamp from a ``stat`` result."""
        return cls(status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino)

    def same_content_as(self, other: "FileStamp") -> bool:
        """Tell whether size and mtime are equal, which means that the file is unchanged."""
        return (self.size, self.mtime_ns) == (other.size, other.mtime_ns)

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
