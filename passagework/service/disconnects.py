"""Notice when a client leaves while its answer is sent: uvicorn says nothing to whoever sends."""

import asyncio
from collections.abc import Callable

from passagework.service.answers import Receive


def watch_for_leaving(receive: Receive, then: Callable[[], object] = lambda: None) -> "asyncio.Task[None]":
    """Return a task that is done when the client has left; ``then`` is called. Whoever asked for it cancels it."""
    task = asyncio.create_task(_left(receive))
    task.add_done_callback(lambda _: then())
    return task


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        """Whatever else it says, nobody reads it."""
