"""What the system says when it gives a process no more threads, as an error that a host can tell from others."""

from collections.abc import Iterator
from contextlib import contextmanager

from passagework.domain.errors import NoThreadError


@contextmanager
def threads_permitting() -> Iterator[None]:
    """Raise NoThreadError where a thread that the block starts cannot be had; Python says it with a RuntimeError."""
    try:
        yield
    except RuntimeError as error:
        if "new thread" not in str(error):
            raise
        raise NoThreadError from error
