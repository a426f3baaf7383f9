"""Analyses that misbehave as decoders do. The file name of the job says how; they run in worker processes.

Where a test has to know that a job is running, the path of the job is a FIFO.
"""

import ctypes
import json
import os
import re
import resource
import signal
import stat
import sys
from decimal import Decimal
from pathlib import Path

from passagework.domain.analysis import FailedAnalysis
from passagework.domain.failures import Failure, FailureCode

HOARD = []


def analyze(job):
    behaviour = Path(os.fsdecode(job.path)).name.partition(".")[0]
    detail = globals()[behaviour](job.path)
    if behaviour == "return_nothing":
        return None
    return FailedAnalysis(job.path, job.stamp, Failure(FailureCode.NOT_AUDIO, detail))


def finish(_path):
    return str(os.getpid())


def hang_in_c(_path):
    ctypes.PyDLL(None).sleep(1000)


def announce_and_hang_in_c(path):
    announce(path)
    hang_in_c(path)


def hang_in_a_regex(_path):
    re.fullmatch(r"(a+)+b", "a" * 64)


def wait_at_the_gate(path):
    announce(path)
    Path(os.fsdecode(path)).read_bytes()
    return str(os.getpid())


def kill_itself(_path):
    os.kill(os.getpid(), signal.SIGKILL)


def segfault(_path):
    ctypes.string_at(0)


def exit_suddenly(_path):
    os._exit(3)


def exit_politely(_path):
    sys.exit("a decoder thought that it was a program")


def eat_memory(_path):
    while True:
        HOARD.append(bytearray(2**24))


def raise_memory_error(_path):
    raise MemoryError


def abort_for_want_of_memory(_path):
    os.write(2, b"terminate called after throwing an instance of 'std::bad_alloc'\n")
    os.abort()


def hoard(_path):
    HOARD.append(b"\1" * (80 * 2**20))
    return str(os.getpid())


def shout(_path):
    for descriptor in (1, 2):
        for _ in range(64):
            os.write(descriptor, b"shout " * 8192)
    sys.stdout.write("shout" * 1000)
    return str(os.getpid())


def raise_error(_path):
    raise KeyError("no such\nchunk \udcff")


def return_nothing(_path):
    return None


def return_something_unpicklable(_path):
    return lambda: None


def return_something_foreign(_path):
    return Decimal(1)


def return_too_much(_path):
    return "x" * (65 * 2**20)


def write_garbage(_path):
    os.write(stream_to_the_parent(), b"\xff" * 100)


def write_garbage_pickle(_path):
    os.write(stream_to_the_parent(), (3).to_bytes(4) + b"abc")


def die_within_a_frame(_path):
    os.write(stream_to_the_parent(), (1000).to_bytes(4) + b"half of it")
    os._exit(4)


def hang_within_a_frame(_path):
    os.write(stream_to_the_parent(), (1000).to_bytes(4) + b"half of it")
    signal.pause()


def leave_a_grandchild(path):
    if os.fork() == 0:
        announce(path)
        signal.pause()
    return str(os.getpid())


def look_around(_path):
    return json.dumps(
        {
            "session": os.getsid(0) == os.getpid(),
            "nice": os.nice(0),
            "scheduler": os.sched_getscheduler(0),
            "oom_score_adj": int(Path("/proc/self/oom_score_adj").read_text(encoding="ascii")),
            "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
            "data": resource.getrlimit(resource.RLIMIT_DATA)[0],
            "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
            "ignores": [signal.getsignal(number) == signal.SIG_IGN for number in (signal.SIGTERM, signal.SIGINT)],
            "threads": os.environ["OPENBLAS_NUM_THREADS"],
            "descriptors": sorted(os.readlink(f"/proc/self/fd/{n}").partition(":")[0] for n in open_descriptors()),
            "folder": str(Path.cwd()),
            "secrets": __import__("secrets").__file__,
        }
    )


def announce(path):
    """Write our process id into the FIFO; waits until somebody reads."""
    Path(os.fsdecode(path)).write_text(str(os.getpid()), encoding="ascii")


def open_descriptors():
    """Give the open descriptors; the one that reads the list is closed again and drops out."""
    return [n for n in map(int, os.listdir("/proc/self/fd")) if Path(f"/proc/self/fd/{n}").is_symlink()]


def stream_to_the_parent():
    (found,) = (n for n in open_descriptors() if stat.S_ISSOCK(os.fstat(n).st_mode))
    return found


def kill_the_parent(_path):
    os.kill(os.getppid(), signal.SIGKILL)
    hang_in_c(_path)
