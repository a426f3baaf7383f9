"""The streams of the process: unencodable characters, and closed readers."""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import NoReturn

from passagework.domain.exit_codes import ExitCode

SHOW_CURSOR = b"\x1b[?25h"


def show_what_can_be_shown() -> None:
    """Write characters that the terminal's encoding lacks as escapes instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def reader_has_left() -> None:
    """Discard the buffered output, so that the end of the process does not fail on it again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def say_at_once(text: bytes) -> None:
    """Write to stderr from a signal handler, bypassing the stream, which may be in the middle of a write."""
    with suppress(OSError):
        os.write(2, text)


def stop_now() -> NoReturn:
    """Exit without any clean-up: the library is always consistent, and the workers die with their parent."""
    if os.isatty(2):
        # The live line hides it.
        say_at_once(SHOW_CURSOR)
    os._exit(ExitCode.INTERRUPTED)
