"""Libraries of earlier versions, and how they are brought up to date."""

from passagework.domain.ids import RunId
from passagework.persistence.file.header import APPLICATION_ID
from passagework.persistence.file.migrations import add_functions_of_steps, load_migrations
from passagework.persistence.file.opening import open_library
from passagework.persistence.user.undo import undo_run

__all__ = ["APPLICATION_ID", "RunId", "add_functions_of_steps", "load_migrations", "open_library", "undo_run"]
