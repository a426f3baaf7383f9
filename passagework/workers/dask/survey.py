"""Look at every worker of a dask cluster without giving it work."""

import asyncio
from contextlib import suppress

from passagework.domain.executor_choice import OnDask
from passagework.workers.dask.connection import connect
from passagework.workers.dask.members import Members


def survey(where: OnDask, folders: tuple[bytes, ...]) -> tuple[dict[str, int], dict[str, str]]:
    """Give the jobs at a time of each worker that may work, and why the others may not, by address.

    ``folders`` are those that a worker must have. Raises ExecutorError if the scheduler cannot be reached.
    """
    return asyncio.run(_survey(where, folders))


async def _survey(where: OnDask, folders: tuple[bytes, ...]) -> tuple[dict[str, int], dict[str, str]]:
    client = await connect(where)
    try:
        members = Members(folders)
        with suppress(OSError, TimeoutError):
            await members.look(client)
            await members.settled()
        return {member.address: member.slots for member in members.accepted.values()}, dict(members.refused)
    finally:
        await client.close()
