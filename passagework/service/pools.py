"""Threads for what would block the loop: a bounded number of them, with a bounded number of requests that wait."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from passagework.service.errors import BusyError

R = TypeVar("R")


class Pool:
    """Some threads. ``run`` is called on the loop."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=f"passagework-{name}")
        self._most = threads + waiting
        self.busy = 0
        """Requests that are being done or wait."""

    async def run(self, call: Callable[[], R]) -> R:
        """Call in a thread, and return or raise what it does. BusyError: too many wait already."""
        if self.busy >= self._most:
            raise BusyError("too many requests are being answered; ask again in a second")
        self.busy += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        finally:
            self.busy -= 1

    def close(self) -> None:
        """Take no more. What is being done is not waited for: a disk may hang."""
        self._threads.shutdown(wait=False, cancel_futures=True)
