"""What thousands of runs over an unchanged folder cost: size of the library and CPU time of each, by thousands.

    python benchmarks/runs.py [RUNS]

Prints a line for each tenth of the runs (10,000 unless said otherwise). The figures of the last line are to be those
of the second: neither size nor time grows with the number of runs. Times are CPU times of the process.
"""

import os
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from passagework import Importer, InlineExecutor, Settings
from passagework.demo import make_demo_folder

RUNS = 10_000


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        music, library = Path(scratch, "music"), Path(scratch, "music.passages")
        make_demo_folder(music)
        settings = Settings.model_validate({"library": {"path": library}, "log": {"level": "error"}})
        with Importer(settings, make_executor=InlineExecutor) as importer:
            importer.start([music]).wait()
            for done in range(runs // 10, runs + 1, runs // 10):
                began = time.process_time()
                for _ in range(runs // 10):
                    importer.start([music]).wait()
                spent = (time.process_time() - began) / (runs // 10)
                rows = dict(importer.library.status().rows)["run"]
                print(f"{done:>6} runs  {1000 * spent:6.2f} ms a run  {rows} rows of runs  {size_of(library)} bytes")
        print(f"closed: {os.path.getsize(library)} bytes")


def size_of(library: Path) -> int:
    """Return the size as it is when all of the WAL is in the library."""
    with closing(sqlite3.connect(f"{library.as_uri()}?mode=ro", uri=True)) as reader:
        (pages,) = reader.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
    return int(pages)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else RUNS)
