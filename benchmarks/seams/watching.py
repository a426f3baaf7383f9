"""A watch whose time runs faster, and which can be made deaf: for a simulation of its life."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from passagework.watching import follower
from passagework.watching.follower import Follower

__all__ = ["deaf", "faster"]

_hears = threading.RLock()
_read = Follower.read


def _read_when_not_deaf(self: Follower) -> None:
    with _hears:
        _read(self)


@contextmanager
def faster(times: float) -> Iterator[None]:
    """Look at roots and try again so many times as often; what is set is the caller's."""
    before = follower.LOOK_SECONDS, follower.AGAIN_SECONDS, Follower.read
    follower.LOOK_SECONDS, follower.AGAIN_SECONDS = before[0] / times, before[1] / times
    Follower.read = _read_when_not_deaf
    try:
        yield
    finally:
        follower.LOOK_SECONDS, follower.AGAIN_SECONDS, Follower.read = before


@contextmanager
def deaf() -> Iterator[None]:
    """Keep the watch from taking events meanwhile, so that the kernel's queue overflows."""
    with _hears:
        yield
