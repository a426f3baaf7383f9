"""Check every worker of a dask cluster without sending it jobs."""

import asyncio
from contextlib import suppress

from passagework.domain.executor_choice import OnDask
from passagework.domain.extensions import ExtensionId
from passagework.workers.dask.connection import connect
from passagework.workers.dask.members import Members


def survey(
    where: OnDask, folders: tuple[bytes, ...], extensions: tuple[ExtensionId, ...] = ()
) -> tuple[dict[str, int], dict[str, str]]:
    """Return by address the number of jobs at a time of each usable worker, and why the others cannot be used.

    ``folders`` and ``extensions`` are those that a worker must have. Raises ExecutorError if the scheduler cannot be
    reached.
    """
    return asyncio.run(_survey(where, folders, extensions))


async def _survey(
    where: OnDask, folders: tuple[bytes, ...], extensions: tuple[ExtensionId, ...]
) -> tuple[dict[str, int], dict[str, str]]:
    client = await connect(where)
    try:
        members = Members(folders, extensions)
        with suppress(OSError, TimeoutError):
            await members.look(client)
            await members.settled()
        return {member.address: member.slots for member in members.accepted.values()}, dict(members.refused)
    finally:
        await client.close()
