"""Ask a library again and again, each time with a connection of its own: LIBRARY FILE BUSY_MS.

A question that meets a lock waits BUSY_MS, then it is an error. Prints a line when it begins. Ends when its stdin does,
and prints the seconds of each round and all errors, as JSON. A library that is not there yet, or is being made step by
step, is no error.
"""

import json
import os
import select
import sys
import time
from pathlib import Path

from passagework import Library, PassageworkError
from passagework.domain.errors import NotFoundError
from passagework.persistence.file import opening_to_read

LEAST = 20
"""So many rounds it makes in any case, however soon its stdin ends."""

IN_THE_MAKING = ("there is no library", "is empty so far", "from an older Passagework")


def main():
    library, file = Path(sys.argv[1]), os.fsencode(sys.argv[2])
    opening_to_read.READER_BUSY_MS = int(sys.argv[3])
    seconds, errors = [], []
    sys.stdout.write("asking\n")
    sys.stdout.flush()
    while len(seconds) < LEAST or not select.select([sys.stdin], [], [], 0.005)[0]:
        began = time.perf_counter()
        try:
            with Library.open(library) as opened:
                opened.status()
                opened.file(file)
        except NotFoundError:
            pass
        except PassageworkError as error:
            if not any(words in str(error) for words in IN_THE_MAKING):
                errors.append(str(error))
        seconds.append(time.perf_counter() - began)
    json.dump({"seconds": seconds, "errors": errors}, sys.stdout)


main()
