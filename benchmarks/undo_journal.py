"""What the journal for ``passagework undo`` costs: time and bytes with and without it, in one run.

    python undo_journal.py RECORDING [FILES]

RECORDING is made by recorded_messages.py. Each kind of run is written to copies of the same library, with and without
the journal in turn, through ``write_batch`` as the persistence actor calls it: attempts, analyses and links of 100
files at a time, three passages each, every passage with a song, two artists, a work and an album. Times are those of
``write_batch`` alone; the least disturbed of the rounds counts.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import thread_time

from recorded_messages import load, variations

from passagework.domain.analysis import FileAnalysis, Fingerprint, PassageAnalysis
from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.ids import Mbid, RunId
from passagework.domain.links import FileLinks, LinkState, PassageLinks
from passagework.domain.music import Album, AlbumPlace, Artist, ArtistCredit, Song, SongSpan, Work
from passagework.domain.units import Ticks
from passagework.persistence.file.checkpoint import checkpoint
from passagework.persistence.file.connection import LibraryConnection, open_library
from passagework.persistence.read.dispatch import answer
from passagework.persistence.read.queries import WaitingFiles
from passagework.persistence.write.batch import write_batch
from passagework.persistence.write.journal import follow_run
from passagework.persistence.write.runs import open_run
from passagework.persistence.write.writes import BeginAttempt, StoreAnalysis, StoreLinks, Write

BATCH = 100
PASSAGES = 3
ROUNDS = 5


@dataclass
class Cost:
    seconds: float = float("inf")
    cpu: float = float("inf")
    bytes: int = 0
    images: int = 0


def mbid(kind: int, number: int) -> Mbid:
    return Mbid(f"{kind:08x}-0000-4000-8000-{number:012x}")


def links_of(guid: str, number: int, generation: int) -> PassageLinks:
    """Decide for a passage; another generation names other songs and albums."""
    song = Song(
        mbid(1 + 10 * generation, number),
        f"Song {number}",
        tuple(ArtistCredit(Artist(mbid(2, (number + n) % 500), f"Artist {(number + n) % 500}"), 0.5) for n in (0, 7)),
        (Work(mbid(3, number), f"Work {number}"),),
    )
    album = Album(mbid(4 + 10 * generation, number // 36), f"Album {number // 36}", None, "1999", ())
    evidence = (Statement(EvidenceSource.TAG_MBID, "recording", song.mbid),)
    span = SongSpan(song, Ticks(0), Ticks(28_224_000))
    return PassageLinks(guid, LinkState.LINKED, (span,), AlbumPlace(album, 1, 1 + number % 12), evidence, None)


def with_other_passages(analysis: FileAnalysis) -> FileAnalysis:
    """Change the values, the bounds and the fingerprint of every passage; tags and curves stay."""
    return replace(analysis, passages=tuple(map(_moved, analysis.passages)))


def _moved(passage: PassageAnalysis) -> PassageAnalysis:
    assert passage.fingerprint is not None
    encoded = passage.fingerprint.encoded
    other = Fingerprint(encoded[:-1] + ("A" if encoded[-1] != "A" else "B"), passage.fingerprint.duration)
    return replace(passage, start=Ticks(passage.start + 640), lead_in=Ticks(640), fingerprint=other)


def with_everything_else(analysis: FileAnalysis) -> FileAnalysis:
    """Change tags, hashes and curves, too: the file was replaced by another one."""
    levels, extrema = analysis.envelope.levels, analysis.waveform.extrema
    return replace(
        with_other_passages(analysis),
        content_hash=analysis.content_hash[::-1],
        audio_hash=analysis.audio_hash[::-1],
        tags=replace(analysis.tags, title="Another title"),
        envelope=replace(analysis.envelope, levels=levels[::-1]),
        waveform=replace(analysis.waveform, extrema=extrema[::-1]),
    )


class Library:
    """A library that is open for writing, with a run under way."""

    def __init__(self, path: Path, *, journal: bool) -> None:
        self.connection: LibraryConnection = open_library(path)
        self.run: RunId = open_run(self.connection, config_hash="", config_text="", roots=[b"/music"], now_ns=1)
        if not journal:
            follow_run(self.connection, None)
        self.seconds = 0.0
        self.cpu = 0.0

    def write(self, writes: Sequence[Write]) -> None:
        began = thread_time()
        outcome = write_batch(self.connection, writes, 1)
        self.cpu += thread_time() - began
        assert not outcome.replayed
        self.seconds += outcome.prepare_seconds + outcome.transaction_seconds

    def imports(self, analyses: Sequence[FileAnalysis], generation: int) -> None:
        """Import these files, and link every passage that waits."""
        for first in range(0, len(analyses), BATCH):
            batch = analyses[first : first + BATCH]
            self.write([BeginAttempt(self.run, a.path, a.stamp, alone=False, number=1) for a in batch])
            self.write([StoreAnalysis(self.run, analysis) for analysis in batch])
            if writes := list(self._links(generation)):
                self.write(writes)

    def _links(self, generation: int) -> Iterator[StoreLinks]:
        for file in answer(self.connection, WaitingFiles(BATCH)):
            number = int(file.path.rpartition(b"/")[2].partition(b".")[0]) * PASSAGES
            decided = tuple(links_of(p.guid, number + n, generation) for n, p in enumerate(file.passages))
            yield StoreLinks(self.run, FileLinks(file.path, decided, file.revision))

    def close(self) -> tuple[int, int]:
        """Close; give the size of the library and the number of images in it."""
        checkpoint(self.connection)
        images: int = self.connection.execute("SELECT count(*) FROM before_image").fetchone()[0]
        size: int = self.connection.execute(
            "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)"
        ).fetchone()[0]
        self.connection.close()
        return size, images


def measure(base: Path, scratch: Path, work: Callable[[Library], None]) -> dict[bool, Cost]:
    """Do the work on copies of a library, without and with the journal in turn."""
    costs = {False: Cost(), True: Cost()}
    for number in range(2 * ROUNDS):
        journal = number % 2 == 1
        path = scratch / "work.passages"
        shutil.copyfile(base, path)
        library = Library(path, journal=journal)
        work(library)
        size, images = library.close()
        best = costs[journal]
        grown = size - base.stat().st_size
        costs[journal] = Cost(min(best.seconds, library.seconds), min(best.cpu, library.cpu), grown, images)
    return costs


def main(recording: Path, files: int) -> None:
    recorded = load(recording)
    known = list(variations(recorded, files, PASSAGES))
    new = list(variations(recorded, files, PASSAGES, first=files))
    other_passages = [with_other_passages(analysis) for analysis in known]
    other_files = [with_everything_else(analysis) for analysis in known]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        base = scratch / "base.passages"
        library = Library(base, journal=False)
        library.imports(known, 0)
        library.close()
        kinds: dict[str, Callable[[Library], None]] = {
            "first import, beside others": lambda library: library.imports(new, 0),
            "unchanged, analysed again": lambda library: library.imports(known, 0),
            "every passage and link changes": lambda library: library.imports(other_passages, 1),
            "every file is another one": lambda library: library.imports(other_files, 1),
        }
        print(f"{files} files of {PASSAGES} passages, batches of {BATCH}, best of {ROUNDS} rounds")
        print(f"{'run':32}{'wall, with / without':>24}{'CPU':>22}{'images/file':>13}{'bytes/file':>12}{'more':>8}")
        for name, work in kinds.items():
            cost = measure(base, scratch, work)
            without, with_ = cost[False], cost[True]
            print(
                f"{name:32}{with_.seconds:>7.2f} / {without.seconds:.2f} s = {with_.seconds / without.seconds:.2f}"
                f"{with_.cpu:>10.2f} / {without.cpu:.2f} s = {with_.cpu / without.cpu:.2f}"
                f"{with_.images / files:>10.1f}{with_.bytes / files:>12.0f}"
                f"{(with_.bytes - without.bytes) / files:>8.0f}"
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000)
