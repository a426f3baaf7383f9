"""Measure how long it takes to find what sounds alike, in a library of 100,000 passages.

    python benchmarks/similar.py [--passages 100000] [--library FILE]

The library is that of queries.py, with vectors and shares that are made: a thousand kinds of music, each passage is
near to one; the nets heard none, half or all of them. With ``--library`` there is one beside FILE for each of these,
which stays there, and is taken from there the next time.

CPU ms of this process, all its threads: on a busy machine the wall clock tells of other work, too. "warm" is a question
to a library that is open, whose vectors are mapped and in memory: the median and the slowest of 40, each for another
passage. "first" is the first question of a process. "made" is the first one after an import: it reads all vectors,
compares each with the sample, and writes the file.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from harness import Targets, arguments, parsed, table
from queries import make_library
from seams.similar import (
    CHANGES,
    COEFFICIENTS,
    EMBEDDING,
    NAMES,
    PATTERN,
    Library,
    LibraryReader,
    SimilarSearch,
    StoredVectors,
    VectorMaker,
    VectorStamp,
    Wanted,
    open_writer,
    pack,
    pack_rhythm,
    pack_timbre,
    read_vectors,
    transaction,
    write_json,
    write_vectors,
)

KINDS = 1_000
AT_ONCE = 5_000
ROUNDS = 40
WARM_MS = 100
MEMBERS = {"pitch": 12, "timbre": len(NAMES), "tempo": 12, "key": 24, "mode": 2, "dynamics": 7, "spectrum": 8}

ADD = """
INSERT INTO passage_flavor
    (passage_id, level, version, shares, seconds, timbre, rhythm, embedding, patches, weights, run_id)
VALUES (?, ?, 1, ?, 180, ?, ?, ?, ?, ?, 1)
"""


def add_flavors(path: Path, share_of_nets: float) -> None:
    """Give each passage a flavor near to one of KINDS."""
    chance = np.random.default_rng(7)
    spreads = chance.normal(size=(KINDS, COEFFICIENTS, COEFFICIENTS)) * 4
    means = chance.normal(size=(KINDS, COEFFICIENTS)) * 10
    shares_of = [[chance.dirichlet(np.ones(size)) for size in MEMBERS.values()] for _ in range(KINDS)]
    patterns = chance.dirichlet(np.full(PATTERN, 0.3), KINDS)
    embeddings = chance.normal(size=(KINDS, EMBEDDING))
    connection = open_writer(path, synchronous="normal")
    try:
        with transaction(connection):
            connection.execute("DELETE FROM passage_flavor")
        passages = [passage for (passage,) in connection.execute("SELECT id FROM passage ORDER BY id").fetchall()]
        for first in range(0, len(passages), AT_ONCE):
            rows = []
            for passage in passages[first : first + AT_ONCE]:
                kind = int(chance.integers(KINDS))
                spread = spreads[kind] + chance.normal(size=(COEFFICIENTS, COEFFICIENTS)) / 2
                heard = chance.random() < share_of_nets
                shares = {
                    name: {f"{name} {number}": round(float(share), 4) for number, share in enumerate(of_name)}
                    for name, of_name in zip(MEMBERS, shares_of[kind], strict=True)
                }
                rows.append(
                    (
                        passage,
                        "full" if heard else "basic",
                        write_json(shares),
                        pack_timbre(means[kind] + chance.normal(size=COEFFICIENTS), spread @ spread.T),
                        pack_rhythm(patterns[kind], np.ones(CHANGES)) if chance.random() < 0.95 else None,
                        pack(embeddings[kind] + chance.normal(size=EMBEDDING)) if heard else None,
                        8 if heard else 0,
                        "made" if heard else None,
                    )
                )
            with transaction(connection):
                connection.executemany(ADD, rows)
    finally:
        connection.close()


def milliseconds_of(ask: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    began = clock()
    ask()
    return 1000 * (clock() - began)


def measure(path: Path, folder: Path) -> dict[str, float]:
    """Give the time of each step, and of questions."""
    reader = LibraryReader(path)
    maker, kept = VectorMaker(), list[Any]()
    figures = {
        "state of the vectors": milliseconds_of(lambda: reader.query(VectorStamp())),
        "made: read": milliseconds_of(lambda: kept.append(reader.query(StoredVectors(maker.take)))),
        "made: compared": milliseconds_of(lambda: kept.append(maker.made([]))),
        "made: written": milliseconds_of(lambda: write_vectors(folder, *kept)),
        "first: mapped and checked": milliseconds_of(lambda: read_vectors(folder, kept[0])),
    }
    kept.clear()
    search, wanted = SimilarSearch(reader, folder), Wanted(count=10)
    with Library.open(path) as library:
        passages = [passage.guid for passage in library.passages()]
    guids = random.Random(3).sample(passages, ROUNDS + 1)

    def ask(first: int, count: int = 1, clock: Callable[[], float] = time.process_time) -> float:
        return milliseconds_of(lambda: search.similar(guids[first : first + count], wanted, ()), clock)

    figures["first"] = ask(ROUNDS)
    warm = [ask(number) for number in range(ROUNDS)]
    figures |= {"warm": median(warm), "warm, slowest": max(warm)}
    figures["warm, by the clock"] = median(ask(number, 1, time.perf_counter) for number in range(ROUNDS))
    figures["warm, like three"] = median(ask(number, 3) for number in range(0, ROUNDS - 3, 4))
    reader.close()
    with Library.open(path) as library:
        found = library.similar(guids[0])
    assert len(found) == 10
    return figures


def main() -> int:
    parser = arguments(__doc__, passages=100_000, library=None)
    wanted = parsed(parser, passages=2_000)
    targets = Targets()
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="similar-") as scratch:
        for name, share in (("basic", 0.0), ("half full", 0.5), ("full", 1.0)):
            path = (
                Path(scratch, f"{name}.passages") if wanted.library is None else wanted.library.with_suffix(f".{name}")
            )
            if not path.exists():
                make_library(path, wanted.passages)
                add_flavors(path, share)
            found[name] = measure(path, Path(scratch, "cache"))
            if wanted.library is None:
                path.unlink()
        table(("CPU ms", *found), [(step, *(f"{of[step]:,.1f}" for of in found.values())) for step in found["basic"]])
        for name, figures in found.items():
            targets.at_most(f"warm, {name} (CPU ms)", figures["warm"], WARM_MS, ".1f")
    targets.show()
    return 0


if __name__ == "__main__":
    sys.exit(main())
