"""Wait for something that happens in another thread: in a thread, or in a task of asyncio without a thread for it."""

from collections.abc import Callable
from contextlib import suppress
from threading import Condition, RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import Future


class Bell:
    """Wakes all threads and tasks that wait for news of one object, whose ``lock`` guards them.

    Tasks may be of several event loops. One whose loop was closed, or runs no more, is nobody's concern: waking it does
    nothing.
    """

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self._threads = Condition(lock)
        self._tasks: set[Future[None]] = set()

    def ring(self) -> None:
        """Wake all that wait, to look whether what they wait for has come. With the lock held; returns at once."""
        self._threads.notify_all()
        if not self._tasks:
            return
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            # The loop was closed.
            with suppress(RuntimeError):
                task.get_loop().call_soon_threadsafe(_wake, task)

    def wait_for(self, has_come: Callable[[], bool], timeout: float | None = None) -> bool:
        """Wait in this thread, at most ``timeout`` seconds; return whether it has come. With the lock held."""
        return self._threads.wait_for(has_come, timeout)

    async def task_wait_for(self, has_come: Callable[[], bool], timeout: float | None = None) -> bool:  # noqa: ASYNC109 - an end that does not come is no error
        """Wait in this task, at most ``timeout`` seconds; return whether it has come. Without the lock.

        A task that is cancelled leaves nothing behind.
        """
        import asyncio  # noqa: PLC0415 - hosts with threads need none of it

        # TimeoutError is caught outside of what raises it: one of the host's own passes through.
        limit = asyncio.timeout(timeout)
        try:
            async with limit:
                while not self._has_come(has_come, woken := asyncio.get_running_loop().create_future()):
                    try:
                        await woken
                    finally:
                        with self._lock:
                            self._tasks.discard(woken)
        except TimeoutError:
            if not limit.expired():
                raise
            with self._lock:
                return has_come()
        return True

    def _has_come(self, has_come: Callable[[], bool], woken: "Future[None]") -> bool:
        """Look; if it has not come, have the task woken by the next news."""
        with self._lock:
            if has_come():
                return True
            self._tasks.add(woken)
            return False


def _wake(task: "Future[None]") -> None:
    if not task.done():
        task.set_result(None)
