"""The exit codes of commands; scripts rely on these numbers."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command. FAILED: the run has new failures, or the command failed."""

    OK = 0
    FAILED = 1
    USAGE = 2
    LIBRARY_UNAVAILABLE = 3
    NOTHING_FOUND = 4
    ITEMS_WAITING = 5
    INTERRUPTED = 130
