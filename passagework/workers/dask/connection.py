"""The connection to a dask scheduler, and the result of one submitted call."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from passagework.domain.errors import ExecutorError
from passagework.domain.executor_choice import OnDask
from passagework.workers.processes.attempt import describe

if TYPE_CHECKING:
    from distributed import Client, Future

    from passagework.workers.executor import JobOutcome

_CONNECT_SECONDS: Final = 10.0


async def connect(where: OnDask) -> "Client":
    """Connect to a scheduler. Raises ExecutorError."""
    from distributed import Client  # noqa: PLC0415 - an extra, and slow to import

    client = Client(
        where.address, asynchronous=True, timeout=_CONNECT_SECONDS, set_as_default=False, name="passagework"
    )
    try:
        await client
    except (OSError, TimeoutError, ValueError) as error:
        with suppress(Exception):
            await client.close()
        raise ExecutorError(f"no dask scheduler answers at {where.host}:{where.port} ({describe(error)})") from error
    return client


async def result_of(future: "Future[JobOutcome]") -> object:
    """Wait for a future of dask; return its result or its exception, or None if it was cancelled.

    The task that waits is not to be cancelled for a single job: dask fetches results that are ready at the same time
    together, so others would end with it.
    """
    task = asyncio.current_task()
    try:
        return await future
    except asyncio.CancelledError:
        if task is None or not task.cancelling() or future.cancelled():
            return None
        raise
    except Exception as error:  # noqa: BLE001 - any exception of the other side is a result
        return None if future.cancelled() else error
