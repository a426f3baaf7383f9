"""The writes for a group that has ended. Plain, no threads."""

from dataclasses import dataclass
from typing import assert_never

from passagework.actors.linker.identification_round import Decided, Defective, Group, GroupEnd, Recut, Unanswered
from passagework.actors.messages.linker import LookupFailed
from passagework.domain.identification.linking.provisional import provisional
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.ids import RunId
from passagework.domain.links import FileLinks, LinkState, PassageLinks
from passagework.persistence.write.writes import DeferIdentification, StoreLinks, StoreTrackList


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundWrites:
    """Makes the writes for the groups of a round.

    The run pulls what waits as of ``as_of_ns``. At ``services_know_more_ns`` the services are asked again about what
    they do not know now.
    """

    run: RunId
    as_of_ns: int
    now_ns: int
    services_know_more_ns: int
    capabilities: Capabilities

    def of(self, end: GroupEnd) -> list[StoreLinks] | list[StoreTrackList] | list[DeferIdentification]:
        """Return one write for each file that has passages waiting, or that is to be cut otherwise."""
        match end:
            case Recut(group, lists):
                return [
                    StoreTrackList(self.run, file.path, lists[file.path], file.revision)
                    for file in group
                    if file.path in lists
                ]
            case Decided(links):
                return [
                    StoreLinks(self.run, provisional(one, self.capabilities, self.services_know_more_ns))
                    for one in links
                ]
            case Unanswered(group, failed):
                return self._deferred(group, failed)
            case Defective(group, reason):
                return self._failed(group, reason)
            case _:
                assert_never(end)

    def _deferred(self, group: Group, failed: LookupFailed) -> list[DeferIdentification]:
        asked_for = self.now_ns + round(failed.retry_seconds * 1e9) if failed.retry_seconds else 0
        until = max(self.as_of_ns + 1, asked_for)  # the run that deferred it never pulls it again
        reason = f"{failed.code}: {failed.detail}"
        return [
            DeferIdentification(self.run, file.path, due, until, reason, file.revision)
            for file in group
            if (due := tuple(passage.guid for passage in file.passages if passage.due))
        ]

    def _failed(self, group: Group, reason: str) -> list[StoreLinks]:
        """Store a defect as the state of the passages, so that they are not pulled again and again."""
        links = (
            FileLinks(
                file.path,
                tuple(
                    PassageLinks(passage.guid, LinkState.FAILED, (), None, (), reason)
                    for passage in file.passages
                    if passage.due
                ),
                file.revision,
            )
            for file in group
        )
        return [StoreLinks(self.run, one) for one in links if one.passages]
