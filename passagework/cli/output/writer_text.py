"""The statistics of the writer, for people."""

from collections.abc import Iterable

from passagework.domain.spread import Spread
from passagework.domain.writer_statistics import WriterStatistics


def accounts_lines(accounts: WriterStatistics) -> Iterable[str]:
    """Describe the writer's statistics."""
    if accounts.unavailable is not None:
        yield f"  waits   {accounts.unavailable}"
    yield (
        f"  wrote   {accounts.messages} messages, {accounts.rows} rows in {accounts.transactions} transactions"
        f" (per batch {accounts.messages_per_transaction.p50:.0f} messages, {accounts.rows_per_transaction.p50:.0f}"
        f" rows; the largest {accounts.messages_per_transaction.largest:.0f} and"
        f" {accounts.rows_per_transaction.largest:.0f})"
    )
    for name, spread in (
        ("waited", accounts.waits),
        ("held", accounts.holds),
        ("read", accounts.reads),
        ("ckpt", accounts.checkpoints),
    ):
        if spread.count:
            yield f"  {name:<7} {_seconds(spread)}"
    refused = ", ".join(f"{times} times {kind}" for kind, times in accounts.retries)
    if refused or accounts.rejected or accounts.replayed:
        yield (
            f"  refused {refused or 'never'}; {accounts.replayed} batches written again message by message, "
            f"{accounts.rejected} messages rejected"
        )
    now = f"{accounts.queue} messages, the oldest for {accounts.oldest_wait:.1f} s; " if accounts.queue else ""
    yield f"  queue   {now}{accounts.queue_largest} messages at most"
    yield f"  wal     {accounts.wal_bytes / 1e6:.1f} MB, {accounts.wal_bytes_largest / 1e6:.1f} MB at most" + (
        f"; it cannot be emptied: {accounts.wal_held_by}" if accounts.wal_held_by else ""
    )


def _seconds(spread: Spread) -> str:
    """Format a distribution in milliseconds, because everything here is normally short."""
    p50, p99, largest = (f"{1000 * value:.1f}" for value in (spread.p50, spread.p99, spread.largest))
    return f"{p50} ms (half of {spread.count}), {p99} ms (99 of 100), {largest} ms at most"
