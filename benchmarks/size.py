"""Measure what a library takes on the disk: its bytes for each file, by table, with the indexes of the table.

    python benchmarks/size.py RECORDING [--passages 1,3,10] [--files 3000]
    python benchmarks/size.py --library LIBRARY

RECORDING is made by recorded_messages.py, which says what is made of it. The largest tables stand by themselves.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import arguments, parsed, table
from recorded_messages import analyses, load, shipped
from writer.load import load_on

LARGEST = 6

OF_TABLES = """
SELECT s.tbl_name, sum(d.pgsize), sum(d.unused) FROM dbstat AS d LEFT JOIN sqlite_schema AS s ON s.name = d.name
GROUP BY s.tbl_name
"""


def fill(library: Path, recording: Path, files: int, passages: int) -> None:
    """Store and link the files of a recording, as an import does."""
    with load_on(library) as filling:
        filling.window(shipped(analysis) for analysis in analyses(load(recording), files, passages))


def sizes(library: Path) -> tuple[int, dict[str, tuple[int, int]]]:
    """Give the number of files, and of each table its bytes and those that are not used."""
    with closing(sqlite3.connect(library)) as reader:
        (files,) = reader.execute("SELECT count(*) FROM file").fetchone()
        found = {name or "schema": (size, unused) for name, size, unused in reader.execute(OF_TABLES)}
    return files, found


def show(library: Path, what: str) -> None:
    files, found = sizes(library)
    whole = sum(size for size, _ in found.values())
    by_size = sorted(found.items(), key=lambda one: -one[1][0])
    rest = [values for _, values in by_size[LARGEST:]]
    rows = [*by_size[:LARGEST], ("all others", (sum(size for size, _ in rest), sum(unused for _, unused in rest)))]
    print(f"\n{what}: {files} files, {whole / files:,.0f} bytes for each\n")
    lines = [(name, f"{of / files:,.0f}", f"{of / whole:.1%}", f"{left / files:,.0f}") for name, (of, left) in rows]
    table(("table", "bytes a file", "of all", "not used"), lines)


def main() -> None:
    parser = arguments(__doc__, passages="1,3,10", files=3000, library=None)
    parser.add_argument("recording", type=Path, nargs="?")
    options = parsed(parser, passages="1,3", files=30)
    if options.library is not None:
        show(options.library, options.library.name)
        return
    for passages in map(int, options.passages.split(",")):
        with TemporaryDirectory(prefix="passagework-size-", dir=Path.cwd()) as folder:
            library = Path(folder) / "music.passages"
            fill(library, options.recording, options.files, passages)
            show(library, f"{passages} passages a file")


if __name__ == "__main__":
    main()
