"""Limit the processor time that reading tags takes."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_AGAIN_AFTER: Final = 0.2
"""Seconds after which the limit is raised again if what was interrupted has caught it."""


class OutOfTimeError(BaseException):
    """The limit was reached. Not an Exception: the readers of tags catch those."""


@contextmanager
def limited_time(seconds: float) -> Iterator[None]:
    """Raise OutOfTimeError when the block has computed that long, the system's work for it included.

    It works in the main thread alone, where Python handles signals, as in a worker process. In other threads there is
    no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _raise)
    signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN_AFTER)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _raise(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTimeError
