"""One contender in a process of its own: reads what it is to do from standard input, prints what it cost.

    {"recording": ..., "library": ..., "how": "product", "files": 100, "passages": 3, "count": false, ...}

With ``count`` the database is watched by trace callbacks, and the times mean nothing.
"""

import gc
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from recorded_messages import load

from passagework.actors.writer.flush_policy import FlushRules
from passagework.persistence.file import connection as product_connection
from writer.counting import Counter
from writer.messages import analyses
from writer.pool import STORE, Pool, run_rival
from writer.product import CREDITS, ProductRun

PRODUCT = "product"


@dataclass(frozen=True)
class Task:
    """What a contender is to do. ``pool`` and ``wait`` are for those that write row by row."""

    recording: str
    library: str
    how: str
    files: int
    passages: int
    pool: int = 1
    wait: str = "busy_timeout"
    count: bool = False


@dataclass(frozen=True)
class Cost:
    """What it cost; seconds, and counts of the whole run. ``longest_ack``: until what was handed over was durable.

    ``longest_link``: until its links were, too. ``fsyncs`` is None where they cannot be counted.
    """

    seconds: float
    longest_wait: float
    longest_ack: float
    longest_link: float
    retries: int
    taking_locks: int
    writing: int
    statements: int
    fsyncs: int | None


def run(task: Task) -> Cost:
    """Run the contender in this process."""
    messages = list(analyses(load(Path(task.recording)), task.files, task.passages))
    gc.collect()
    gc.freeze()
    counter = Counter()
    library, retries = Path(task.library), 0
    if task.how == PRODUCT:
        if task.count:
            _watch_product(counter)
        outcome = ProductRun(library, messages, FlushRules(), CREDITS, counter).run(link=True)
    else:
        pool = Pool(library, task.pool, task.wait, counter if task.count else None)
        outcome = run_rival(pool, messages, STORE[task.how], counter)
        retries = pool.retries
    counts = outcome.counts
    return Cost(
        outcome.seconds,
        outcome.longest_wait,
        outcome.longest_ack,
        outcome.longest_link,
        retries,
        counts.taking_locks,
        counts.writing,
        counts.statements,
        counts.fsyncs,
    )


def _watch_product(counter: Counter) -> None:
    """Have the product open a connection that is counted once it is set up."""

    class Watched(product_connection.LibraryConnection):
        def remember_place(self) -> None:
            super().remember_place()
            counter.watch(self)

    product_connection.LibraryConnection = Watched  # type: ignore[misc]


if __name__ == "__main__":
    json.dump(asdict(run(Task(**json.load(sys.stdin)))), sys.stdout)
