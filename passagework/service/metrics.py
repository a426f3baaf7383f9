"""Numbers for Prometheus, in a registry of their own: that of a host is left alone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from passagework.domain.spread import Spread
from passagework.domain.units import seconds

if TYPE_CHECKING:
    from passagework.service.stage import Stage

METRICS_TYPE = CONTENT_TYPE_LATEST
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """Counts requests, and reads all else when it is asked."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._requests = Counter(
            "passagework_http_requests",
            "Requests that were answered.",
            ("operation", "status"),
            registry=self._registry,
        )
        self._times = Histogram(
            "passagework_http_request_seconds",
            "From the head of a request to the end of its answer; streams of events are left out.",
            registry=self._registry,
            buckets=_BUCKETS,
        )
        self._connections = Gauge("passagework_http_connections", "Open connections.", registry=self._registry)
        self._children: dict[tuple[str, int], Counter] = {}

    def answered(self, operation: str, status: int, elapsed: float) -> None:
        """Count a request. On the loop."""
        child = self._children.get((operation, status))
        if child is None:
            child = self._children[operation, status] = self._requests.labels(operation, str(status))
        child.inc()
        if operation != "events":
            self._times.observe(elapsed)

    def connected(self, number: int) -> None:
        """Say how many connections are open."""
        self._connections.set(number)

    def text(self, stage: "Stage") -> bytes:
        """Return everything in the format of Prometheus. Asks the library: in a thread of the pool."""
        now = CollectorRegistry(auto_describe=False)
        now.register(_Now(stage))
        return bytes(generate_latest(self._registry) + generate_latest(now))


class _Now:
    """What is read at the moment it is asked for."""

    def __init__(self, stage: "Stage") -> None:
        self._stage = stage

    def collect(self) -> Iterator[Metric]:
        """Yield all of it."""
        yield from self._of_the_writer()
        yield from self._of_the_run()
        board, stage = self._stage.board, self._stage
        yield _counter("passagework_runs_finished", "Runs that ended since the service began.", board.runs_finished)
        yield _gauge("passagework_event_streams", "Clients that receive events.", stage.streams)
        yield _gauge("passagework_event_number", "Number of the latest event.", stage.feed.next - 1)
        yield _gauge(
            "passagework_requests_waiting", "Requests in the hands of a thread, or waiting for one.", stage.pool.busy
        )
        watching = stage.watch is not None and not stage.watch.done
        yield _gauge("passagework_watching", "Whether folders are followed.", watching)
        followed = GaugeMetricFamily(
            "passagework_folders_followed", "Folders by how they are followed.", labels=["way"]
        )
        ways = [one.way.value for one in board.following.values()]
        for way in sorted(set(ways)):
            followed.add_metric([way], ways.count(way))
        yield followed

    def _of_the_writer(self) -> Iterator[Metric]:
        writer = self._stage.library.writer()
        accounts = None if writer is None else writer.accounts
        if accounts is None:
            return
        yield _gauge(
            "passagework_writer_transactions", "Transactions of this run, or since the last one.", accounts.transactions
        )
        yield _gauge("passagework_writer_messages", "Messages that were written in them.", accounts.messages)
        yield _gauge("passagework_writer_rows", "Rows that were written in them.", accounts.rows)
        yield _gauge("passagework_writer_rejected", "Messages that the library refused.", accounts.rejected)
        yield _gauge("passagework_writer_queue", "Messages in the mailbox of the writer.", accounts.queue)
        yield _gauge(
            "passagework_writer_oldest_wait_seconds", "How long the oldest message waits.", accounts.oldest_wait
        )
        yield _gauge("passagework_wal_bytes", "Size of the write-ahead log.", accounts.wal_bytes)
        yield _gauge("passagework_writer_available", "Whether the library takes writes.", accounts.unavailable is None)
        retries = GaugeMetricFamily("passagework_writer_refusals", "How often it took no write.", labels=["kind"])
        for kind, number in accounts.retries:
            retries.add_metric([kind], number)
        yield retries
        for name, spread in (
            ("waits", accounts.waits),
            ("holds", accounts.holds),
            ("reads", accounts.reads),
            ("checkpoints", accounts.checkpoints),
        ):
            yield from _spread(f"passagework_writer_{name}_seconds", spread)

    def _of_the_run(self) -> Iterator[Metric]:
        run = self._stage.board.active
        yield _gauge("passagework_run_active", "Whether a run goes on.", run is not None)
        if run is None:
            return
        progress = run.progress
        yield _gauge("passagework_run_paused", "Whether it does not advance.", progress.paused is not None)
        yield _gauge("passagework_run_files_done", "Files with a result.", progress.files_done)
        yield _gauge(
            "passagework_run_files_expected",
            "Files to be analysed, as far as the scan has looked.",
            progress.files_expected,
        )
        yield _gauge("passagework_run_files_failed", "Files that could not be analysed.", progress.files_failed)
        yield _gauge("passagework_run_files_linked", "Files whose passages were linked.", progress.files_linked)
        yield _gauge("passagework_run_files_in_flight", "Files between the scan and the library.", progress.in_flight)
        yield _gauge("passagework_run_audio_seconds", "Audio that was decoded.", seconds(progress.audio))
        yield _gauge("passagework_run_speed", "Times as fast as the music plays.", progress.speed or 0.0)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(name, words, value=float(value))


def _spread(name: str, spread: Spread) -> Iterator[Metric]:
    yield SummaryMetricFamily(name, "Seconds, of this run.", count_value=spread.count, sum_value=spread.total)
    yield _gauge(f"{name}_p99", "99th percentile.", spread.p99)
    yield _gauge(f"{name}_largest", "The largest.", spread.largest)
