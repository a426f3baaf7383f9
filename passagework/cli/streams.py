"""The streams of the process: what they cannot show, and what to do when nobody reads them any more."""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper

SHOW_CURSOR = b"\x1b[?25h"


def show_what_can_be_shown() -> None:
    """Write characters that the terminal's encoding lacks as escapes, instead of failing on them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def reader_has_left() -> None:
    """Send what is still buffered nowhere, so that the end of the process does not stumble over it again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def say_at_once(text: bytes) -> None:
    """Write to stderr from a signal handler: not through the stream, which may be in the middle of a write."""
    with suppress(OSError):
        os.write(2, text)


def restore_terminal() -> None:
    """Show the cursor again, which a live line hides."""
    if os.isatty(2):
        say_at_once(SHOW_CURSOR)
