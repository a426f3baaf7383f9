"""Files that have another path than before."""

from dataclasses import dataclass

from passagework.domain.files import FileStamp
from passagework.domain.ids import Guid


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMove:
    """A file that was at ``source`` and is at ``target`` now, where it has this stamp."""

    guid: Guid
    source: bytes
    target: bytes
    stamp: FileStamp
