"""Store what a person sets, and keep what was there before."""

from collections.abc import Sequence

from passagework.domain.edits import Edit, Edited
from passagework.persistence.connection import LibraryConnection


def apply_edits(connection: LibraryConnection, edits: Sequence[Edit], now_ns: int) -> tuple[Edited, ...]:
    """Store all of these in one transaction, or none of them."""
    raise NotImplementedError
