"""Measure what the service costs an import: clients of the event stream, and requests, while music is imported.

    python benchmarks/serve.py MUSIC_FOLDER [--streams N] [--rate N] [--rounds N] [--workers N]

The importer with its service is one process, as in ``passagework serve``; the load is another one, with a connection
for each client of the stream and a few for the requests. MUSIC_FOLDER is imported into a new library again and again,
in turn without and with the load, and only read.

CPU is that of the kernel's accounts: of the whole process of the service, and of the load. What a request and an event
for a client cost is measured without an import, since that of the import would be in it: the CPU of the process while
N requests, or events for N clients, are answered, divided by their number.
"""

import http.client
import json
import os
import random
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from harness import Targets, arguments, parsed, percentile, table
from seams.service import FileFinished, Guid, RunId, Service, Ticks

from passagework import Importer, Settings

LOAD = "load"
MAIN = Path(__file__)
CONNECTIONS = 4
PATHS = ("/api/1/now", "/health", "/api/1/passages?limit=1", "/api/1/runs?limit=5")


@dataclass
class Figures:
    """One import: its seconds, the CPU of this process with its workers, of the load, and what the load saw."""

    seconds: float
    cpu: float
    audio: float
    longest_wait: float
    load: dict


def cpu_of_all() -> float:
    """Return the CPU seconds of this process and of all its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def settings_for(music: Path, library: Path, workers: int) -> Settings:
    return Settings.model_validate(
        {
            "library": {"path": str(library)},
            "scan": {"roots": [str(music)]},
            "analysis": {"workers": workers},
            "flavor": {"level": "off"},
            "serve": {"port": 0, "connections": 500, "streams": 200},
        }
    )


def import_once(music: Path, workers: int, streams: int, rate: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_for(music, Path(folder) / "l", workers)
        began_cpu = cpu_of_all()
        with Importer(settings) as importer, Service(importer, settings) as service:
            load = None
            if streams or rate:
                load = subprocess.Popen(
                    [sys.executable, MAIN, LOAD, str(service.port), str(streams), str(rate)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                load.stdout.readline()
            began = time.perf_counter()
            report = importer.start().wait()
            seconds = time.perf_counter() - began
            accounts = report.summary.run.accounts
            found = {}
            if load is not None:
                own = cpu_of_all()
                answer, _ = load.communicate("end\n")
                found = json.loads(answer)
                began_cpu += cpu_of_all() - own
        cpu = cpu_of_all() - began_cpu
        return Figures(seconds, cpu, report.summary.audio / 28_224_000, accounts.waits.largest, found)


def load(port: int, streams: int, rate: int) -> None:  # noqa: C901, PLR0915 - a program of its own
    """Be the load, until a line is read from the standard input; print what was seen."""
    poller = select.poll()
    open_streams: dict[int, socket.socket] = {}
    last: dict[int, int] = {}
    rest: dict[int, bytes] = {}
    for _ in range(streams):
        one = socket.create_connection(("127.0.0.1", port))
        one.sendall(b"GET /api/1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        open_streams[one.fileno()] = one
        last[one.fileno()], rest[one.fileno()] = -1, b""
        poller.register(one, select.POLLIN)
    times: list[float] = []
    failed = 0
    ending = threading.Event()

    def ask(number: int) -> None:
        nonlocal failed
        chance = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        due = time.perf_counter()
        while not ending.is_set():
            due += CONNECTIONS / rate
            ending.wait(max(0.0, due - time.perf_counter()))
            began = time.perf_counter()
            try:
                connection.request("GET", chance.choice(PATHS))
                answer = connection.getresponse()
                answer.read()
                failed += answer.status != 200
            except OSError:
                failed += 1
            times.append(time.perf_counter() - began)
        connection.close()

    askers = [threading.Thread(target=ask, args=(one,)) for one in range(CONNECTIONS if rate else 0)]
    for one in askers:
        one.start()
    print("ready", flush=True)
    poller.register(sys.stdin, select.POLLIN)
    events = disorder = 0
    began = time.process_time()
    going = True
    while going:
        for descriptor, _ in poller.poll():
            if descriptor == sys.stdin.fileno():
                going = False
                continue
            piece = open_streams[descriptor].recv(262_144)
            if not piece:
                poller.unregister(descriptor)
                continue
            whole, _, rest[descriptor] = (rest[descriptor] + piece).rpartition(b"\n")
            for line in whole.split(b"\n"):
                if line.startswith(b"id: "):
                    number = int(line.rpartition(b"-")[2])
                    # The first is that of the snapshot.
                    disorder += last[descriptor] >= 0 and number != last[descriptor] + 1
                    last[descriptor] = number
                    events += 1
    ending.set()
    for one in askers:
        one.join()
    print(
        json.dumps(
            {
                "cpu": time.process_time() - began,
                "requests": len(times),
                "failed": failed,
                "p99": percentile(times, 0.99) if times else 0.0,
                "events": events,
                "disorder": disorder,
            }
        )
    )


def cost_of_requests(music: Path, number: int) -> dict[str, float]:
    """Return the CPU milliseconds of this process for a request, by its path. The client is another process."""
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_for(music, Path(folder) / "l", 1)
        with Importer(settings) as importer, Service(importer, settings) as service:
            costs = {}
            for path in PATHS:
                code = (
                    "import http.client as h\n"
                    f"c = h.HTTPConnection('127.0.0.1', {service.port})\n"
                    f"for _ in range({number}): c.request('GET', {path!r}); c.getresponse().read()\n"
                )
                began = time.process_time()
                subprocess.run([sys.executable, "-c", code], check=True)
                costs[path] = (time.process_time() - began) * 1_000 / number
    return costs


def cost_of_events(music: Path, streams: int, number: int) -> float:
    """Return the CPU milliseconds of this process for an event and a client; events come at some hundred a second."""
    event = FileFinished(
        RunId(1), Guid("0"), b"/music/an artist/an album/a title.flac", None, 1, Ticks(28_224_000 * 200)
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_for(music, Path(folder) / "l", 1)
        with Importer(settings) as importer, Service(importer, settings) as service:
            clients = subprocess.Popen(
                [sys.executable, MAIN, LOAD, str(service.port), str(streams), "0"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            clients.stdout.readline()
            time.sleep(0.5)
            began = time.process_time()
            for _ in range(number):
                service._hear(event)  # noqa: SLF001 - as the listener of an import does
                time.sleep(0.005)
            time.sleep(0.2)
            cost = time.process_time() - began
            answer, _ = clients.communicate("end\n")
            seen = json.loads(answer)
            if seen["disorder"]:
                raise SystemExit("events came out of order")
    return cost * 1_000 / (number * streams)


def main() -> None:
    parser = arguments(__doc__, streams=50, rate=200, rounds=3, workers=0, number=2_000)
    parser.add_argument("music", type=Path)
    asked = parsed(parser, rounds=1, number=100)
    requests = cost_of_requests(asked.music, asked.number)
    events = cost_of_events(asked.music, asked.streams, asked.number // 4)
    best: dict[str, Figures] = {}
    for _ in range(asked.rounds):
        for name, streams, rate in (("alone", 0, 0), ("under load", asked.streams, asked.rate)):
            found = import_once(asked.music, asked.workers, streams, rate)
            print(f"{name}: {found.seconds:.2f} s, {found.cpu:.2f} CPU-s", file=sys.stderr)
            if name not in best or found.seconds < best[name].seconds:
                best[name] = found
    alone, loaded = best["alone"], best["under load"]
    seen = loaded.load
    service_cpu = max(0.0, loaded.cpu - alone.cpu)
    cores = os.cpu_count() or 1
    table(
        ("import", "seconds", "CPU-s", "x real time", "longest wait ms"),
        [
            (
                name,
                f"{one.seconds:.2f}",
                f"{one.cpu:.2f}",
                f"{one.audio / one.seconds:.0f}",
                f"{one.longest_wait * 1_000:.0f}",
            )
            for name, one in best.items()
        ],
    )
    requests_seen = f"{seen['requests']} requests, p99 {seen['p99'] * 1_000:.1f} ms"
    print(f"load: {requests_seen}, {seen['events']} events, {seen['cpu']:.2f} CPU-s")
    print(f"service: {service_cpu:.2f} CPU-s more than the import alone")
    for path, cost in requests.items():
        print(f"{path}: {cost:.2f} CPU-ms")
    more = loaded.seconds - alone.seconds - (service_cpu + seen["cpu"]) / cores
    targets = Targets()
    targets.at_most("CPU-ms of a request, mean", statistics.mean(requests.values()), 1.5)
    targets.at_most("CPU-ms of an event for a client", events, 0.1)
    targets.at_most("seconds beyond the CPU of both, of the import", more / alone.seconds, 0.03)
    targets.at_most("longest wait of the writer, of that alone", loaded.longest_wait / alone.longest_wait, 1.2)
    targets.at_most("events out of order, and requests that failed", seen["disorder"] + seen["failed"], 0)
    targets.show()


if __name__ == "__main__":
    if sys.argv[1:2] == [LOAD]:
        load(*map(int, sys.argv[2:]))
    else:
        main()
