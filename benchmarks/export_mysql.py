"""Measure an export into a private MariaDB beside the bare client's LOAD DATA of the same rows into the same tables.

    python benchmarks/export_mysql.py MUSIC [--rows 1000000] [--folder FOLDER]

MUSIC is a folder that is imported for its analyses (``passagework demo`` makes one); they are varied and go through the
product's own actors (growth_load.py) until the library has so many rows to export. Then, in one run: the export by the
command line, from its snapshot to its swap; the same files of text, written beforehand, by ``mariadb --local-infile``
into tables of the same form; and the export again, when nothing has changed.

Memory is the peak of resident memory of the command and of its child process, added. Needs Debian's mariadb-server.
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from growth_load import import_load
from recorded_messages import record

from passagework.export.mysql.tables import Table, add_hash, tables_of
from passagework.export.snapshot import snapshot

MB = 2**20
PASSAGES = 3
STEP = 500
LEAST_RATIO = 0.5
MOST_MEMORY_MB = 200


@contextmanager
def private_server(folder: Path) -> Iterator[tuple[Path, Callable[..., str]]]:
    """Run a MariaDB on a socket, without a network, and give a function that has its client run SQL."""
    user = ["--user=root"] if os.getuid() == 0 else []
    data = ["--no-defaults", f"--datadir={folder / 'data'}", *user]
    os.environ["PATH"] += os.pathsep + "/usr/sbin"
    install = ["mariadb-install-db", *data, "--skip-test-db", "--auth-root-authentication-method=normal"]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    socket = folder / "its.sock"
    server = subprocess.Popen(
        ["mariadbd", *data, f"--socket={socket}", "--skip-networking", "--local-infile=1", "--skip-log-bin"],
        stderr=(folder / "log").open("wb"),
    )

    def sql(statement: str, database: str = "mysql") -> str:
        client = ["mariadb", "--no-defaults", f"--socket={socket}", "-uroot", "--local-infile=1", "-N", database]
        return subprocess.run(client, input=statement, text=True, capture_output=True, check=True).stdout

    while True:
        try:
            sql("SELECT 1")
            break
        except subprocess.CalledProcessError:
            time.sleep(0.1)
    try:
        yield socket, sql
    finally:
        server.terminate()
        server.wait()


def make_library(music: Path, path: Path, rows: int) -> int:
    """Write files into a library until it has enough rows to export; give how many files."""
    recorded = record(music, path.with_suffix(".recorded"))
    files = 0
    with import_load(path, recorded, PASSAGES) as (load, _):
        while True:
            for number in range(files, files + STEP):
                load.begin(number)
            load.settle()
            files += STEP
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
                found = sum(reader.execute(f"SELECT count(*) FROM {t.name}").fetchone()[0] for t in tables_of(reader))
            if found >= rows:
                return files


def export(library: Path, socket: Path) -> tuple[dict, float, float]:
    """Export by the command line; give its report, how long it took, and the peak of memory in MB."""
    script = Path(sys.executable).with_name("passagework")
    address = f"localhost/music?socket={socket}"
    url = "mysql://" + "root@" + address
    began = time.monotonic()
    process = subprocess.Popen(
        [script, "export", url, "--quiet", "--json", "--library", library], stdout=subprocess.PIPE, text=True
    )
    peaks: dict[int, int] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            for pid in [process.pid, *children_of(process.pid)]:
                peaks[pid] = max(peaks.get(pid, 0), peak_of(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    printed, _ = process.communicate()
    seconds = time.monotonic() - began
    over.set()
    watcher.join()
    assert process.returncode == 0
    return json.loads(printed), seconds, sum(peaks.values()) / 1024


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def peak_of(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)


def write_text(library: Path, folder: Path) -> list[tuple[Table, Path]]:
    """Write every table as the client loads it; blobs in hexadecimal."""
    written = []
    with snapshot(library) as copy, closing(sqlite3.connect(copy)) as source:
        add_hash(source)
        for table in tables_of(source):
            source.execute(table.view())
            path = folder / table.name
            with path.open("w", encoding="utf-8", newline="") as file:
                for row in source.execute(f"SELECT * FROM {table.incoming}"):
                    file.write("\t".join(map(as_text, row)) + "\n")
            written.append((table, path))
    return written


def as_text(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\0", "\\0")
    return repr(value)


def bare_load(written: list[tuple[Table, Path]], sql: Callable[..., str]) -> float:
    """Load the same rows with the bare client; give the seconds."""
    sql("CREATE DATABASE bare")
    sql("SET foreign_key_checks = 0;" + ";".join(t.create("utf8mb4_nopad_bin", "bare") for t, _ in written), "bare")
    statements = ["SET foreign_key_checks = 0, unique_checks = 0"]
    for table, path in written:
        blobs = {c.name for c in table.columns if "BLOB" in c.type or "BINARY" in c.type}
        names = ", ".join(f"@{c.name}" if c.name in blobs else f"`{c.name}`" for c in table.columns)
        made = ", ".join(f"`{name}` = UNHEX(@{name})" for name in sorted(blobs))
        statements.append(
            f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE `{table.incoming}` CHARACTER SET utf8mb4 ({names})"
            + (f" SET {made}" if made else "")
        )
    began = time.monotonic()
    sql(";\n".join(statements), "bare")
    return time.monotonic() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("music", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="scratch space for library, copy, text and server")
    wanted = parser.parse_args()
    for program in ("mariadbd", "mariadb"):
        if shutil.which(program, path=os.environ["PATH"] + os.pathsep + "/usr/sbin") is None:
            print(f"{program} is missing: Debian's mariadb-server and mariadb-client have it")
            return 2
    with tempfile.TemporaryDirectory(prefix="export-", dir=wanted.folder) as scratch:
        folder = Path(scratch)
        library = folder / "library.passages"
        files = make_library(wanted.music, library, wanted.rows)
        with private_server(folder) as (socket, sql):
            sql("CREATE DATABASE music")
            first, seconds, memory = export(library, socket)
            rows = sum(table["rows"] for table in first["tables"].values())
            size = library.stat().st_size / MB
            print(f"{rows:,} rows of {files:,} files, {len(first['tables'])} tables, a library of {size:,.0f} MB\n")
            loaded = bare_load(write_text(library, folder), sql)
            again, seconds_again, _ = export(library, socket)
    sending, verifying = first["seconds_sending"], first["seconds_verifying"]
    print(f"| {'':38} | {'seconds':>8} | {'rows/s':>9} |")
    print(f"|{'-' * 40}|{'-' * 9}:|{'-' * 10}:|")
    for name, spent in (
        ("sending, without verification", sending),
        ("reading back and comparing", verifying),
        ("the whole export, with its snapshot", seconds),
        ("the bare client's LOAD DATA", loaded),
        ("exported again, nothing had changed", seconds_again),
    ):
        print(f"| {name:38} | {spent:8.1f} | {rows / spent:9,.0f} |")
    print(f"\nsending / LOAD DATA, in rows/s: {loaded / sending:.2f}, at least {LEAST_RATIO} wanted")
    print(f"peak of memory, both processes: {memory:.0f} MB, at most {MOST_MEMORY_MB} wanted")
    assert again["sent"] == []
    return 0 if loaded / sending >= LEAST_RATIO and memory <= MOST_MEMORY_MB else 1


if __name__ == "__main__":
    sys.exit(main())
