"""Documents about the character of recordings, which a person gives. They are no work of a run: undo leaves them."""

from collections.abc import Sequence
from typing import Final

from passagework.domain.flavor.acousticbrainz import FlavorDocument
from passagework.domain.flavor.sources import FlavorSource
from passagework.persistence.file.checkpoint import checkpoint_if_long
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.transaction import transaction
from passagework.persistence.rows.flavor import encode_shares

_ADD: Final = f"""
INSERT INTO recording_flavor (recording, source, document, seconds, shares, added_ns)
VALUES (?, '{FlavorSource.ACOUSTICBRAINZ}', ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""

_CLEAR: Final = f"DELETE FROM recording_flavor WHERE source = '{FlavorSource.ACOUSTICBRAINZ}'"


def add_flavor_documents(connection: LibraryConnection, documents: Sequence[FlavorDocument], now_ns: int) -> int:
    """Store documents in one transaction, and return how many were not there yet."""
    rows = [(one.recording, one.key, one.seconds, encode_shares(one.groups), now_ns) for one in documents]
    if not rows:
        return 0
    with connection.translated():
        with transaction(connection):
            added = connection.executemany(_ADD, rows).rowcount
        checkpoint_if_long(connection)
    return added


def clear_flavor_documents(connection: LibraryConnection) -> int:
    """Delete all documents, and return how many there were."""
    with connection.translated(), transaction(connection):
        return connection.execute(_CLEAR).rowcount
