"""Calls that block, made for tasks of asyncio by a few threads."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import Lock, Thread
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

from passagework.api.thread_limits import threads_permitting
from passagework.domain.errors import ImporterClosedError

P = ParamSpec("P")
B = TypeVar("B")
R = TypeVar("R")
T = TypeVar("T")

THREADS: Final = 4
"""At most: what the calls wait for does one thing after another anyway."""

FIRST_PAGE: Final = 50
PAGE: Final = 500
"""As many as the library is asked for at a time."""


class BlockingCalls:
    """Makes calls in threads of its own, which begin with the first call and end with ``close``.

    Tasks of any event loop may use it. A call whose task is cancelled goes on to its end, and what it has made is given
    to ``unwanted``; so it is if the loop of the task was closed meanwhile.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._closed = False

    async def call(self, call: Callable[[], R], unwanted: Callable[[R], object] | None = None) -> R:
        """Make a call and wait for it.

        Raises what the call raises, ImporterClosedError after ``close``, and NoThreadError.
        """
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._submit(lambda: _make(call, result, unwanted))
        try:
            return await result
        except asyncio.CancelledError:
            if result.done() and not result.cancelled() and result.exception() is None:
                # It came in the same moment.
                _drop(result.result(), unwanted)
            raise

    async def pages(self, iterate: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
        """Iterate in the threads, some items at a time."""
        items = await self.call(iterate)
        size = FIRST_PAGE
        while page := await self.call(functools.partial(_next_page, items, size)):
            for item in page:
                yield item
            size = PAGE

    def close(self, *, wait: bool = True) -> None:
        """Take no more calls, wait for those that go on, and end the threads. Idempotent."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=wait)

    def _submit(self, work: Callable[[], object]) -> None:
        with self._lock:
            if self._closed:
                raise ImporterClosedError("it was closed; open another one")
            if self._threads is None:
                self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="passagework-asyncio")
            with threads_permitting():
                self._threads.submit(work)


class AsyncTwin:
    """An object whose blocking methods are awaited; ``blocking`` is the object with the methods that block."""

    def __init__(self, blocking: object, calls: BlockingCalls) -> None:
        self._blocking = blocking
        self._calls = calls


def twin(
    method: Callable[Concatenate[B, P], R],
) -> Callable[Concatenate[AsyncTwin, P], Coroutine[object, object, R]]:
    """Make the twin of a method that blocks: with the same parameters, result and documentation."""

    @functools.wraps(method)
    async def call(self: AsyncTwin, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._calls.call(functools.partial(method, cast("B", self._blocking), *args, **kwargs))

    return call


def iterating_twin(
    method: Callable[Concatenate[B, P], Iterator[T]],
) -> Callable[Concatenate[AsyncTwin, P], AsyncIterator[T]]:
    """Make the twin of a method over whose result a host iterates: for ``async for``, fetched in pages."""

    @functools.wraps(method)
    def iterate(self: AsyncTwin, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        return self._calls.pages(functools.partial(method, cast("B", self._blocking), *args, **kwargs))

    return iterate


def twin_of_function(function: Callable[P, R]) -> Callable[P, Coroutine[object, object, R]]:
    """Make the twin of a function that blocks, and belongs to no importer: it has a thread while it runs."""

    @functools.wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> R:
        calls = BlockingCalls()
        try:
            return await calls.call(functools.partial(function, *args, **kwargs))
        finally:
            calls.close(wait=False)

    return call


def _make(call: Callable[[], R], result: "asyncio.Future[R]", unwanted: Callable[[R], object] | None) -> None:
    """Make a call, and have the loop of the task settle what it waits for."""
    try:
        value = call()
    except BaseException as error:  # noqa: BLE001 - it is raised in the task
        _in_loop(result, functools.partial(result.set_exception, error), lambda: None)
    else:
        _in_loop(result, functools.partial(result.set_result, value), lambda: _drop(value, unwanted))


def _in_loop(result: "asyncio.Future[R]", settle: Callable[[], None], drop: Callable[[], None]) -> None:
    def settle_or_drop() -> None:
        if result.done():
            drop()
        else:
            settle()

    try:
        result.get_loop().call_soon_threadsafe(settle_or_drop)
    except RuntimeError:
        # The loop was closed.
        drop()


def _drop(value: R, unwanted: Callable[[R], object] | None) -> None:
    """Give back what a call has made for nobody; in a thread of its own, since it may take a while."""
    if unwanted is None:
        return
    try:
        Thread(target=unwanted, args=(value,), name="passagework-unwanted", daemon=True).start()
    except RuntimeError:
        unwanted(value)


def _next_page(items: Iterator[T], size: int) -> list[T]:
    return list(islice(items, size))
