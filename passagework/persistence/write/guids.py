"""Guids for new rows: random UUIDs (version 4, RFC 9562)."""

import os
from collections.abc import Iterator
from typing import Final

AT_ONCE: Final = 64


def new_guids() -> Iterator[str]:
    """Yield guids that differ from all others in 114 random bits, and have the first 8 in common.

    Those of one batch are then near each other in the indexes, which costs a few pages. Elsewhere, in a large library,
    each would be on a page of its own, to be read, written to the WAL and copied. The first bits of the next batch are
    others, so that a few characters are enough to name one row of a library.
    """
    near = os.urandom(1).hex()
    while True:
        bits = os.urandom(16 * AT_ONCE).hex()
        for at in range(0, len(bits), 32):
            yield (
                f"{near}{bits[at + 2 : at + 8]}-{bits[at + 8 : at + 12]}-4{bits[at + 13 : at + 16]}-"
                f"{'89ab'[int(bits[at + 16], 16) & 3]}{bits[at + 17 : at + 20]}-{bits[at + 20 : at + 32]}"
            )
