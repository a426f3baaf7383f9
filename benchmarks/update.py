"""Update a large library of schema 7, which has a row for each statement of evidence, and kill the update many times.

    python benchmarks/update.py [--files 200000] [--passages 3] [--statements 15] [--kills 12] [--seed 1]

The library is made by plain SQL: two runs, the second of which changed some evidence, and a journal of it. Processes
update it; each but the last is killed by SIGKILL at a random moment. Then the evidence has to be what it was, and
undoing the second run has to give what the first one left. About 25 kB of disk are needed for each file of three
passages, most of it for the backup and for the rows and the documents beside each other.
"""

import hashlib
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import Targets, arguments, parsed
from seams.updates import APPLICATION_ID, RunId, add_functions_of_steps, load_migrations, open_writer, undo_run

SCHEMA = 7
MOST_MB = 200

RUN = "INSERT INTO run (guid, state, started_ns, config_hash, config_text) VALUES ('run ' || ?, 'completed', 1, '', '')"

NUMBERS = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {}) "

FILLED = (
    "INSERT INTO folder VALUES (1, x'2f', '/', 1)",
    NUMBERS.format(":files")
    + """
    INSERT INTO file (guid, folder_id, path, path_text, size, mtime_ns, device, inode, state, duration_ticks,
        analysis_version, analysis_run, first_run)
    SELECT printf('%036d', i), 1, CAST(printf('/music/%d.flac', i) AS BLOB), printf('/music/%d.flac', i), i, i, 1, i,
        'analysed', 5000000000, 1, 1, 1
    FROM n
    """,
    NUMBERS.format(":files * :passages")
    + """
    INSERT INTO passage (guid, file_id, start_ticks, end_ticks, lead_in_ticks, lead_out_ticks, link_state, link_run,
        analysis_run, first_run)
    SELECT printf('%036d', i), (i - 1) / :passages + 1, i, i + 1000000000, 0, 0, 'linked', 1, 1, 1 FROM n
    """,
    NUMBERS.format(":statements")
    + """
    INSERT INTO evidence (passage_id, source, kind, value, position, run_id, strength)
    SELECT p.id, iif(i % 3, 'tag-text', 'acoustid'), iif(i % 2, 'artist', 'recording'),
        printf('Somebody %d of %d "é"', i, p.id), i - 1, 1, iif(i % 4, NULL, p.id / 7.0 / i)
    FROM passage AS p CROSS JOIN n
    """,
    # What the triggers of the second run would have written.
    """
    INSERT INTO before_image (run_id, of_table, c1, c2, c3, c4, c5, c6, c7)
    SELECT 2, 'evidence', * FROM evidence WHERE passage_id % 50 = 0 AND position < 4
    """,
    "DELETE FROM evidence WHERE passage_id % 50 = 0 AND position < 2",
    "UPDATE evidence SET strength = 0.125 WHERE passage_id % 50 = 0 AND position < 4",
    """
    INSERT INTO evidence (passage_id, source, kind, value, position, run_id, strength)
    SELECT id, 'number', 'track', id, 0, 2, 1.0 / 3 FROM passage WHERE id % 50 = 0
    """,
)

UPDATE = """
import sys
from pathlib import Path
from time import perf_counter
from seams.updates import open_library
last, longest = perf_counter(), 0.0
def heard(update):
    global last, longest
    if update.stage in ("convert", "tidy"):
        longest = max(longest, perf_counter() - last)
    last = perf_counter()
connection = open_library(Path(sys.argv[1]), check="off", on_update=heard)
print(max(longest, perf_counter() - last))
connection.close()
"""


