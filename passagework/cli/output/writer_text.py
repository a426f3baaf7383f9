"""The statistics of the writer, for people."""

from collections.abc import Iterable

from passagework.domain.counted import counted
from passagework.domain.spread import Spread
from passagework.domain.writer_statistics import WriterStatistics


def accounts_lines(accounts: WriterStatistics) -> Iterable[str]:
    """Describe the writer's statistics."""
    if accounts.unavailable is not None:
        yield f"  it waits:      {accounts.unavailable}"
    written = f"{counted(accounts.messages, 'message')}, {counted(accounts.rows, 'row')}"
    messages, rows = accounts.messages_per_transaction, accounts.rows_per_transaction
    yield (
        f"  written:       {written} in {counted(accounts.transactions, 'transaction')} "
        f"(half of them up to {_about(messages.p50, 'message')}, {_about(rows.p50, 'row')}; "
        f"the largest {_about(messages.largest, 'message')}, {_about(rows.largest, 'row')})"
    )
    for what, spread in (
        ("until written:", accounts.waits),
        ("transactions:", accounts.holds),
        ("queries:", accounts.reads),
        ("checkpoints:", accounts.checkpoints),
    ):
        if spread.count:
            yield f"  {what:<14} {_seconds(spread)}"
    refused = ", ".join(f"{counted(times, 'time')} {kind}" for kind, times in accounts.retries)
    if refused or accounts.rejected or accounts.replayed:
        again = f"{counted(accounts.replayed, 'batch', 'batches')} written again message by message"
        yield f"  refused:       {refused or 'never'}; {again}, {counted(accounts.rejected, 'message')} rejected"
    now = (
        f"{counted(accounts.queue, 'message')}, the oldest for {accounts.oldest_wait:.1f} s; " if accounts.queue else ""
    )
    yield f"  queue:         {now}{counted(accounts.queue_largest, 'message')} at most"
    yield f"  log (WAL):     {accounts.wal_bytes / 1e6:.1f} MB, {accounts.wal_bytes_largest / 1e6:.1f} MB at most" + (
        f"; it cannot be emptied: {accounts.wal_held_by}" if accounts.wal_held_by else ""
    )


def _about(number: float, one: str) -> str:
    return counted(round(number), one)


def _seconds(spread: Spread) -> str:
    """Format a distribution in milliseconds, because everything here is normally short."""
    p50, p99, largest = (f"{1000 * value:.1f}" for value in (spread.p50, spread.p99, spread.largest))
    return f"half of {spread.count} took up to {p50} ms, 99 of 100 up to {p99} ms, the longest {largest} ms"
