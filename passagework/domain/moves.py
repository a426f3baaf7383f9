"""Files that have another path than before."""

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


def path_of_lost(path: bytes, guid: Guid) -> bytes:
    """Return what stands for the path of a file whose path another one has: no path of a file has // in it."""
    return path + b"//" + guid.encode()
