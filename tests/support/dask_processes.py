"""A dask scheduler and its workers as separate processes, started as from a shell."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from passagework.domain.executor_choice import OnDask

STUBS = Path(__file__).parents[1] / "workers" / "processes" / "stubs"
PATIENCE = 180


class Daemon:
    """A process of dask; its output is read to see when it is ready."""

    def __init__(self, *words, folder, env=None, before=()):
        command = (*before, sys.executable, "-m", "dask", *map(str, words))
        path = os.pathsep.join(filter(None, ((env or {}).get("PYTHONPATH"), str(STUBS))))
        environment = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        self.lines = []
        self._said = SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            self._said.put(line)

    def wait_for(self, text):
        """Read until the output has this text, and return the rest of that line."""
        while not any(text in line for line in self.lines):
            try:
                self.lines.append(self._said.get(timeout=PATIENCE))
            except Empty:
                pytest.fail(f"never printed {text!r}:\n{''.join(self.lines)}")
        return next(line.rpartition(text)[2].strip() for line in self.lines if text in line)

    def all_said(self):
        """Give what it has said so far."""
        while not self._said.empty():
            self.lines.append(self._said.get())
        return "".join(self.lines)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stderr.close()


class Cluster:
    """A scheduler on a free port, and workers that start and end."""

    def __init__(self, folder, host="127.0.0.1"):
        self._folder = folder
        self._daemons = []
        scheduler = self._start("scheduler", "--host", host, "--port", "0", "--no-dashboard")
        try:
            address = scheduler.wait_for("Scheduler at:")
        except BaseException:
            self.stop()
            raise
        host, _, port = address.rpartition("//")[2].rpartition(":")
        self.where = OnDask(host, int(port))
        self.scheduler = scheduler

    def _start(self, *words, **more):
        daemon = Daemon(*words, folder=self._folder, **more)
        self._daemons.append(daemon)
        return daemon

    def start_worker(self, threads=1, host="127.0.0.1", **more):
        """Start a worker and return it; the scheduler may not know it yet.

        ``before`` is a program that starts it, ``env`` is added to its environment.
        """
        return self._start(
            *("worker", self.where.address, "--host", host, "--no-nanny", "--no-dashboard"),
            *("--nthreads", threads, "--local-directory", self._folder),
            **more,
        )

    def worker(self, **more):
        """Start a worker and wait until the scheduler knows it."""
        worker = self.start_worker(**more)
        worker.wait_for("Registered to:")
        return worker

    def all_said(self):
        """Give what all processes have said so far, one after the other."""
        return "\n".join(f"{daemon.process.args}\n{daemon.all_said()}" for daemon in self._daemons)

    def stop(self):
        for daemon in reversed(self._daemons):
            daemon.stop()
