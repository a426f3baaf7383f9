"""Where an analysis may rest: between two blocks of audio, if whoever runs it in this thread wants that."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class _OfThread(threading.local):
    rest: Callable[[], object] | None = None


_of_thread = _OfThread()


@contextmanager
def rest_with(rest: Callable[[], object]) -> Iterator[None]:
    """Have analyses in this thread call ``rest`` between blocks."""
    before, _of_thread.rest = _of_thread.rest, rest
    try:
        yield
    finally:
        _of_thread.rest = before


def rest() -> None:
    """Rest as long as it is wanted; returns at once where nobody wants it."""
    if _of_thread.rest is not None:
        _of_thread.rest()
