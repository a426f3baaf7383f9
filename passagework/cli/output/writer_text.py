"""The statistics of the writer, for people."""

from collections.abc import Iterable

from passagework.domain.spread import Spread
from passagework.domain.writer_statistics import WriterStatistics


def accounts_lines(accounts: WriterStatistics) -> Iterable[str]:
    """Describe the writer's statistics."""
    if accounts.unavailable is not None:
        yield f"  it waits:      {accounts.unavailable}"
    yield (
        f"  written:       {accounts.messages} messages, {accounts.rows} rows in {accounts.transactions} transactions "
        f"(half of them up to {accounts.messages_per_transaction.p50:.0f} messages, "
        f"{accounts.rows_per_transaction.p50:.0f} rows; the largest "
        f"{accounts.messages_per_transaction.largest:.0f} messages, {accounts.rows_per_transaction.largest:.0f} rows)"
    )
    for what, spread in (
        ("until written:", accounts.waits),
        ("transactions:", accounts.holds),
        ("queries:", accounts.reads),
        ("checkpoints:", accounts.checkpoints),
    ):
        if spread.count:
            yield f"  {what:<14} {_seconds(spread)}"
    refused = ", ".join(f"{times} times {kind}" for kind, times in accounts.retries)
    if refused or accounts.rejected or accounts.replayed:
        yield (
            f"  refused:       {refused or 'never'}; {accounts.replayed} batches written again message by message, "
            f"{accounts.rejected} messages rejected"
        )
    now = f"{accounts.queue} messages, the oldest for {accounts.oldest_wait:.1f} s; " if accounts.queue else ""
    yield f"  queue:         {now}{accounts.queue_largest} messages at most"
    yield f"  log (WAL):     {accounts.wal_bytes / 1e6:.1f} MB, {accounts.wal_bytes_largest / 1e6:.1f} MB at most" + (
        f"; it cannot be emptied: {accounts.wal_held_by}" if accounts.wal_held_by else ""
    )


def _seconds(spread: Spread) -> str:
    """Format a distribution in milliseconds, because everything here is normally short."""
    p50, p99, largest = (f"{1000 * value:.1f}" for value in (spread.p50, spread.p99, spread.largest))
    return f"half of {spread.count} took up to {p50} ms, 99 of 100 up to {p99} ms, the longest {largest} ms"