def make(path: Path, files: int, passages: int, statements: int) -> None:
    """Make the library, as version 7 would have it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        add_functions_of_steps(connection)
        for step in load_migrations()[:SCHEMA]:
            connection.executescript(step.sql)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO library (id, guid, created_ns) VALUES (1, 'large', 1)")
        for run in (1, 2):
            connection.execute(RUN, (run,))
        values = {"files": files, "passages": passages, "statements": statements}
        for statement in FILLED:
            connection.execute(statement, values)
        connection.execute("COMMIT")


def digest(rows: Iterable[tuple[object, ...]]) -> str:
    """Give a hash of statements, in their order."""
    found = hashlib.blake2b(digest_size=16)
    for row in rows:
        found.update(repr(row).encode())
    return found.hexdigest()


STATEMENTS = "SELECT passage_id, source, kind, value, strength FROM evidence ORDER BY passage_id, position, value"
UNDONE = (
    "DELETE FROM evidence WHERE run_id = 2",
    "DELETE FROM evidence WHERE (passage_id, source, kind, value) IN (SELECT c1, c2, c3, c4 FROM before_image)",
    "INSERT INTO evidence SELECT c1, c2, c3, c4, c5, c6, c7 FROM before_image",
)


def before_the_update(path: Path) -> tuple[str, str]:
    """Give the digests of the evidence, and of what it is when the second run is undone."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        now = digest(connection.execute(STATEMENTS))
        connection.execute("BEGIN")
        for statement in UNDONE:
            connection.execute(statement)
        undone = digest(connection.execute(STATEMENTS))
        connection.execute("ROLLBACK")
    return now, undone


def update(path: Path, kill_after: float | None) -> float | None:
    """Update in a process; give its longest time between two reports of progress, None if it was killed."""
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    child = subprocess.Popen([sys.executable, "-c", UPDATE, str(path)], stdout=subprocess.PIPE, text=True, env=here)
    try:
        printed, _ = child.communicate(timeout=kill_after)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
    if child.returncode == -signal.SIGKILL:
        return None
    if child.returncode:
        sys.exit(child.returncode)
    return float(printed)


def main() -> None:
    parser = arguments(__doc__, files=200_000, passages=3, statements=15, kills=12, seed=1)
    options = parsed(parser, files=300, kills=2)
    chosen = random.Random(options.seed)
    with TemporaryDirectory(prefix="passagework-update-", dir=Path.cwd()) as folder:
        path = Path(folder) / "music.passages"
        make(path, options.files, options.passages, options.statements)
        size = path.stat().st_size
        print(f"{options.files} files, {size / 1e6:.0f} MB, seed {options.seed}", flush=True)
        expected = before_the_update(path)
        copy = Path(folder) / "copy.passages"
        shutil.copyfile(path, copy)
        began = time.monotonic()
        longest = update(copy, None)
        seconds, use = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = use.ru_utime + use.ru_stime
        print(f"without a kill: {seconds:.1f} s, {cpu:.1f} s of CPU, the longest step {longest:.2f} s", flush=True)
        for left in copy.parent.glob("copy*"):
            left.unlink()
        killed = 0
        for _ in range(options.kills):
            moment = chosen.uniform(0, seconds / 2)
            if update(path, moment) is not None:
                break
            killed += 1
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
                (schema,) = reader.execute("PRAGMA user_version").fetchone()
            print(f"killed after {moment:.2f} s: schema {schema}", flush=True)
        else:
            update(path, None)
        with closing(open_writer(path)) as connection:
            found = [digest(connection.execute(STATEMENTS))]
            free = connection.execute("SELECT freelist_count * 4096 FROM pragma_freelist_count").fetchone()[0]
            undo_run(connection, RunId(2), 1)
            found.append(digest(connection.execute(STATEMENTS)))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{killed} kills; library {path.stat().st_size / 1e6:.0f} MB, of these {free / 1e6:.0f} MB free")
    if found != list(expected):
        sys.exit("THE EVIDENCE DIFFERS")
    print("the evidence is what it was, also after undoing the last run")
    targets = Targets()
    targets.at_most("memory of the largest process, MB", peak, MOST_MB, ".0f")
    targets.show()
    sys.exit(not targets.met)


if __name__ == "__main__":
    main()
