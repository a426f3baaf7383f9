"""A library that is filled by straight SQL, and the questions that are asked of it."""

from passagework import Library
from passagework.domain.files import display_path
from passagework.domain.gains import Mono
from passagework.domain.ids import Guid, RunId
from passagework.domain.json_text import write_json
from passagework.domain.loudness_distribution import distribution
from passagework.domain.tags import Tags
from passagework.domain.units import TICKS_PER_SECOND
from passagework.domain.views import RunState
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.transaction import transaction
from passagework.persistence.read.queries import GainsOf, ListPassages, ShowFile, ShowPassage, Status
from passagework.persistence.read.reader import LibraryReader
from passagework.persistence.rows.tag_rows import tag_row
from passagework.persistence.write.opening import open_writer
from passagework.persistence.write.runs import close_run

__all__ = [
    "TICKS_PER_SECOND",
    "GainsOf",
    "Guid",
    "Library",
    "LibraryConnection",
    "LibraryReader",
    "ListPassages",
    "Mono",
    "RunId",
    "RunState",
    "ShowFile",
    "ShowPassage",
    "Status",
    "Tags",
    "close_run",
    "display_path",
    "distribution",
    "open_writer",
    "tag_row",
    "transaction",
    "write_json",
]
