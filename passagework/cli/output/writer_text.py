"""Statistics of the writer, for people and for scripts."""

from collections.abc import Iterable
from dataclasses import asdict

from passagework.domain.spread import Spread
from passagework.domain.writer_statistics import WriterStatistics


def accounts_json(accounts: WriterStatistics) -> dict[str, object]:
    """Return every number by its name in the embedding API; seconds and bytes."""
    return {**asdict(accounts), "retries": dict(accounts.retries)}


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
    yield f"  wal     {accounts.log_bytes / 1e6:.1f} MB, {accounts.log_bytes_largest / 1e6:.1f} MB at most" + (
        f"; it cannot be emptied: {accounts.log_held_by}" if accounts.log_held_by else ""
    )


def _seconds(spread: Spread) -> str:
    """Format a distribution in milliseconds, because everything here is normally short."""
    p50, p99, largest = (f"{1000 * value:.1f}" for value in (spread.p50, spread.p99, spread.largest))
    return f"{p50} ms (half of {spread.count}), {p99} ms (99 of 100), {largest} ms at most"
