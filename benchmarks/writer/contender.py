"""One contender in a process of its own: reads what it is to do from standard input, prints what it cost.

    {"recording": ..., "library": ..., "finished": ..., "how": "product", "files": 100, "passages": 3, ...}

With ``count`` the database is watched by trace callbacks, and the times mean nothing.
"""

import gc
import json
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time

from recorded_messages import Analysis, analyses, load, shipped

from writer.in_memory import RIVALS, InMemory
from writer.rival import Pool, connections
from writer.rows import read_finished
from writer.watch import Counter, Counts, each_connection

PRODUCT = "product"
PRODUCERS = 16


@dataclass(frozen=True)
class Task:
    """What a contender is to do. ``pool``, ``wait`` and ``finished`` are for those that write row by row."""

    recording: str
    how: str
    files: int
    passages: int
    pool: int = 1
    wait: str = "busy_timeout"
    count: bool = False
    library: str = ""
    finished: str = ""


@dataclass(frozen=True)
class Cost:
    """What it cost; seconds, and counts of the whole run. ``longest_ack``: until what was handed over was durable.

    ``cpu`` is that of all threads. ``fsyncs`` is None where they cannot be counted.
    """

    seconds: float
    cpu: float
    longest_wait: float
    longest_ack: float
    retries: int
    taking_locks: int
    writing: int
    fsyncs: int | None


def run(task: Task) -> Cost:
    """Run the contender in this process."""
    messages = list(analyses(load(Path(task.recording)), task.files, task.passages))
    if task.how == PRODUCT:
        messages = [shipped(analysis) for analysis in messages]
    # The messages were made beforehand; a daemon does not carry that many about for the collector to look through.
    gc.collect()
    gc.freeze()
    counter = Counter()
    if task.how == PRODUCT:
        with each_connection(counter.watch) if task.count else nullcontext():
            return _product(task, messages, counter)
    watching = counter if task.count else None
    finished = read_finished(Path(task.finished))
    # Neither are their rows, in favour of the rivals.
    gc.collect()
    gc.freeze()
    if (rival := RIVALS.get(task.how)) is not None:
        (connection,) = connections(Path(task.library), 1, counter=watching)
        return _in_memory(rival(connection, finished), messages, counter)
    pool = Pool(Path(task.library), finished, task.pool, task.wait, watching)
    waits: list[float] = []

    def store(message: Analysis, *, more: bool) -> None:  # noqa: ARG001 - no rival asks
        began = perf_counter()
        pool.store(task.how, message)
        waits.append(perf_counter() - began)

    seconds, cpu, counts = timed(messages, store, pool.close, counter)
    longest = max(waits)
    return Cost(seconds, cpu, longest, longest, pool.retries, **asdict(counts))


def _in_memory(rival: InMemory, messages: list[Analysis], counter: Counter) -> Cost:
    def give(message: Analysis, *, more: bool) -> None:  # noqa: ARG001 - no rival asks
        rival.give(message)

    seconds, cpu, counts = timed(messages, give, rival.close, counter)
    return Cost(seconds, cpu, rival.longest_wait, rival.longest_ack, 0, **asdict(counts))


def _product(task: Task, messages: list[Analysis], counter: Counter) -> Cost:
    from writer.load import load_on  # noqa: PLC0415 - rivals start without actors

    with load_on(Path(task.library)) as load:
        seconds, cpu, counts = timed(messages, load.give, load.settle, counter)
    return Cost(seconds, cpu, load.longest_wait, load.longest_ack, 0, **asdict(counts))


def timed(
    messages: list[Analysis], store: Callable[..., None], settle: Callable[[], None], counter: Counter
) -> tuple[float, float, Counts]:
    """Have 16 producers store the messages, which say whether they have ``more``; give seconds, CPU seconds, counts."""

    def produce(producer: int) -> None:
        own = messages[producer::PRODUCERS]
        for number, message in enumerate(own, 1):
            store(message, more=number < len(own))

    producers = [threading.Thread(target=produce, args=(number,)) for number in range(PRODUCERS)]
    before = counter.read()
    began, cpu = perf_counter(), process_time()
    for producer in producers:
        producer.start()
    for producer in producers:
        producer.join()
    settle()
    return perf_counter() - began, process_time() - cpu, counter.read().since(before)


if __name__ == "__main__":
    json.dump(asdict(run(Task(**json.load(sys.stdin)))), sys.stdout)
