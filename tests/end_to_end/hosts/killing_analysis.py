"""An analysis that kills the importer it works for: KILL_AT names the file, KILL_WHO says who dies with the importer.

The worker itself waits for ever in the middle of its job, so that only the death of its parent can end it.
"""

import os
import signal
from pathlib import Path

from passagework.audio.analyze import analyze_file


def analyze(job):
    if os.environ["KILL_AT"].encode() in job.path:
        kill_importer()
    return analyze_file(job)


def kill_importer():
    importer = os.getppid()
    workers = children_of(importer)
    os.kill(importer, signal.SIGKILL)
    if os.environ["KILL_WHO"] == "everybody":
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
    signal.pause()


def children_of(process):
    """List the children of all threads of a process (proc(5), Linux)."""
    lists = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for listed in lists for child in listed.read_text("ascii").split()]
