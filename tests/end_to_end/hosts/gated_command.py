"""The command line, whose writer waits behind the first COMMIT with a message of a kind: GATE KIND WORDS...

GATE is a FIFO, as in ``tests.support.executor_probe.Rendezvous``; KIND is the name of a class of
``passagework.persistence.write.writes``. How far an import has come at the gate depends on no clock: at most
``session.credits`` files are in hand, and with StoreAnalysis one batch of them is in the library.

At its end it waits for readers of the log for ten minutes, not for some seconds: who does not wait for that is seen.
"""

import os
import sys
from pathlib import Path

from passagework.cli.main import main
from passagework.persistence.file import checkpoint
from passagework.persistence.store import LibraryStore
from passagework.persistence.write import writes as kinds

gate, kind = Path(sys.argv.pop(1)), getattr(kinds, sys.argv.pop(1))
write_batch = LibraryStore.write


def write_and_wait(store, writes, now_ns):
    outcome = write_batch(store, writes, now_ns)
    if any(isinstance(write, kind) for write in writes):
        LibraryStore.write = write_batch
        gate.write_bytes(f"{os.getpid()}\n".encode())
        gate.read_bytes()
    return outcome


LibraryStore.write = write_and_wait
checkpoint.PATIENCE_MS = 600_000
main()
