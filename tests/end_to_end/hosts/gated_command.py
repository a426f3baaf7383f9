"""The command line, whose writer waits behind the first COMMIT with a result: GATE WORDS...

GATE is a FIFO, as in ``tests.support.executor_probe.Rendezvous``. How far an import has come there does not depend on how
fast the machine is: results of at most ``session.credits`` files exist, and one batch of them is in the library.
"""

import os
import sys
from pathlib import Path

from passagework.cli.main import main
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.writes import StoreAnalysis

gate = Path(sys.argv.pop(1))
write_batch = LibraryStore.write


def write_and_wait(store, writes, now_ns):
    outcome = write_batch(store, writes, now_ns)
    if any(isinstance(write, StoreAnalysis) for write in writes):
        LibraryStore.write = write_batch
        gate.write_bytes(f"{os.getpid()}\n".encode())
        gate.read_bytes()
    return outcome


LibraryStore.write = write_and_wait
main()
