"""Measure how near the writer comes to what SQLite can do: the same rows as pure INSERT ... SELECT.

    python benchmarks/ceiling.py RECORDING [--files N] [--passages N] [--rounds N] [--folder FOLDER]

RECORDING is made by recorded_messages.py. In every round three contenders write the same analyses into a fresh
library each, at 100 and at 1,000 files per transaction:

- the product: 16 producers tell the messages to the persistence actor under credits, in the product's own wiring;
- its batches without mailbox: the same messages handed to ``write_batch`` in a loop, to see what the actor costs;
- the ceiling: the finished rows of the product's library copied from there, table by table, without any Python.

All connections are opened by the product's ``open_library``, so pragmas are the same; all libraries must end in equal
content. Messages are made before anything is timed. Figures are those of a contender's quickest round. The product's
time is divided into what its log says of each batch: preparing rows (encoding and staging), the transaction, the rest
(mailbox, acknowledgements, producers). At the end the same with the links, which the product's linker pulls
while the analyses are still coming in, so that it needs two messages and two transactions a file; the ceiling copies
them in as many transactions.
"""

import argparse
import gc
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from recorded_messages import load
from writer.content import content, differences
from writer.copying import copy_analyses, copy_links
from writer.messages import analyses
from writer.product import CREDITS, Outcome, ProductRun
from writer.verdicts import Verdicts

from passagework.actors.writer.flush_policy import FlushRules
from passagework.domain.analysis import FileAnalysis
from passagework.persistence.file.connection import open_library
from passagework.persistence.write.batch import write_batch
from passagework.persistence.write.runs import open_run
from passagework.persistence.write.writes import StoreAnalysis

WANTED = {100: 0.60, 1_000: 0.45}
CREDITS_OF = {100: CREDITS, 1_000: 1_280}


@dataclass
class Best:
    """The quickest rounds of one size of batch, in seconds; of the product with its account."""

    ceiling: float = float("inf")
    direct: float = float("inf")
    product: Outcome = field(default_factory=lambda: Outcome(seconds=float("inf")))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path, metavar="RECORDING")
    parser.add_argument("--files", type=int, default=4_000)
    parser.add_argument("--passages", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the libraries lie for the time; default: temporary files")
    wanted = parser.parse_args()
    messages = list(analyses(load(wanted.recording), wanted.files, wanted.passages))
    # What the benchmark keeps at hand is not the product's, and not for its garbage collector to walk through.
    gc.collect()
    gc.freeze()

    verdicts = Verdicts()
    print(f"{wanted.files} files of {wanted.passages} passages, {wanted.rounds} rounds, the quickest of each counts\n")
    with TemporaryDirectory(prefix="ceiling-benchmark-", dir=wanted.folder) as scratch:
        for link in (False, True):
            print("analyses and links" if link else "analyses")
            print("| batch | ceiling, files/s | product | ratio | without mailbox | ratio | prepare | in tx | rest |")
            print("|------:|-----------------:|--------:|------:|----------------:|------:|--------:|------:|-----:|")
            for batch, least in WANTED.items():
                best = rounds(Path(scratch), messages, batch, wanted.passages, wanted.rounds, link=link)
                print_row(batch, wanted.files, best, link=link)
                ratio = best.ceiling / best.product.seconds
                if not link:
                    verdicts.add(
                        f"of the ceiling at batches of {batch}: {ratio:.0%}",
                        f"at least {least:.0%}",
                        met=ratio >= least,
                    )
            print()
    verdicts.show()
    return 0


def rounds(
    scratch: Path, messages: Sequence[FileAnalysis], batch: int, passages: int, number: int, *, link: bool
) -> Best:
    best = Best()
    for _ in range(number):
        with TemporaryDirectory(dir=scratch) as folder:
            told, copied, direct = (Path(folder, f"{name}.passages") for name in ("told", "copied", "direct"))
            rules = FlushRules(max_messages=batch, max_bytes=1 << 40)
            outcome = ProductRun(told, messages, rules, CREDITS_OF[batch]).run(link=link)
            best.product = min(best.product, outcome, key=lambda kept: kept.seconds)
            best.ceiling = min(best.ceiling, ceiling(told, copied, len(messages), batch, passages, link=link))
            must_equal(told, copied)
            if not link:
                best.direct = min(best.direct, without_mailbox(direct, messages, batch))
                must_equal(told, direct)
    return best


def ceiling(finished: Path, library: Path, files: int, batch: int, passages: int, *, link: bool) -> float:
    """Copy a finished library into a new one and give the seconds."""
    with closing(open_library(library)) as connection:
        open_run(connection, config_hash="", config_text="", roots=[b"/music"], now_ns=1)
        connection.execute("ATTACH ? AS finished", (str(finished),))
        seconds = copy_analyses(connection, files, batch, passages)
        if link:
            seconds += copy_links(connection, files, batch, passages)
        return seconds


def without_mailbox(library: Path, messages: Sequence[FileAnalysis], batch: int) -> float:
    """Write the batches in a loop and give the seconds."""
    with closing(open_library(library)) as connection:
        run = open_run(connection, config_hash="", config_text="", roots=[b"/music"], now_ns=1)
        began = perf_counter()
        for first in range(0, len(messages), batch):
            write_batch(connection, [StoreAnalysis(run, message) for message in messages[first : first + batch]], 1)
        return perf_counter() - began


def must_equal(one: Path, other: Path) -> None:
    if different := differences(content(one), content(other)):
        sys.exit(f"THE CONTENTS DIFFER: {'; '.join(different)}")


def print_row(batch: int, files: int, best: Best, *, link: bool) -> None:
    product = best.product
    prepare = sum(event["prepare_seconds"] for event in product.batches)
    write = sum(event["transaction_seconds"] for event in product.batches)
    cells = (
        f"{batch:5,}",
        f"{files / best.ceiling:16,.0f}",
        f"{files / product.seconds:7,.0f}",
        f"{best.ceiling / product.seconds:5.0%}",
        f"{'-':>15}" if link else f"{files / best.direct:15,.0f}",
        f"{'-':>5}" if link else f"{best.ceiling / best.direct:5.0%}",
        f"{prepare / product.seconds:7.0%}",
        f"{write / product.seconds:5.0%}",
        f"{(product.seconds - prepare - write) / product.seconds:4.0%}",
    )
    print(f"| {' | '.join(cells)} | {len(product.batches)} transactions")


if __name__ == "__main__":
    sys.exit(main())
