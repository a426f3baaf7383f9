"""What one job costs in each executor beside its analysis, as ratios to the process pool in the same run.

    python benchmarks/executors.py [--jobs N]

"nothing" is an analysis that returns at once, so that only handing over is left; the others analyse a FLAC file of so
many seconds. Every executor has one place to work: a thread, a child process, a dask worker with one thread on the
loopback. The first jobs, which start and import everything, are not counted. Last come the bytes that travel for one
result.
"""

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Self

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.domain.analysis import FailedAnalysis
from passagework.domain.executor_choice import OnDask
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob, AnalysisRules
from passagework.workers.dask.executor import DaskExecutor
from passagework.workers.executor import AnalysisExecutor, Finished, JobId, JobOutcome
from passagework.workers.futures_executor import FuturesExecutor
from passagework.workers.inline_executor import InlineExecutor
from passagework.workers.processes.attempt import ANALYZE_FILE
from passagework.workers.processes.process_pool import ProcessExecutor
from passagework.workers.root_map import RootMap

if TYPE_CHECKING:
    from collections.abc import Callable

NOTHING = "executors:nothing"
HERE = Path(__file__).parent
RATE = 44_100
LENGTHS = (10, 60, 240)


def nothing(job: AnalysisJob) -> FailedAnalysis:
    return FailedAnalysis(job.path, job.stamp, Failure(FailureCode.NOT_AUDIO))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=300)
    jobs = parser.parse_args().jobs
    sys.path.insert(0, str(HERE))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        files = {seconds: made_piece(folder / f"{seconds}.flac", seconds) for seconds in LENGTHS}
        where = stack.enter_context(Cluster(folder)).where
        kinds: dict[str, Callable[[str], AnalysisExecutor]] = {
            "process": lambda analyze: ProcessExecutor(1, "normal", 1024, analyze),
            "inline": InlineExecutor,
            "factory (threads)": lambda analyze: FuturesExecutor(lambda: ThreadPoolExecutor(1), 1, analyze),
            "dask": lambda analyze: DaskExecutor(where, "normal", 1024, RootMap(), analyze),
        }
        cases = {
            "nothing": (NOTHING, files[LENGTHS[0]], jobs),
            **{f"{seconds} s": (ANALYZE_FILE, files[seconds], max(jobs // seconds, 8)) for seconds in LENGTHS},
        }
        print(f"{'':20}", *(f"{case:>20}" for case in cases))
        first: dict[str, float] = {}
        for kind, make in kinds.items():
            taken = {case: per_job(make(analyze), work, count) for case, (analyze, work, count) in cases.items()}
            first = first or taken
            cells = (f"{each * 1e3:9.2f} ms {each / first[case]:6.2f} x" for case, each in taken.items())
            print(f"{kind:20}", *cells)
        for seconds in LENGTHS:
            outcome = run(InlineExecutor(), files[seconds], 1)[0]
            print(f"a result of {seconds} s of audio travels as {len(pickle.dumps(outcome)):,} bytes")


def made_piece(path: Path, seconds: int) -> AnalysisJob:
    write_audio(path, compose(seconds * RATE, RATE, 1), RATE, AudioForm.FLAC)
    return AnalysisJob(os.fsencode(path), FileStamp.of(path.stat()), AnalysisRules())


def per_job(executor: AnalysisExecutor, work: AnalysisJob, jobs: int) -> float:
    try:
        run(executor, work, 3)
        began = time.perf_counter()
        run(executor, work, jobs)
        return (time.perf_counter() - began) / jobs
    finally:
        executor.close()


def run(executor: AnalysisExecutor, work: AnalysisJob, jobs: int) -> list[JobOutcome]:
    outcomes: SimpleQueue[JobOutcome] = SimpleQueue()
    for number in range(jobs):
        executor.submit(JobId(number), work, 60.0, outcomes.put)
    done = [outcomes.get(timeout=120) for _ in range(jobs)]
    assert all(isinstance(outcome, Finished) for outcome in done), done
    return done


class Cluster:
    """A scheduler and one worker with one thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        address = self._start("Scheduler at:", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        host, _, port = address.rpartition("//")[2].rpartition(":")
        self.where = OnDask(host, int(port))
        worker = ("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", host)
        self._start("Registered to:", *worker)
        return self

    def _start(self, ready: str, *words: str) -> str:
        """Start a program of dask and give what it says behind ``ready``."""
        process = subprocess.Popen(
            (sys.executable, "-m", "dask", *words),
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": str(HERE)},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        assert process.stderr is not None
        return next(line.rpartition(ready)[2].strip() for line in process.stderr if ready in line)

    def __exit__(self, *_error: object) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
