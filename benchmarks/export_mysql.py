"""Measure an export into a private MariaDB beside the bare client's LOAD DATA of the same rows into the same tables.

    python benchmarks/export_mysql.py MUSIC [--files 14500] [--folder FOLDER]

MUSIC is a folder that is imported for its analyses (``passagework demo`` makes one), or a RECORDING of one; they are
varied and go through the product's own actors (writer/load.py). Then, in one run: the export by the command line, from
its snapshot to its swap; what it left in the server, written to files beforehand, by ``mariadb --local-infile`` into
tables of the same form; and the export again, when nothing has changed.

Memory is the peak of resident memory of the command and of its child process, added. Needs Debian's mariadb-server.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness import Targets, arguments, parsed, table
from recorded_messages import analyses, load, shipped
from writer.load import load_on

MB = 2**20
PASSAGES = 3
SBIN = os.pathsep + "/usr/sbin"

Sql = Callable[..., str]

# The columns of every table that the export made, without those that the server computes by itself.
COLUMNS = """
SELECT t.table_name, group_concat(concat('`', c.column_name, '`') ORDER BY c.ordinal_position)
FROM information_schema.tables t JOIN information_schema.columns c USING (table_schema, table_name)
WHERE t.table_schema = 'music' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER' GROUP BY t.table_name
"""


@contextmanager
def private_server(folder: Path) -> Iterator[tuple[Path, Sql]]:
    """Run a MariaDB on a socket, without a network, and give a function that has its client run SQL."""
    user = ["--user=root"] if os.getuid() == 0 else []
    data = ["--no-defaults", f"--datadir={folder / 'data'}", *user]
    install = ["mariadb-install-db", *data, "--skip-test-db", "--auth-root-authentication-method=normal"]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    socket = folder / "its.sock"
    options = [f"--socket={socket}", "--skip-networking", "--local-infile=1", "--skip-log-bin"]
    server = subprocess.Popen(["mariadbd", *data, *options], stderr=(folder / "log").open("wb"))

    def sql(statement: str, database: str = "mysql") -> str:
        client = ["mariadb", "--no-defaults", f"--socket={socket}", "-uroot", "--local-infile=1", "-N", database]
        return subprocess.run(client, input=statement, text=True, capture_output=True, check=True).stdout

    while True:
        with suppress(subprocess.CalledProcessError):
            sql("SELECT 1")
            break
        time.sleep(0.1)
    try:
        yield socket, sql
    finally:
        server.terminate()
        server.wait()


def make_library(music: Path, path: Path, files: int) -> None:
    """Write varied files into a library."""
    with load_on(path, attempts=True) as library:
        for analysis in analyses(load(music), files, PASSAGES):
            library.give(shipped(analysis))
        library.settle()


def export(library: Path, socket: Path) -> tuple[dict, float, float]:
    """Export by the command line; give its report, how long it took, and the peak of memory in MB."""
    script = Path(sys.executable).with_name("passagework")
    address = f"localhost/music?socket={socket}"
    command = [script, "export", "mysql://" + "root@" + address, "--quiet", "--json", "--library", library]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peaks: dict[int, int] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            with suppress(OSError):
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                for pid in (process.pid, *map(int, children)):
                    peaks[pid] = max(peaks.get(pid, 0), peak_of(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    printed, _ = process.communicate()
    seconds = time.monotonic() - began
    over.set()
    watcher.join()
    assert process.returncode == 0
    return json.loads(printed), seconds, sum(peaks.values()) / 1024


def peak_of(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def bare_load(folder: Path, sql: Sql) -> float:
    """Load what the export left with the bare client; give the seconds."""
    tables = [line.split("\t") for line in sql("SET group_concat_max_len = 100000;" + COLUMNS).splitlines()]
    sql("CREATE DATABASE bare")
    statements = ["SET foreign_key_checks = 0, unique_checks = 0"]
    for name, columns in tables:
        sql(f"SELECT {columns} INTO OUTFILE '{folder / name}' CHARACTER SET binary FROM `{name}`", "music")
        sql(f"CREATE TABLE bare.`{name}` LIKE music.`{name}`")
        statements.append(
            f"LOAD DATA LOCAL INFILE '{folder / name}' INTO TABLE `{name}` CHARACTER SET binary ({columns})"
        )
    began = time.monotonic()
    sql(";\n".join(statements), "bare")
    seconds = time.monotonic() - began
    for name, _ in tables:
        same = sql(f"CHECKSUM TABLE music.`{name}`, bare.`{name}`").split()[1::2]
        assert same[0] == same[1], f"LOAD DATA left another {name}"
    return seconds


def main() -> int:
    parser = arguments(__doc__, files=14_500, folder=None)
    parser.add_argument("music", type=Path, metavar="MUSIC")
    wanted = parsed(parser, files=60)
    os.environ["PATH"] += SBIN
    for program in ("mariadbd", "mariadb"):
        if shutil.which(program) is None:
            print(f"{program} is missing: Debian's mariadb-server and mariadb-client have it")
            return 2
    with tempfile.TemporaryDirectory(prefix="export-", dir=wanted.folder) as scratch:
        folder = Path(scratch)
        library = folder / "library.passages"
        make_library(wanted.music, library, wanted.files)
        with private_server(folder) as (socket, sql):
            sql("CREATE DATABASE music")
            first, seconds, memory = export(library, socket)
            loaded = bare_load(folder, sql)
            again, seconds_again, _ = export(library, socket)
        assert again["sent"] == []
        size = library.stat().st_size / MB
    rows = sum(of_one["rows"] for of_one in first["tables"].values())
    print(f"{rows:,} rows of {wanted.files:,} files, {len(first['tables'])} tables, a library of {size:,.0f} MB\n")
    sending = first["seconds_sending"]
    spent = {
        "sending, without verification": sending,
        "reading back and comparing": first["seconds_verifying"],
        "the whole export, with its snapshot": seconds,
        "the bare client's LOAD DATA": loaded,
        "exported again, nothing had changed": seconds_again,
    }
    table(("", "seconds", "rows/s"), [(name, f"{took:.1f}", f"{rows / took:,.0f}") for name, took in spent.items()])
    targets = Targets()
    targets.at_least("sending / LOAD DATA, in rows/s", loaded / sending, 0.5)
    targets.at_most("peak of memory of both processes, MB", memory, 200, ".0f")
    targets.show()
    return 0 if targets.met or wanted.quick else 1


if __name__ == "__main__":
    sys.exit(main())
