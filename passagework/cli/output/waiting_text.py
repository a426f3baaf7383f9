"""Passages that wait for a service, and moments, as people read them."""

import time
from datetime import UTC, datetime

from passagework.domain.counted import counted
from passagework.domain.views import DeferredItems


def moment(ns: int) -> str:
    """Return a moment in the time of this machine."""
    return f"{datetime.fromtimestamp(ns / 1e9, UTC).astimezone():%Y-%m-%d %H:%M:%S}"


def waiting_words(items: DeferredItems) -> str:
    """Say how many passages wait, for what, and when the next import continues with them."""
    future = items.until_ns > time.time_ns()
    when = f"an import after {moment(items.until_ns)}" if future else "the next import"
    return f"{counted(items.passages, 'passage')} ({items.reason}); {when} continues with them"
