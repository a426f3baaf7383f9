"""What a setting can name: a function that makes an executor of the standard library."""

from concurrent.futures import Executor, ThreadPoolExecutor


def make() -> Executor:
    """Make two threads."""
    return ThreadPoolExecutor(2)
