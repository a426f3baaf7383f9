"""Libraries of earlier versions, and how they are brought up to date."""

from passagework.domain.ids import RunId
from passagework.persistence.file.header import APPLICATION_ID
from passagework.persistence.file.migrations import add_functions_of_steps, load_migrations
from passagework.persistence.file.opening import open_library
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.opening import open_writer

__all__ = [
    "APPLICATION_ID",
    "RunId",
    "add_functions_of_steps",
    "load_migrations",
    "open_library",
    "open_writer",
    "undo_run",
]
