"""The workers of a dask cluster: which are there, and which may run our jobs."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from passagework.domain.extensions import ExtensionId
from passagework.domain.files import display_path
from passagework.workers.code_versions import code_versions, differences, versions_of
from passagework.workers.dask.worker import Description, describe_worker
from passagework.workers.processes.attempt import describe

if TYPE_CHECKING:
    from distributed import Client

_logger = logging.getLogger("passagework")

_ANSWER_SECONDS: Final = 30.0


@dataclass(slots=True, eq=False)
class Member:
    """An accepted worker. ``slots`` is the number of jobs that it runs at the same time.

    ``unseen`` counts the files it did not see since the last one it saw; None: it has not seen any yet.
    """

    address: str
    slots: int
    jobs: set[object] = field(default_factory=set)
    unseen: int | None = None


class Members:
    """Checks every worker once, before its first job, and again when it returns with another address.

    ``folders`` are those that a worker must have, by their names there, and so are ``extensions``. Everything runs in
    one event loop.
    """

    def __init__(self, folders: tuple[bytes, ...], extensions: tuple[ExtensionId, ...] = ()) -> None:
        self._folders = folders
        self._versions = code_versions() | versions_of(extensions)
        self._examinations: dict[str, asyncio.Task[None]] = {}
        self.accepted: dict[str, Member] = {}
        self.refused: dict[str, str] = {}
        self._retired: dict[str, Member] = {}

    def everybody(self) -> list[Member]:
        """Return all workers that may have jobs: the accepted ones, and those refused after they had begun."""
        return [*self.accepted.values(), *self._retired.values()]

    @property
    def slots(self) -> int:
        """The number of jobs that all accepted workers run at the same time."""
        return sum(member.slots for member in tuple(self.accepted.values()))

    @property
    def undecided(self) -> bool:
        """Whether a worker is being checked."""
        return bool(self._examinations)

    async def look(self, client: "Client") -> list[Member]:
        """Ask the scheduler for its workers; start checks of new ones, and return the accepted ones that are gone."""
        present: dict[str, int] = await asyncio.wait_for(client.nthreads(), _ANSWER_SECONDS)
        for address in self.refused.keys() - present.keys():
            del self.refused[address]
        for address in present.keys() - self.accepted.keys() - self.refused.keys() - self._examinations.keys():
            examination = asyncio.create_task(self._examine(client, address, present[address]))
            self._examinations[address] = examination
        return [
            members.pop(address)
            for members in (self.accepted, self._retired)
            for address in members.keys() - present.keys()
        ]

    def refuse(self, address: str, reason: str) -> None:
        """Send no more jobs to a worker until it returns with another address; it may finish its current jobs."""
        if address in self.accepted:
            self._retired[address] = self.accepted.pop(address)
        self.refused[address] = reason
        _logger.warning("dask worker %s gets no jobs: %s", address, reason)

    async def settled(self) -> None:
        """Wait until every worker that was seen is accepted or refused."""
        await asyncio.gather(*self._examinations.values())

    def forget(self) -> None:
        """Forget all workers, for a new connection."""
        for examination in self._examinations.values():
            examination.cancel()
        for known in (self._examinations, self.accepted, self.refused, self._retired):
            known.clear()

    async def _examine(self, client: "Client", address: str, slots: int) -> None:
        try:
            reason = await self._objection(client, address)
        finally:
            self._examinations.pop(address, None)
        if reason:
            self.refuse(address, reason)
        else:
            self.accepted[address] = Member(address, slots)
            _logger.info("dask worker %s accepted with %d jobs at a time", address, slots)

    async def _objection(self, client: "Client", address: str) -> str:
        """Say why a worker cannot be used; empty if it can."""
        asked = client.run(describe_worker, self._folders, workers=[address], on_error="return")
        try:
            said = (await asyncio.wait_for(asked, _ANSWER_SECONDS)).get(address)
        except (OSError, TimeoutError) as error:
            return f"it does not respond ({describe(error)})"
        if isinstance(said, ImportError):
            return f"it has no passagework of this version ({describe(said)}); install the same there"
        if not isinstance(said, Description):
            return f"it gives an invalid description of itself ({said!r:.200})"
        if differs := differences(self._versions, said.versions):
            return f"its versions differ: {', '.join(differs)}; install the same there"
        if said.missing_folders:
            missing = ", ".join(map(display_path, said.missing_folders))
            return f"it has no folder {missing}; mount it there, or correct analysis.roots"
        return ""
