"""Measure how near the writer comes to what SQLite can do: the same rows as pure INSERT ... SELECT.

    python benchmarks/ceiling.py RECORDING [--files N] [--passages N] [--rounds N] [--folder FOLDER]

RECORDING is made by recorded_messages.py. In every round three contenders write the same analyses into a fresh
library each, at 100 and at 1,000 files per transaction:

- the product: 16 producers tell the messages that workers ship to the persistence actor under credits, in the product's
  own wiring;
- its batches without mailbox: the same messages written as batches in a loop, to see what the actor costs;
- the ceiling: the finished rows of the product's library copied from there, table by table, without any Python.

Pragmas are the product's for all, and so is the length of the WAL at which a checkpoint runs; all libraries must end in
equal content. Messages are made before anything is timed. Figures are those of a contender's quickest round. The
product's time is divided into what its log says of each batch: encoding (which workers have done), the transaction, the
rest (mailbox, acknowledgements, producers). At the end the same with the links, which come with the analyses.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from harness import Targets, arguments, in_turn, parsed, table
from recorded_messages import Analysis, analyses, load, shipped
from seams.persistence import DirectLibrary, checkpoint_if_long
from writer.contender import timed
from writer.content import content, must_equal
from writer.copying import copy
from writer.load import CREDITS, Commit, load_on
from writer.watch import Counter

WANTED = {100: 0.60, 1_000: 0.60}
CREDITS_OF = {100: CREDITS, 1_000: 10 * CREDITS}


@dataclass(frozen=True)
class Outcome:
    """What a contender took; of the product with its log."""

    seconds: float
    commits: Sequence[Commit] = ()


class Bench:
    """One size of batch, with or without links. The product comes first in a round; the others must equal it."""

    def __init__(self, folder: Path, messages: Sequence[Analysis], batch: int, passages: int, *, link: bool) -> None:
        self._folder, self._messages = folder, messages
        self._batch, self._passages, self._link = batch, passages, link
        self._told = folder / "told.passages"

    def run(self, rounds: int) -> dict[str, Outcome]:
        contenders: dict[str, Callable[[], Outcome]] = {"product": self._product, "ceiling": self._ceiling}
        contenders["direct"] = self._without_mailbox
        return in_turn(contenders, rounds, lambda outcome: outcome.seconds)

    def _product(self) -> Outcome:
        for file in self._folder.iterdir():
            file.unlink()
        how = {"link": self._link, "in_flight": CREDITS_OF[self._batch], "batch": self._batch}
        with load_on(self._told, **how) as load:
            seconds, _, _ = timed(self._messages, load.give, load.settle, Counter())
        return Outcome(seconds, load.log.take())

    def _ceiling(self) -> Outcome:
        """Copy the finished library into a new one."""

        def copied(library: DirectLibrary) -> None:
            how = self._told, len(self._messages), self._batch, self._passages
            seconds.append(copy(library.connection, *how, link=self._link))

        seconds: list[float] = []
        self._on_fresh("copied", copied, bare=True)
        return Outcome(seconds[0])

    def _without_mailbox(self) -> Outcome:
        """Write the batches in a loop."""

        def write(library: DirectLibrary) -> None:
            began = perf_counter()
            for first in range(0, len(self._messages), self._batch):
                library.write(library.analyses(self._messages[first : first + self._batch]))
                checkpoint_if_long(library.connection)
            seconds.append(perf_counter() - began)

        seconds: list[float] = []
        self._on_fresh("direct", write)
        return Outcome(seconds[0])

    def _on_fresh(self, name: str, work: Callable[[DirectLibrary], None], *, bare: bool = False) -> None:
        path = self._folder / f"{name}.passages"
        with closing(DirectLibrary(path, bare=bare)) as library:
            work(library)
        must_equal(content(self._told), content(path), name)
        path.unlink()


def main() -> int:
    parser = arguments(__doc__, files=4_000, passages=3, rounds=5, folder=None)
    parser.add_argument("recording", type=Path, metavar="RECORDING")
    wanted = parsed(parser, files=120, rounds=1)
    made = list(analyses(load(wanted.recording), wanted.files, wanted.passages))
    # What the benchmark keeps at hand is not the product's, and not for its garbage collector to walk through.
    gc.collect()
    gc.freeze()
    targets = Targets()
    print(f"{wanted.files} files of {wanted.passages} passages, {wanted.rounds} rounds, the quickest of each counts")
    for link in (False, True):
        messages = [shipped(analysis, link=link) for analysis in made]
        rows = []
        for batch, least in WANTED.items():
            with TemporaryDirectory(prefix="ceiling-", dir=wanted.folder) as folder:
                best = Bench(Path(folder), messages, batch, wanted.passages, link=link).run(wanted.rounds)
            rows.append(row(batch, wanted.files, best))
            reached = best["ceiling"].seconds / best["product"].seconds
            with_links = " with links" if link else ""
            targets.at_least(f"of the ceiling at batches of {batch}{with_links}", reached, least)
        print("\nanalyses and links" if link else "\nanalyses")
        names = ("batch", "ceiling, files/s", "product", "ratio", "without mailbox", "ratio")
        table((*names, "prepare", "in tx", "rest", "transactions"), rows)
    targets.show()
    return 0


def row(batch: int, files: int, best: dict[str, Outcome]) -> tuple[str, ...]:
    ceiling, product, direct = best["ceiling"].seconds, best["product"], best["direct"]
    prepare = sum(commit.prepare for commit in product.commits)
    write = sum(commit.transaction for commit in product.commits)
    return (
        f"{batch:,}",
        f"{files / ceiling:,.0f}",
        f"{files / product.seconds:,.0f}",
        f"{ceiling / product.seconds:.0%}",
        f"{files / direct.seconds:,.0f}",
        f"{ceiling / direct.seconds:.0%}",
        *(f"{spent / product.seconds:.0%}" for spent in (prepare, write, product.seconds - prepare - write)),
        f"{len(product.commits)}",
    )


if __name__ == "__main__":
    sys.exit(main())
