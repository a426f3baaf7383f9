"""A day of a station in some minutes: does what its daemon takes stay what it is, and does it end and come back well?

    python benchmarks/day.py [--daemon example|watch|serve] [--rounds 300] [--kills 30] [--quick]

A daemon, a process of its own, follows a folder in which people work: some files in each round are added, retagged,
renamed, moved, rewritten, deleted, brought back; the daemon notices, and imports them. Meanwhile both services fail,
hang and come back (the stand-in answers for them), the disk of the library becomes full, and the clock jumps (with
libfaketime). After each round memory, threads, handles, children, WAL and library of the daemon are read. Then it is
asked to end in many states, and it is killed at moments of its work, again and again, while people set values from a
terminal. In the end the library has to say what a new one says of the same files, and what people set.

Wanted: SIGTERM within 2 s in any state; nothing that was acknowledged is lost; nothing grows.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Final

from day_parts.house import House
from day_parts.station import Measured, Station
from harness import arguments, head, line, parsed

from passagework import ExitCode, Importer, Library, PassageworkError, load_settings

EXAMPLES: Final = Path(__file__).parents[1] / "examples"
PASSAGEWORK: Final = [str(Path(sys.executable).with_name("passagework"))]
SETTLE_SECONDS: Final = 60.0
TERM_SECONDS: Final = 2.0
DISK_KILOBYTES: Final = 60_000

DAEMONS: Final[dict[str, Callable[[Path, Path, Path], list[str]]]] = {
    "example": lambda _config, library, music: [
        *(sys.executable, str(EXAMPLES / "embed_in_a_daemon.py"), str(library), str(music))
    ],
    "watch": lambda config, _library, _music: [*PASSAGEWORK, "watch", "--config", str(config)],
    "serve": lambda config, _library, _music: [*PASSAGEWORK, "serve", "--config", str(config)],
}

CONFIG: Final = """
[library]
path = "{library}"
[scan]
roots = ["{music}"]
[watch]
debounce_seconds = 0.2
rest_seconds = 0.3
[analysis]
workers = 2
[acoustid]
key = "day"
url = "{services}"
timeout_seconds = 3.0
per_second = 50.0
[musicbrainz]
url = "{services}"
contact = "day@example.org"
timeout_seconds = 3.0
per_second = 50.0
[log]
level = "warning"
{more}
"""


class Day:
    """One house, one station, one library."""

    def __init__(self, scratch: Path, disk: Path, daemon: str, files: int, seed: int) -> None:
        self.scratch, self.disk = scratch, disk
        self.random = random.Random(seed)
        self.house = House(scratch / "music", scratch / "workshop", files, seed)
        self.library = disk / "day.passages"
        self.clock = scratch / "clock"
        self.clock.write_text("+0\n", "utf-8")
        self.services = self._stand_in()
        self.config = scratch / "day.toml"
        self.config.write_text(
            CONFIG.format(
                library=self.library,
                music=self.house.folder,
                services=self.services,
                more='[serve]\nsocket = "{}"\n'.format(scratch / "day.sock") if daemon == "serve" else "",
            ),
            "utf-8",
        )
        faked = _faketime()
        self.clock_jumps = faked is not None
        environment = {"PASSAGEWORK_CONFIG": str(self.config)}
        if faked is not None:
            environment |= {
                "LD_PRELOAD": str(faked),
                "FAKETIME_TIMESTAMP_FILE": str(self.clock),
                "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }
        command = DAEMONS[daemon](self.config, self.library, self.house.folder)
        self.station = Station(command, self.library, scratch / "printed", environment)
        self.mine: dict[str, str] = {}
        """Titles that a person set, by path, of files that are there."""

    def _stand_in(self) -> str:
        music = self.scratch / "known"
        shutil.copytree(self.house.folder, music)
        process = subprocess.Popen(
            [*PASSAGEWORK, "stand-in", "--port", "0", str(music)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        for said in process.stdout:
            if "http://127.0.0.1:" in said:
                self.stand_in = process
                return "http://127.0.0.1:" + said.partition("http://127.0.0.1:")[2].split()[0].strip("/.,;")
        raise RuntimeError("the stand-in did not start")

    def fault(self, service: str, fault: str | None) -> None:
        """Let a service fail until something else is said; None: it is well again."""
        body = json.dumps({"service": service, "fault": fault, "times": None}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.services}/stand-in/faults", body), timeout=10).read()

    def start(self) -> None:
        """Start the daemon, and wait until it has the library."""
        self.station.start()
        end = time.monotonic() + SETTLE_SECONDS
        while not _written(self.library):
            if not self.station.runs or time.monotonic() > end:
                raise RuntimeError(f"the daemon does not come up: {(self.scratch / 'printed').read_text()[-3000:]}")
            time.sleep(0.05)

    def start_and_settle(self) -> None:
        """Start the daemon, and wait until it has done something: it hears signals then."""
        self.start()
        self.house.live()
        self.settle()

    def fault_both(self, fault: str | None) -> None:
        """Have both services behave in some way."""
        for service in ("acoustid", "musicbrainz"):
            self.fault(service, fault)

    def settle(self) -> float:
        """Wait until the library has the files that are there, and rests; give how long that took."""
        began = time.monotonic()
        while time.monotonic() - began < SETTLE_SECONDS:
            if not self.station.runs:
                raise RuntimeError(f"the daemon has ended: {(self.scratch / 'printed').read_text()[-3000:]}")
            if self._is_settled():
                return time.monotonic() - began
            time.sleep(0.1)
        raise RuntimeError(f"after {SETTLE_SECONDS} s the library lacks {self._difference()}")

    def _difference(self) -> set[tuple[bytes, int, int]]:
        return _on_disk(self.house.folder) ^ _in_library(self.library)

    def _is_settled(self) -> bool:
        # What was written while it was read has an mtime that matches none.
        there = {path for path, _size, _mtime in _on_disk(self.house.folder)}
        known = {path for path, _size, _mtime in _in_library(self.library)}
        return there == known and _newest_run(self.library) == "completed"


def _written(library: Path) -> bool:
    if not library.exists():
        return False
    try:
        with Library.open(library) as reader:
            return reader.writer() is not None
    except PassageworkError:  # it is being made
        return False


def _query(library: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{library}?mode=ro", uri=True, timeout=10)) as connection:
        return connection.execute(sql).fetchall()


def _on_disk(folder: Path) -> set[tuple[bytes, int, int]]:
    found = set()
    for path in folder.rglob("*.*"):
        if path.is_file():
            stat = path.stat()
            found.add((os.fsencode(path), stat.st_size, stat.st_mtime_ns))
    return found


def _in_library(library: Path) -> set[tuple[bytes, int, int]]:
    rows = _query(library, "SELECT path, size, mtime_ns FROM file WHERE missing_run IS NULL AND state = 'analysed'")
    return {(bytes(path), int(size), int(mtime)) for path, size, mtime in rows}  # type: ignore[arg-type, call-overload]


def _newest_run(library: Path) -> object:
    return (_query(library, "SELECT state FROM run ORDER BY id DESC LIMIT 1") or [(None,)])[0][0]


def _faketime() -> Path | None:
    return next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)


@contextmanager
def small_disk(place: Path) -> Iterator[Path | None]:
    """Mount a small file system in memory; None where that is not permitted."""
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={DISK_KILOBYTES}k", "passagework-day", str(place)]
    try:
        mounted = subprocess.run(words, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield place if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=False)


def troubles(day: Day, rounds: int, *, full: bool) -> dict[int, tuple[str, Callable[[], None]]]:
    """Plan what happens in which round, beside the changes."""
    filler = day.disk / "filler"

    def fill() -> None:
        # Without a buffer: what is in one would be written, and refused, when the file is closed.
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(b"\0" * 65_536):
                """Until there is no room."""

    def clock(offset: str) -> Callable[[], None]:
        return lambda: day.clock.write_text(f"{offset}\n", "utf-8") and None

    plan: list[tuple[str, Callable[[], None]]] = [
        ("MusicBrainz answers 503", lambda: day.fault("musicbrainz", "unavailable")),
        ("AcoustID hangs", lambda: day.fault("acoustid", "hang")),
        ("both are well", lambda: [day.fault(one, None) for one in ("acoustid", "musicbrainz")] and None),
        ("both answer HTML", lambda: [day.fault(one, "html") for one in ("acoustid", "musicbrainz")] and None),
        ("both reset", lambda: [day.fault(one, "reset") for one in ("acoustid", "musicbrainz")] and None),
        ("both are well", lambda: [day.fault(one, None) for one in ("acoustid", "musicbrainz")] and None),
    ]
    if full:
        plan += [("the disk is full", fill), ("the disk has room", filler.unlink)]
    if day.clock_jumps:
        plan += [
            ("the clock jumps an hour ahead", clock("+1h")),
            ("the clock jumps a day back", clock("-1d")),
            ("the clock is right", clock("+0")),
        ]
    first, last = rounds // 4, rounds * 3 // 4
    step = max(2, (last - first) // len(plan))
    return {first + index * step: trouble for index, trouble in enumerate(plan)}


def live(day: Day, rounds: int, *, full: bool) -> list[Measured]:
    """Live the day; give what the daemon took after each round."""
    plan = troubles(day, rounds, full=full)
    measured, waits, changes, is_full = [], [], 0, False
    for number in range(rounds):
        if number in plan:
            what, do = plan[number]
            do()
            is_full = "full" in what or (is_full and "room" not in what)
            print(f"round {number}: {what}", file=sys.stderr, flush=True)
        for _ in range(day.random.randrange(5, 16)):
            day.house.live()
            changes += 1
        if is_full:
            # Nothing can be stored: it has to wait, and to be there.
            time.sleep(1.0)
            assert day.station.runs
        else:
            waits.append(day.settle())
        measured.append(day.station.measure())
    runs = _query(day.library, "SELECT count(*), sum(1 + coalesce(folded, 0)) FROM run")[0]
    print(f"{rounds} rounds, {changes} changes, runs: {runs[1]} in {runs[0]} rows")
    print(f"a round was in the library after {statistics.median(waits):.2f} s (median), {max(waits):.2f} s (longest)\n")
    return measured


def print_growth(measured: Sequence[Measured]) -> list[str]:
    """Print what the daemon took in each fifth of the day; give what grew."""
    fifth = max(1, len(measured) // 5)
    names = [one.name for one in fields(Measured)]
    widths = head(["median of", *(name.rjust(10) for name in names)])
    rows = []
    for number in range(5):
        some = measured[number * fifth : (number + 1) * fifth]
        rows.append({name: statistics.median(getattr(one, name) for one in some) for name in names})
        print(line([f"fifth {number + 1}", *(f"{rows[-1][name]:,.0f}" for name in names)], widths))
    allowed = {"rss": 4_000, "threads": 1, "handles": 2, "children": 1, "wal": 31e6, "library": 400_000}
    grown = {name: rows[-1][name] - rows[1][name] for name in names}
    return [f"{name} grew by {grown[name]:,.0f}" for name in names if grown[name] > allowed[name]]


def stops(day: Day, *, full: bool) -> list[str]:
    """Ask the daemon to end in several states; give what is not as it should be."""
    complaints = []

    def stop(what: str, *codes: int) -> None:
        seconds, code = day.station.stop(), day.station.process.returncode
        print(f"{seconds:6.3f} s  SIGTERM {what}: exit code {code}", flush=True)
        if seconds > TERM_SECONDS or code not in {0, *codes}:
            printed = (day.scratch / "printed").read_text("utf-8")[-1500:]
            complaints.append(f"SIGTERM {what}: {seconds:.1f} s, exit code {code}: {printed}")

    stop("at rest")
    day.start()
    # A program that has just begun may not hear signals yet.
    stop("right after the start", -signal.SIGTERM)
    day.start_and_settle()
    for _ in range(12):
        day.house.live()
    time.sleep(0.9)
    stop("at work")
    for fault, what in (("hang", "while both services hang"), ("trickle", "while both services trickle")):
        day.start_and_settle()
        day.fault_both(fault)
        for _ in range(8):
            day.house.live()
        time.sleep(2.5)
        stop(what)
        day.fault_both(None)
    day.start_and_settle()
    if full:
        plan = troubles(day, 40, full=True)
        acts = dict(plan.values())
        acts["the disk is full"]()
        for _ in range(8):
            day.house.live()
        time.sleep(2.0)
        # What is in hand then cannot be stored, and the daemon says so.
        stop("with a full disk", ExitCode.LIBRARY_UNAVAILABLE)
        acts["the disk has room"]()
        day.start()
    day.settle()
    return complaints


def kills(day: Day, times: int) -> int:
    """Kill the daemon at moments of its work, and start it again; a person sets a title before each.

    Give how many titles are lost that had been acknowledged.
    """
    lost = 0
    for number in range(times):
        for _ in range(day.random.randrange(3, 10)):
            day.house.live()
        chosen = _set_a_title(day, f"Mine {number}")
        time.sleep(day.random.random() * 2.0)
        day.station.kill()
        day.start()
        day.settle()
        if chosen is not None:
            titles = _query(day.library, f"SELECT user_title FROM passage WHERE guid = '{chosen}'")
            lost += titles != [(f"Mine {number}",)]
    return lost


def _set_a_title(day: Day, title: str) -> str | None:
    """Set a title of some passage from a terminal; its guid once that was acknowledged, None if it was not."""
    guids = [str(guid) for (guid,) in _query(day.library, "SELECT guid FROM passage WHERE retired_ns IS NULL")]
    guid = day.random.choice(guids)
    done = subprocess.run(
        [*PASSAGEWORK, "set", "--config", str(day.config), guid, f"title={title}"], capture_output=True, check=False
    )
    if done.returncode not in {0, 3}:
        raise RuntimeError(done.stderr.decode())
    return guid if done.returncode == 0 else None


def compare(day: Day) -> list[str]:
    """Compare what was measured and read of each file with what a new library of the same files has.

    Not what services said: that depends on when they could be asked.
    """
    said = []
    for path in (day.library, day.scratch / "new.passages"):
        settings = load_settings(day.config, overrides={"library.path": str(path), "link.enabled": "false"})
        with Importer(settings) as importer:
            importer.start().wait()
        said.append({_what(path, os.fsencode(file)) for file in day.house.folder.rglob("*.*") if file.is_file()})
    old, new = said
    return [f"old: {one}" for one in old - new] + [f"new: {one}" for one in new - old]


def _what(library: Path, path: bytes) -> str:
    with Library.open(library) as reader:
        file = reader.file(path)
        measured = [(one.start, one.end, one.lead_in, one.lead_out, one.loudness) for one in file.passages]
    return f"{path!r} {file.state} {file.tags} {measured}"


def main() -> int:
    parser = arguments(__doc__, daemon="example", rounds=300, kills=30, files=60, seed=1)
    options = parsed(parser, rounds=10, kills=1, files=12)
    with tempfile.TemporaryDirectory() as folder, small_disk(Path(folder, "disk")) as disk:
        if disk is None:
            print("no file system can be mounted here: the disk is not filled", file=sys.stderr)
        day = Day(Path(folder), disk or Path(folder, "disk"), options.daemon, options.files, options.seed)
        try:
            if not day.clock_jumps:
                print("libfaketime is not there: the clock does not jump", file=sys.stderr)
            day.start()
            day.settle()
            complaints = print_growth(live(day, options.rounds, full=disk is not None))
            print()
            complaints += stops(day, full=disk is not None)
            lost = kills(day, options.kills)
            print(f"\n{options.kills} kills: {lost} titles lost that had been acknowledged")
            if lost:
                complaints.append(f"{lost} titles were lost")
            took_last = day.station.stop()
            print(f"{took_last:6.3f} s  SIGTERM at the end")
            other = compare(day)
            print(f"passages that are otherwise in a new library: {len(other)}")
            complaints += other[:4]
        finally:
            if day.station.runs:
                day.station.kill()
            day.stand_in.kill()
            day.stand_in.wait()
    for complaint in complaints:
        print(f"NOT AS WANTED: {complaint}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
