"""Append to a file and fsync it, again and again, and print how long each time took, as JSON.

    python interference_bare.py FILE BYTES PERIOD SECONDS

The least that any program can do to make BYTES durable every PERIOD seconds.
"""

import json
import os
import sys
import time


def write_and_fsync(path: str, size: int, period: float, seconds: float) -> list[float]:
    """Give the seconds that each write with its fsync took."""
    block = os.urandom(size)
    taken = []
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        end = time.monotonic() + seconds
        while (begin := time.monotonic()) < end:
            os.write(target, block)
            os.fsync(target)
            taken.append(time.monotonic() - begin)
            time.sleep(max(0.0, period - taken[-1]))
    finally:
        os.close(target)
        os.unlink(path)
    return taken


if __name__ == "__main__":
    path, size, period, seconds = sys.argv[1:]
    print(json.dumps(write_and_fsync(path, int(size), float(period), float(seconds))))
