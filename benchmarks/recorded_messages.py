"""Real messages for the benchmarks of the writer: the results of an import, kept as they came from the workers.

    python recorded_messages.py FOLDER RECORDING

imports FOLDER once into a library that is thrown away, and keeps every FileAnalysis that reached the persistence
actor. ``variations`` makes as many different messages of them as a benchmark wants: each its own path and hashes,
tags, curves and fingerprints as they were recorded, and the recorded span divided into N passages.
"""

import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from passagework import Importer, Settings
from passagework.domain.analysis import FileAnalysis
from passagework.domain.jobs import AnalysisJob
from passagework.domain.units import NO_TIME, Ticks
from passagework.workers.executor import Finished, JobId, JobOutcome
from passagework.workers.processes.process_pool import ProcessExecutor

FILES_PER_FOLDER = 12


class RecordingExecutor:
    """The worker processes of the product, whose results are kept."""

    def __init__(self, workers: int) -> None:
        self._workers = ProcessExecutor(workers, "normal", 1024)
        self.recorded: list[FileAnalysis] = []

    def submit(
        self, job: JobId, work: AnalysisJob, deadline_seconds: float, on_done: Callable[[JobOutcome], None]
    ) -> None:
        def keep(outcome: JobOutcome) -> None:
            if isinstance(outcome, Finished) and isinstance(outcome.result, FileAnalysis):
                self.recorded.append(outcome.result)
            on_done(outcome)

        self._workers.submit(job, work, deadline_seconds, keep)

    def cancel(self) -> None:
        self._workers.cancel()

    def close(self) -> None:
        self._workers.close()


def record(folder: Path, recording: Path) -> list[FileAnalysis]:
    """Import a folder of music and keep its analyses that found passages in a file."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings.model_validate({"library": {"path": Path(scratch) / "thrown-away.passages"}})
        executor = RecordingExecutor(settings.analysis.worker_count)
        with Importer(settings, make_executor=lambda: executor) as importer:
            importer.start([folder]).wait()
    found = [analysis for analysis in executor.recorded if analysis.passages]
    recording.write_bytes(pickle.dumps(found))
    return found


def load(recording: Path) -> list[FileAnalysis]:
    """Read a recording of this benchmark's own making."""
    found: list[FileAnalysis] = pickle.loads(recording.read_bytes())
    return found


def variations(recorded: list[FileAnalysis], files: int, passages: int, first: int = 0) -> Iterator[FileAnalysis]:
    """Make ``files`` different analyses with ``passages`` passages each, numbered from ``first`` on."""
    for number in range(first, first + files):
        original = recorded[number % len(recorded)]
        whole = original.passages[0]
        step = (whole.end - whole.start) // passages
        yield replace(
            original,
            path=b"/music/%05d/%07d.flac" % (number // FILES_PER_FOLDER, number),
            content_hash=number.to_bytes(32, "big"),
            audio_hash=number.to_bytes(32, "little"),
            passages=tuple(
                replace(
                    whole,
                    start=Ticks(whole.start + index * step),
                    end=Ticks(whole.start + (index + 1) * step),
                    lead_in=NO_TIME,
                    lead_out=NO_TIME,
                )
                for index in range(passages)
            ),
        )


if __name__ == "__main__":
    kept = record(Path(sys.argv[1]), Path(sys.argv[2]))
    print(f"{len(kept)} messages with {sum(len(analysis.passages) for analysis in kept)} passages")
