"""What one job costs in each executor beside its analysis, as ratios to the process pool in the same run.

    python benchmarks/executors.py [--jobs N]

"nothing" is an analysis that returns at once, so that only handing over is left; the others analyse a FLAC file of so
many seconds. Every executor has one place to work: a thread, a child process, a dask worker with one thread on the
loopback. The first jobs, which start and import everything, are not counted. Last come the bytes that travel for one
result.
"""

import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from harness import arguments, parsed
from seams.demo import AudioForm, compose, write_audio
from seams.workers import ANALYZE_FILE, NOTHING, AnalysisExecutor, Finished, JobId, JobOutcome, executors, job

HERE = Path(__file__).parent
RATE = 44_100


def main() -> None:
    parser = arguments(__doc__, jobs=300, lengths="10,60,240")
    wanted = parsed(parser, jobs=10, lengths="2")
    lengths = [int(length) for length in wanted.lengths.split(",")]
    sys.path.insert(0, str(HERE))
    with tempfile.TemporaryDirectory() as folder, cluster(folder) as (host, port):
        files = {seconds: Path(folder, f"{seconds}.flac") for seconds in lengths}
        for seconds, path in files.items():
            write_audio(path, compose(seconds * RATE, RATE, 1), RATE, AudioForm.FLAC)
        cases = {"nothing": (NOTHING, files[lengths[0]], wanted.jobs)}
        cases |= {f"{s} s": (ANALYZE_FILE, path, max(wanted.jobs // s, 8)) for s, path in files.items()}
        print(f"{'':20}", *(f"{case:>20}" for case in cases))
        made = executors(host, port)
        first: dict[str, float] = {}
        for kind, make in made.items():
            taken = {case: per_job(make(analyze), path, count) for case, (analyze, path, count) in cases.items()}
            first = first or taken
            cells = (f"{each * 1e3:9.2f} ms {each / first[case]:6.2f} x" for case, each in taken.items())
            print(f"{kind:20}", *cells)
        for seconds, path in files.items():
            (outcome,) = run(made["inline"](ANALYZE_FILE), path, 1)
            print(f"a result of {seconds} s of audio travels as {len(pickle.dumps(outcome)):,} bytes")


def per_job(executor: AnalysisExecutor, path: Path, jobs: int) -> float:
    try:
        run(executor, path, 3)
        began = time.perf_counter()
        run(executor, path, jobs)
        return (time.perf_counter() - began) / jobs
    finally:
        executor.close()


def run(executor: AnalysisExecutor, path: Path, jobs: int) -> list[JobOutcome]:
    outcomes: SimpleQueue[JobOutcome] = SimpleQueue()
    for number in range(jobs):
        executor.submit(JobId(number), job(path), 60.0, outcomes.put)
    done = [outcomes.get(timeout=120) for _ in range(jobs)]
    assert all(isinstance(outcome, Finished) for outcome in done), done
    return done


@contextmanager
def cluster(folder: str) -> Iterator[tuple[str, int]]:
    """Run a scheduler and one worker with one thread; give where the scheduler is."""
    processes: list[subprocess.Popen[str]] = []

    def start(ready: str, *words: str) -> str:
        """Start a program of dask and give what it says behind ``ready``."""
        command = (sys.executable, "-m", "dask", *words)
        environment = {**os.environ, "PYTHONPATH": str(HERE)}
        processes.append(subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True))
        assert processes[-1].stderr is not None
        return next(line.rpartition(ready)[2].strip() for line in processes[-1].stderr if ready in line)

    try:
        address = start("Scheduler at:", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        host, _, port = address.rpartition("//")[2].rpartition(":")
        start("Registered to:", "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", host)
        yield host, int(port)
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
