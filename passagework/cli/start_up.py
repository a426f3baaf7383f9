"""Interrupts and shortages while a command starts: what Python would answer with a traceback.

Only modules that Python has loaded anyway, or that load at once: this is what runs first.
"""

import errno
import os
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Final

INTERRUPTED: Final = 130

_NO_THREAD: Final = "can't start new thread"
_NOT_LOADED: Final = ("failed to map segment", "cannot allocate memory", "cannot create shared object descriptor")
"""What the dynamic linker says when memory runs out, in errors of imports."""

_SHORTAGES: Final = frozenset({errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE})


def leave_at_once_on_interrupt() -> None:
    """End the process at a SIGINT, without a word, until a command begins: there is nothing to clean up.

    An error raised within an import may become another one, or leave a module half loaded. A SIGINT that whoever
    started us ignores stays ignored.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def interrupt_as_usual() -> None:
    """Raise KeyboardInterrupt at a SIGINT from now on."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


def was_interrupted(error: BaseException) -> bool:
    """Return whether an error stands for an interrupt: one that hits an import may become an ImportError."""
    return any(isinstance(one, KeyboardInterrupt) for one in _chain(error))


def shortage(error: BaseException) -> str | None:
    """Return in one line what the process lacks, if an error says that it lacks memory, threads or descriptors."""
    for one in _chain(error):
        if isinstance(one, MemoryError):
            return "there is not enough memory; raise the limit (ulimit -v, the container), or end other programs"
        if isinstance(one, RuntimeError) and str(one) == _NO_THREAD:
            return "no more threads can be started; raise the limit of memory or of processes (ulimit -v, ulimit -u)"
        if isinstance(one, ImportError) and any(words in str(one).lower() for words in _NOT_LOADED):
            reason = str(one).splitlines()[-1]
            return f"there is not enough memory to load a library ({reason}); raise the limit (ulimit -v)"
        if isinstance(one, OSError) and one.errno in _SHORTAGES:
            return f"the system refuses: {one.strerror}; raise the limit (ulimit -a shows them)"
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    seen: set[int] = set()
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__
