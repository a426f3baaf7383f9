"""Files that have another path than before, or several."""

from dataclasses import dataclass

from passagework.domain.files import FileStamp
from passagework.domain.ids import Guid


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMove:
    """A file that was at ``source`` and is at ``target`` now, where it has this stamp.

    ``lost``: another file is at ``source``, and this one is missing until it is found elsewhere.
    """

    guid: Guid
    source: bytes
    target: bytes
    stamp: FileStamp
    lost: bool = False


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Another place of the file at ``of``, which has this stamp; ``of`` None: the path is a place of none."""

    path: bytes
    of: bytes | None
    stamp: FileStamp


def path_of_lost(path: bytes, guid: Guid) -> bytes:
    """Return what stands for the path of a file whose path another one has: no path of a file has // in it."""
    return path + b"//" + guid.encode()
