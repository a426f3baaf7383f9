"""The batch that is being collected, and its acknowledgements. Plain, no threads."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from passagework.actors.messages.acknowledgements import Acknowledgement, Committed, Rejected
from passagework.actors.messages.library import Submit
from passagework.actors.writer.flush_policy import FlushDecision, FlushPolicy, FlushRules
from passagework.domain.changes import StoredFile
from passagework.domain.failures import Failure
from passagework.domain.ids import Guid, WriteId
from passagework.logs import logger
from passagework.persistence.write.conflict_free_groups import paths_of
from passagework.persistence.write.writes import (
    BeginAttempt,
    MoveFiles,
    StampFiles,
    StoreAnalysis,
    StoreFailure,
    StoreTags,
)

if TYPE_CHECKING:
    from passagework.actors.runtime.port import Port

_log = logger("persistence")


class OpenBatch:
    """Writes that are not in the library yet, in the order in which they came.

    The messages alone say whether to expect more. There are three cases in which more is expected:

    - A message is in the inbox already (``queued``).
    - A sender announced that another write follows (``Submit.more``).
    - The attempt on a file is durable, and its result has not arrived.

    No state is shared with the senders, so it cannot disagree with what they sent.
    """

    def __init__(self, rules: FlushRules) -> None:
        self._policy = FlushPolicy(rules)
        self._announced: set[Port[Acknowledgement]] = set()
        self._in_work: set[bytes] = set()
        self.messages: list[Submit] = []
        self.number = 0
        """Counts the batches, so that the linger of an earlier one does not end the next."""
        self.since = 0.0
        """When the oldest message was sent, on the importer's monotonic clock."""

    def add(self, message: Submit, size: int, now: float, queued: int) -> FlushDecision:
        """Add a write of ``size`` bytes; return whether to write the batch."""
        if not self.messages:
            self.since = now if message.told is None else message.told
        self.messages.append(message)
        if message.more:
            self._announced.add(message.reply_to)
        else:
            self._announced.discard(message.reply_to)
        # A result of any kind ends the attempt on its file.
        match message.write:
            case StoreAnalysis(analysis=analysis):
                self._in_work.discard(analysis.path)
            case StoreFailure(path=path):
                self._in_work.discard(path)
            case StoreTags(tags=tags):
                self._in_work.discard(tags.path)
            case StampFiles() | MoveFiles():
                self._in_work.difference_update(paths_of(message.write))
        return self._policy.added(size, more_to_come=self._more_to_come(queued))

    def complete(self, queued: int) -> bool:
        """Return whether there is something to write and no other message is expected."""
        return bool(self.messages) and not self._more_to_come(queued)

    def expect_no_more(self) -> None:
        """Expect nothing any more: a run begins or ends, or a Flush arrived."""
        self._announced.clear()
        self._in_work.clear()

    def written(self, rejected: Collection[int]) -> list[Submit]:
        """Begin the next batch; return the messages of this one.

        ``rejected`` are the indexes of those that the library refused.
        """
        messages, self.messages = self.messages, []
        self._in_work.update(
            message.write.path
            for place, message in enumerate(messages)
            if isinstance(message.write, BeginAttempt) and place not in rejected
        )
        self.number += 1
        self._policy.flushed()
        return messages

    def _more_to_come(self, queued: int) -> bool:
        return queued > 0 or bool(self._announced) or bool(self._in_work)


def acknowledge(
    written: Sequence[Submit],
    rejected: Mapping[int, Failure],
    linked: Mapping[int, tuple[Guid, ...]],
    results: Mapping[int, StoredFile],
) -> None:
    """Send each sender one Committed, and a Rejected for each rejected write.

    ``rejected``, ``linked``, the passages that were linked with their analysis, and ``results``, the files of results,
    are keyed by index. A credit returns with these messages and with nothing else.
    """
    durable: dict[Port[Acknowledgement], list[WriteId]] = {}
    links: dict[Port[Acknowledgement], list[tuple[WriteId, tuple[Guid, ...]]]] = {}
    files: dict[Port[Acknowledgement], list[tuple[WriteId, StoredFile]]] = {}
    for index, message in enumerate(written):
        if (failure := rejected.get(index)) is None:
            durable.setdefault(message.reply_to, []).append(message.write_id)
            if (guids := linked.get(index)) is not None:
                links.setdefault(message.reply_to, []).append((message.write_id, guids))
            if (file := results.get(index)) is not None:
                files.setdefault(message.reply_to, []).append((message.write_id, file))
        else:
            # The sender logs it too, with the consequence for the file.
            _log.debug("rejected", run=message.write.run, write=type(message.write).__name__, detail=failure.detail)
            message.reply_to.tell(Rejected(message.write_id, failure, results.get(index)))
    for reply_to, write_ids in durable.items():
        reply_to.tell(Committed(tuple(write_ids), tuple(links.get(reply_to, ())), tuple(files.get(reply_to, ()))))
