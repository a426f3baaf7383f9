"""What the exit code of a command says; scripts rely on these numbers."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command. FAILED: files failed in this run for the first time, or the command did."""

    OK = 0
    FAILED = 1
    USAGE = 2
    LIBRARY_UNAVAILABLE = 3
    NOTHING_FOUND = 4
    ITEMS_WAITING = 5
    INTERRUPTED = 130
