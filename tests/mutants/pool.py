"""Processes that try mutants, each in a copy of its own, and the file that keeps their outcomes."""

import concurrent.futures
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from copies import copy_of_copy, environment
from making import Mutant
from seeing import Sight
from trying import SURVIVED

HERE = Path(__file__).parent


class Worker:
    """A process that tries mutants, one after the other."""

    def __init__(self, copy: Path) -> None:
        self._log = copy.with_suffix(".log")
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "trying.py")],
            cwd=copy,
            env=environment(copy),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log.open("w"),
            text=True,
        )

    def try_out(self, trial: dict) -> dict:
        try:
            self._process.stdin.write(json.dumps(trial) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())
        except ValueError:
            raise SystemExit(f"a process that tries mutants died at {trial['name']}; see {self._log}") from None

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


class Pool:
    """Tries mutants in several processes; those whose outcome is in the file ``kept`` are not tried again."""

    def __init__(self, place: Path, sight: Sight, kept: Path, budget: float) -> None:
        self._place = place
        self._sight = sight
        self._budget = budget
        self._kept = kept
        lines = kept.read_text().splitlines() if kept.exists() else []
        self._known = {outcome["name"]: outcome for outcome in map(json.loads, lines)}
        self._lock = threading.Lock()

    def try_all(self, mutants: Iterable[Mutant], processes: int) -> dict[str, dict]:
        """Give the outcomes by name."""
        waiting: queue.SimpleQueue[Mutant | None] = queue.SimpleQueue()
        new = [mutant for mutant in mutants if mutant.name not in self._known]
        for mutant in [*new, *[None] * processes]:
            waiting.put(mutant)
        began, before = time.monotonic(), len(self._known)

        def work(number: int) -> None:
            worker = Worker(copy_of_copy(self._place / "seen", self._place / f"copy-{number}"))
            while (mutant := waiting.get()) is not None:
                self._keep(self._try_out(mutant, worker))
                done = len(self._known) - before
                if done % 50 == 0:
                    rate = 60 * done / (time.monotonic() - began)
                    print(f"{done} of {len(new)}, {rate:.0f} a minute", flush=True)
            worker.close()

        if new:
            with concurrent.futures.ThreadPoolExecutor(processes) as threads:
                list(threads.map(work, range(processes)))
            print(f"{len(new)} mutants in {time.monotonic() - began:.0f} s")
        return self._known

    def _try_out(self, mutant: Mutant, worker: Worker) -> dict:
        tests, at_import = self._sight.tests_of(mutant.path, mutant.statement, self._budget)
        if not tests:
            return {"name": mutant.name, "outcome": SURVIVED, "by": "no quick test runs this line", "seconds": 0.0}
        return worker.try_out(
            {
                "name": mutant.name,
                "path": mutant.path,
                "function": mutant.function,
                "source": mutant.source,
                "tests": tests,
                "at_import": at_import,
                "limit": 20 + 5 * sum(self._sight.seconds[test] for test in tests),
            }
        )

    def _keep(self, outcome: dict) -> None:
        with self._lock, self._kept.open("a") as file:
            self._known[outcome["name"]] = outcome
            file.write(json.dumps(outcome) + "\n")
