"""What the kernel forbids a process that reads hostile files: to open, connect, execute, fork, and signal others.

Landlock (landlock(7)) and seccomp (seccomp(2)) are Linux's, need no privileges, and cannot be undone. They overlap on
purpose: either may be missing. What a confined process needs is opened and loaded before.
"""

import ctypes
import os
import sys
from typing import Final

from passagework.workers.processes.confinement.landlock import restrict_files_and_network
from passagework.workers.processes.confinement.seccomp import restrict_system_calls

_PR_SET_NO_NEW_PRIVS: Final = 38


def can_confine() -> bool:
    """Tell whether this system may have means to confine a process; :func:`confine` tells which of them hold."""
    return sys.platform == "linux"


def in_words(held_by: tuple[str, ...]) -> str:
    """Say for people what confines the workers."""
    if held_by:
        return f"workers are confined by {' and '.join(held_by)}"
    return (
        "workers are not confined: the system has neither Landlock nor seccomp, only their memory and time are limited"
    )


def confine() -> tuple[str, ...]:
    """Confine the calling process, which has one thread, for good; return the names of what holds."""
    libc = ctypes.CDLL(None, use_errno=True)
    # Without it the kernel lets only the superuser restrict itself: a restricted set-uid program would be confused.
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return ()
    held = (restrict_files_and_network(libc), restrict_system_calls(libc, os.getpid()))
    return tuple(name for name in held if name)
