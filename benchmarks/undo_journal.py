"""What the journal for ``passagework undo`` costs: time and bytes with and without it, in one run.

    python benchmarks/undo_journal.py RECORDING [--files 1000]

RECORDING is made by recorded_messages.py. Each kind of run is written to copies of the same library, with and without
the journal in turn, in batches as the persistence actor writes them: attempts, analyses and links of 100 files at a
time, three passages each. Times are those of writing batches alone; the least disturbed of the rounds counts.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import thread_time
from typing import Any

from harness import arguments, in_turn, parsed, table
from recorded_messages import Analysis, analyses, link_each_passage, load, tagged
from seams.persistence import DirectLibrary

BATCH = 100
PASSAGES = 3
STEP_TICKS = 640


@dataclass(frozen=True)
class Cost:
    """Seconds and CPU seconds of writing; bytes by which the library grew; images in its journal."""

    seconds: float
    cpu: float
    bytes: int
    images: int


def with_other_passages(analysis: Analysis) -> Analysis:
    """Change the values, the bounds and the fingerprint of every passage; tags and curves stay."""

    def moved(passage: Any) -> Any:
        encoded = passage.fingerprint.encoded
        other = replace(passage.fingerprint, encoded=encoded[:-1] + ("A" if encoded[-1] != "A" else "B"))
        return replace(passage, start=passage.start + STEP_TICKS, lead_in=STEP_TICKS, fingerprint=other)

    return replace(analysis, passages=tuple(map(moved, analysis.passages)))


def with_everything_else(analysis: Analysis) -> Analysis:
    """Change tags, hashes and curves, too: the file was replaced by another one."""
    return replace(
        with_other_passages(analysis),
        content_hash=analysis.content_hash[::-1],
        audio_hash=analysis.audio_hash[::-1],
        tags=replace(analysis.tags, title="Another title"),
        envelope=replace(analysis.envelope, levels=analysis.envelope.levels[::-1]),
        waveform=replace(analysis.waveform, extrema=analysis.waveform.extrema[::-1]),
    )


def one_evidence(generation: str) -> Callable[[Any], Any]:
    """Decide for passages, with one piece of evidence each; another generation names other songs and albums."""

    def decide(waiting: Any) -> Any:
        number = int(waiting.path.rpartition(b"/")[2].partition(b".")[0])
        links = link_each_passage(replace(waiting, tags=tagged(waiting.tags, number, PASSAGES, generation)))
        return replace(links, passages=tuple(replace(one, evidence=one.evidence[:1]) for one in links.passages))

    return decide


class Writing:
    """Imports files into a library and links every passage that waits; keeps what that cost."""

    def __init__(self, path: Path, *, journal: bool) -> None:
        self._library = DirectLibrary(path, journal=journal)
        self.seconds = self.cpu = 0.0

    def imports(self, messages: Sequence[Analysis], generation: str = "") -> None:
        for first in range(0, len(messages), BATCH):
            batch = messages[first : first + BATCH]
            self._write(self._library.attempts(batch))
            self._write(self._library.analyses(batch))
            if links := self._library.links(one_evidence(generation), BATCH):
                self._write(links)

    def _write(self, writes: Sequence[Any]) -> None:
        began = thread_time()
        outcome = self._library.write(writes)
        self.cpu += thread_time() - began
        self.seconds += outcome.prepare_seconds + outcome.transaction_seconds

    def close(self) -> int:
        """Close the library; give the number of images in it."""
        images: int = self._library.connection.execute("SELECT count(*) FROM before_image").fetchone()[0]
        self._library.close()
        return images


def measured(base: Path, work: Callable[[Writing], None], *, journal: bool) -> Cost:
    """Do the work on a copy of a library."""
    path = base.with_name("work.passages")
    shutil.copyfile(base, path)
    writing = Writing(path, journal=journal)
    work(writing)
    images = writing.close()
    return Cost(writing.seconds, writing.cpu, path.stat().st_size - base.stat().st_size, images)


def main() -> int:
    parser = arguments(__doc__, files=1_000, rounds=5)
    parser.add_argument("recording", type=Path, metavar="RECORDING")
    wanted = parsed(parser, files=60, rounds=1)
    recorded, files = load(wanted.recording), wanted.files
    known, new = (list(analyses(recorded, files, PASSAGES, first)) for first in (0, files))
    other_passages = [with_other_passages(analysis) for analysis in known]
    other_files = [with_everything_else(analysis) for analysis in known]
    kinds: dict[str, Callable[[Writing], None]] = {
        "first import, beside others": lambda writing: writing.imports(new),
        "unchanged, analysed again": lambda writing: writing.imports(known),
        "every passage and link changes": lambda writing: writing.imports(other_passages, "again"),
        "every file is another one": lambda writing: writing.imports(other_files, "again"),
    }
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch, "base.passages")
        first = Writing(base, journal=False)
        first.imports(known)
        first.close()
        for name, work in kinds.items():
            contenders = {
                f"{name}, {'with' if journal else 'without'}": lambda work=work, journal=journal: measured(
                    base, work, journal=journal
                )
                for journal in (False, True)
            }
            without, with_ = in_turn(contenders, wanted.rounds, lambda cost: cost.cpu).values()
            rows.append(
                (
                    name,
                    f"{with_.seconds:.2f} / {without.seconds:.2f} s = {with_.seconds / without.seconds:.2f}",
                    f"{with_.cpu:.2f} / {without.cpu:.2f} s = {with_.cpu / without.cpu:.2f}",
                    f"{with_.images / files:.1f}",
                    f"{with_.bytes / files:.0f}",
                    f"{(with_.bytes - without.bytes) / files:.0f}",
                )
            )
    print(f"{files} files of {PASSAGES} passages, batches of {BATCH}, best of {wanted.rounds} rounds\n")
    table(("run", "wall, with / without", "CPU, with / without", "images/file", "bytes/file", "more"), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
