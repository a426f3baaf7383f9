"""Statistics of the writer of a library: for the log, for ``passagework status``, and for metrics."""

from dataclasses import dataclass, field

from passagework.domain.spread import Spread


@dataclass(frozen=True, slots=True)
class WriterStatistics:
    """The statistics of one run, or of the time without one.

    ``transactions`` counts all that were committed, with or without messages in them. Seconds: ``waits`` from
    sending a message to its COMMIT, ``holds`` from BEGIN to COMMIT, ``reads`` for one query.
    ``retries``: how often the library took no write, by kind. ``queue`` counts the messages in the mailbox now,
    ``oldest_wait`` how long the oldest message that is not committed has waited, ``wal_bytes`` the size of the
    write-ahead log and ``wal_held_by`` who keeps it from being emptied. ``unavailable`` says why the library takes no
    writes at the moment, None if it does.
    """

    transactions: int = 0
    messages: int = 0
    rows: int = 0
    rejected: int = 0
    replayed: int = 0
    retries: tuple[tuple[str, int], ...] = ()
    messages_per_transaction: Spread = field(default_factory=Spread)
    rows_per_transaction: Spread = field(default_factory=Spread)
    waits: Spread = field(default_factory=Spread)
    holds: Spread = field(default_factory=Spread)
    reads: Spread = field(default_factory=Spread)
    checkpoints: Spread = field(default_factory=Spread)
    queue: int = 0
    queue_largest: int = 0
    oldest_wait: float = 0.0
    wal_bytes: int = 0
    wal_bytes_largest: int = 0
    wal_held_by: str | None = None
    unavailable: str | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """The process that writes a library now, since when, and its statistics if it publishes them."""

    holder: str
    accounts: WriterStatistics | None
