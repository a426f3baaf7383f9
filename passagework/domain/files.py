"""The metadata of a file on disk."""

import os
from dataclasses import dataclass


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


def display_path(path: bytes) -> str:
    r"""Return the path as text for people; bytes that are not valid UTF-8 appear as ``\xNN``."""
    return path.decode("utf-8", "backslashreplace")
