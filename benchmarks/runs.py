"""What thousands of runs over an unchanged folder cost: size of the library and CPU time of each, by tenths.

    python benchmarks/runs.py [--quick] [RUNS]

10,000 runs unless said otherwise. Neither size nor time is to grow with the number of runs. Times are CPU times of the
process, so they hold on a busy machine but for its caches.
"""

import argparse
import sqlite3
import tempfile
import time
import wave
from contextlib import closing
from pathlib import Path

from passagework import Importer, InlineExecutor, Settings

RUNS = 10_000
QUICK = 300
RATE = 8_000
FILES = 10


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        music, library = Path(scratch, "music"), Path(scratch, "music.passages")
        make_music(music)
        settings = Settings.model_validate({"library": {"path": library}, "log": {"level": "error"}})
        sizes, times = [], []
        with Importer(settings, make_executor=InlineExecutor) as importer:
            importer.start([music]).wait()
            for done in range(runs // 10, runs + 1, runs // 10):
                began = time.process_time()
                for _ in range(runs // 10):
                    importer.start([music]).wait()
                times.append(1000 * (time.process_time() - began) / (runs // 10))
                sizes.append(size_of(library))
                rows = dict(importer.library.status().rows)["run"]
                print(
                    f"{done:>6} runs  {times[-1]:6.2f} ms a run  {rows:>4} rows of runs  {sizes[-1]:,} bytes",
                    flush=True,
                )
        print(
            f"quickest tenth of the second half / of the first: {min(times[5:]) / min(times[:5]):.2f}, about 1 wanted"
        )
        print(f"bytes in the second half: {sizes[-1] - sizes[4]}, 0 wanted")


def make_music(folder: Path) -> None:
    folder.mkdir()
    for number in range(FILES):
        with wave.open(str(folder / f"{number}.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            # A square wave, of another pitch in each file.
            period = 20 + number
            loud = [(8_000 if at % period < period // 2 else -8_000) for at in range(RATE)]
            file.writeframes(b"".join(level.to_bytes(2, "little", signed=True) for level in loud))


def size_of(library: Path) -> int:
    """Return the size that the library has when all of its WAL is in it."""
    with closing(sqlite3.connect(f"{library.as_uri()}?mode=ro", uri=True)) as reader:
        (size,) = reader.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
    return int(size)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="?", type=int)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} runs")
    arguments = parser.parse_args()
    main(arguments.runs or (QUICK if arguments.quick else RUNS))
