"""The batch that is being collected, and how its senders hear what became of it. Plain, no threads."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from passagework.actors.messages.acknowledgements import Acknowledgement, Committed, Rejected
from passagework.actors.messages.library import Submit
from passagework.actors.writer.flush_policy import FlushDecision, FlushPolicy, FlushRules
from passagework.domain.failures import Failure
from passagework.logs import logger
from passagework.persistence.write.writes import BeginAttempt, StoreAnalysis, StoreFailure

if TYPE_CHECKING:
    from passagework.actors.runtime.port import Port

_log = logger("persistence")


class OpenBatch:
    """Writes that are not in the library yet, in the order in which they came.

    Whether more is to come is known here, from the messages alone. There are three cases: something is in the inbox
    already (``queued``); a sender announced that another write follows; the attempt on a file is durable, and its
    result has not come. Nothing is shared with the senders, so that what they know and what was told to the actor
    cannot disagree.
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
        """Take a write of ``size`` bytes into the batch; tell whether the batch is to be written."""
        if not self.messages:
            self.since = now if message.told is None else message.told
        self.messages.append(message)
        if message.more:
            self._announced.add(message.reply_to)
        else:
            self._announced.discard(message.reply_to)
        match message.write:
            case StoreAnalysis(analysis=analysis):
                self._in_work.discard(analysis.path)
            case StoreFailure(path=path):
                self._in_work.discard(path)
        return self._policy.added(size, more_to_come=self._more_to_come(queued))

    def complete(self, queued: int) -> bool:
        """Tell whether there is something to write and nothing else is to come."""
        return bool(self.messages) and not self._more_to_come(queued)

    def expect_no_more(self) -> None:
        """Forget what was to come: a run begins or ends, or somebody wants the batch written."""
        self._announced.clear()
        self._in_work.clear()

    def written(self, rejected: Collection[int]) -> tuple[list[Submit], int]:
        """Begin the next batch; give the messages of this one, and how many bytes they were.

        ``rejected`` are the places of those that the library refused.
        """
        messages, self.messages = self.messages, []
        self._in_work.update(
            message.write.path
            for place, message in enumerate(messages)
            if isinstance(message.write, BeginAttempt) and place not in rejected
        )
        self.number += 1
        return messages, self._policy.flushed()

    def _more_to_come(self, queued: int) -> bool:
        return queued > 0 or bool(self._announced) or bool(self._in_work)


def acknowledge(written: Sequence[Submit], rejected: Mapping[int, Failure]) -> None:
    """Tell each sender once what became durable, and each rejection by itself; ``rejected`` goes by place in the batch.

    A credit returns with these messages and with nothing else.
    """
    durable: dict[Port[Acknowledgement], list[Submit]] = {}
    for index, message in enumerate(written):
        if (failure := rejected.get(index)) is None:
            durable.setdefault(message.reply_to, []).append(message)
        else:
            # Whoever hears of it logs it, with what it means for a file.
            _log.debug("rejected", run=message.write.run, write=type(message.write).__name__, detail=failure.detail)
            message.reply_to.tell(Rejected(message.write_id, failure))
    for reply_to, messages in durable.items():
        reply_to.tell(Committed(tuple(message.write_id for message in messages)))
